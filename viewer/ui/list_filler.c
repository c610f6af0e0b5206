/* SPDX-License-Identifier: MIT */
/* See list_filler.h. */
#define G_LOG_DOMAIN "alloc-viewer"

#include "viewer/ui/list_filler.h"

#include "viewer/ui/table_order.h"

/* What a list is worked out from; immutable but for its references. */
typedef struct {
  HvListKind which;
  HvTable *table;
  HvMoment *moment;
  HvQuery *query; /* nullable */
  HvTableOrder order;
  guint scene;
} Wish;

struct _HvListFiller {
  GObject parent_instance;
  Wish *next;       /* NULL: nothing is asked for but what the thread works on */
  gboolean working; /* a thread is at work */
  guint scene;
};

G_DEFINE_FINAL_TYPE(HvListFiller, hv_list_filler, G_TYPE_OBJECT)

enum { FILLED, N_SIGNALS };
static guint signals[N_SIGNALS];

static void wish_free(gpointer data) {
  Wish *wish = data;

  g_object_unref(wish->table);
  hv_moment_unref(wish->moment);
  g_clear_pointer(&wish->query, hv_query_unref);
  g_free(wish);
}

static void list_free(gpointer data) {
  hv_list_free(data);
}

static void wish_run(GTask *task, gpointer source, gpointer data, GCancellable *cancellable) {
  Wish *wish = data;

  g_task_return_pointer(
      task, hv_heap_table_work_out(wish->which, &wish->order, wish->moment, wish->query),
      list_free);
}

/* Whether the rows worked out for @wish may be shown now. */
static gboolean filler_wants(HvListFiller *self, Wish *wish) {
  Wish *next = self->next;

  return wish->scene == self->scene &&
         hv_table_order_equal(&wish->order, hv_table_get_order(wish->table)) &&
         (next == NULL || next->which != wish->which || next->query == wish->query);
}

static void filler_start(HvListFiller *self);

static void wish_done(GObject *source, GAsyncResult *result, gpointer data) {
  HvListFiller *self = HV_LIST_FILLER(source);
  Wish *wish = g_task_get_task_data(G_TASK(result));
  g_autoptr(HvList) list = g_task_propagate_pointer(G_TASK(result), NULL);

  self->working = FALSE;
  if (filler_wants(self, wish)) {
    hv_heap_table_show(wish->which, wish->table, list);
    g_signal_emit(self, signals[FILLED], 0, wish->table);
  }
  filler_start(self);
}

static void filler_start(HvListFiller *self) {
  g_autoptr(GTask) task = NULL;

  if (self->working || self->next == NULL)
    return;
  self->working = TRUE;
  task = g_task_new(self, NULL, wish_done, NULL);
  g_task_set_task_data(task, g_steal_pointer(&self->next), wish_free);
  g_task_run_in_thread(task, wish_run);
}

void hv_list_filler_ask(HvListFiller *self, HvListKind which, HvTable *table, HvMoment *moment,
                        HvQuery *query) {
  Wish *wish;

  g_return_if_fail(HV_IS_LIST_FILLER(self));
  g_return_if_fail(moment != NULL && moment->frame != NULL);
  wish = g_new0(Wish, 1);
  wish->which = which;
  wish->table = g_object_ref(table);
  wish->moment = hv_moment_ref(moment);
  wish->query = query == NULL ? NULL : hv_query_ref(query);
  wish->order = *hv_table_get_order(table);
  wish->scene = self->scene;
  g_clear_pointer(&self->next, wish_free);
  self->next = wish;
  filler_start(self);
}

void hv_list_filler_begin_scene(HvListFiller *self) {
  g_return_if_fail(HV_IS_LIST_FILLER(self));
  self->scene++;
  g_clear_pointer(&self->next, wish_free);
}

static void hv_list_filler_dispose(GObject *object) {
  HvListFiller *self = HV_LIST_FILLER(object);

  g_clear_pointer(&self->next, wish_free);
  G_OBJECT_CLASS(hv_list_filler_parent_class)->dispose(object);
}

static void hv_list_filler_class_init(HvListFillerClass *klass) {
  G_OBJECT_CLASS(klass)->dispose = hv_list_filler_dispose;
  signals[FILLED] = g_signal_new("filled", G_TYPE_FROM_CLASS(klass), G_SIGNAL_RUN_LAST, 0, NULL,
                                 NULL, NULL, G_TYPE_NONE, 1, HV_TYPE_TABLE);
}

static void hv_list_filler_init(HvListFiller *self) {
}

HvListFiller *hv_list_filler_new(void) {
  return g_object_new(HV_TYPE_LIST_FILLER, NULL);
}
