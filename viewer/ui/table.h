/* SPDX-License-Identifier: MIT */
/*
 * A sortable list of rows in columns: processes, arenas, size classes, thread caches, mmapped
 * regions are each one of these with its own column description.
 *
 * A refresh is hv_table_begin, one hv_table_put per thing, hv_table_end. Rows keep their identity
 * by key, so selection, scroll position and the screen reader's place survive; rows not put again
 * disappear. At most HV_TABLE_ROWS are kept: the rest is counted in a footer.
 */
#pragma once

#include <gtk/gtk.h>

#include "viewer/ui/row.h"

G_BEGIN_DECLS

#define HV_TABLE_ROWS 1000

/* Height of a table that stands under something else, at least, in pixels. */
#define HV_TABLE_LEAST_PX 120

/* How a column writes its value. */
typedef enum {
  HV_CELL_NAME,        /* the row's name */
  HV_CELL_DETAIL,      /* the row's detail text */
  HV_CELL_NUMBER,      /* as it is: a process id */
  HV_CELL_COUNT,       /* with digit groups */
  HV_CELL_BYTES,       /* with a binary unit; the value is a gint64, and may be negative */
  HV_CELL_KNOWN_BYTES, /* likewise; G_MAXUINT64 is "not known" */
  HV_CELL_ADDRESS,     /* hexadecimal */
  HV_CELL_FILL,        /* thousandths, with a bar */
  HV_CELL_SHARE,       /* thousandths; G_MAXUINT64 is "not known" */
  HV_CELL_LEAST,       /* millionths that may be more; G_MAXUINT64 is "not known" */
  HV_CELL_TIME,        /* CLOCK_REALTIME ns as a local time of day */
  HV_CELL_AGE,       /* nanoseconds since something, in the largest unit; G_MAXUINT64 is "never" */
  HV_CELL_AGE_LEAST, /* likewise; an odd number may be more, G_MAXUINT64 is "not known" */
} HvCellKind;

/* One column; tables of these are constant data. */
typedef struct {
  const char *title;
  const char *explanation; /* tooltip of the cells; NULL: none */
  HvCellKind kind;
  guint chars;         /* width in characters; 0: what suits the kind */
  guint value;         /* index of the row's value; unused by texts */
  gboolean expand;     /* takes the spare width */
  gboolean keep_end;   /* of a text that does not fit, the end is shown: paths */
  gboolean descending; /* first click sorts downwards, and the first such column sorts at start */
} HvColumn;

#define HV_TABLE_COLUMNS 8 /* at most */

/* What rows are sorted by: the first column, those that it finds equal by the next, and so on. */
typedef struct {
  guint count;
  struct {
    guint column;
    gboolean ascending;
  } by[HV_TABLE_COLUMNS];
} HvTableOrder;

#define HV_TYPE_TABLE (hv_table_get_type())
G_DECLARE_FINAL_TYPE(HvTable, hv_table, HV, TABLE, GtkWidget)

/**
 * hv_table_new:
 * @label: accessible name
 * @columns: (array length=n_columns): must outlive the table
 * @sort_column: index of the column that sorts at the start, downwards when its `descending` says
 * @empty_text: shown in place while there are no rows
 *
 * Signals: "row-activated" (HvRow) on Enter or double click, "row-selected" (HvRow or NULL),
 * "row-hovered" (HvRow or NULL) when the pointer is on another row; "sort-changed" when the user
 * has chosen another order: time for a refresh where there are more rows than are kept.
 */
GtkWidget *hv_table_new(const char *label, const HvColumn *columns, guint n_columns,
                        guint sort_column, const char *empty_text);

/** hv_table_begin: Starts a refresh. */
void hv_table_begin(HvTable *self);

/** hv_table_put: Makes or updates the row @key; arguments as hv_row_update. */
void hv_table_put(HvTable *self, guint64 key, const char *name, const char *detail,
                  const guint64 *values, guint n_values);

/** hv_table_end: Removes rows that were not put, and sorts again unless the pointer is inside. */
void hv_table_end(HvTable *self);

/** hv_table_set_more: How many rows there are beside those of the last refresh, for the footer. */
void hv_table_set_more(HvTable *self, guint64 more);

/** hv_table_set_note: @note: (nullable): what the footer says of the rows, before their number. */
void hv_table_set_note(HvTable *self, const char *note);

/** hv_table_set_empty_text: What is said while there are no rows. */
void hv_table_set_empty_text(HvTable *self, const char *text);

/** hv_table_get_order: Returns (transfer none): the order now. */
const HvTableOrder *hv_table_get_order(HvTable *self);

/** hv_table_dup_order: The column that sorts, as hv_table_order_dup_text() has it. Returns:
 * (transfer full) (nullable): NULL for that of the start. */
char *hv_table_dup_order(HvTable *self);

/** hv_table_set_order: Sorts as the user had chosen: @order: by hv_table_dup_order(); one about no
 * column of this table changes nothing. */
void hv_table_set_order(HvTable *self, const char *order);

/** hv_table_dup_text: The rows as sorted now, cells separated by tabs, with a line of titles.
 * Returns (transfer full). */
char *hv_table_dup_text(HvTable *self);

/** hv_table_get_n_rows: Rows shown. */
guint hv_table_get_n_rows(HvTable *self);

/** hv_table_get_row: Returns (transfer none) (nullable): the row at @position as sorted now. */
HvRow *hv_table_get_row(HvTable *self, guint position);

/** hv_table_get_selected: Returns (transfer none) (nullable). */
HvRow *hv_table_get_selected(HvTable *self);

/** hv_table_select_key: Selects and scrolls to the row @key; G_MAXUINT64 selects none. */
void hv_table_select_key(HvTable *self, guint64 key);

/** hv_table_hover: For cells: the pointer is on one of @row; NULL: on none. */
void hv_table_hover(HvTable *self, HvRow *row);

/** hv_table_focus: Gives the list the keyboard. */
void hv_table_focus(HvTable *self);

G_END_DECLS
