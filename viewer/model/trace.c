/* SPDX-License-Identifier: MIT */
/*
 * Reads traces line by line. What is kept is bounded by the size of the file: places and stacks
 * are kept once, and of blocks those that are live.
 */
#include "viewer/model/trace.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "viewer/model/error.h"

enum {
  LINE_MOST_BYTES = 1 << 20, /* a longer line is no event */
  STACK_MOST_FRAMES = 1024,
};

struct _HvTrace {
  GHashTable *places; /* text -> HvPlace */
  GHashTable *stacks; /* number -> GPtrArray of HvPlace */
  GHashTable *live;   /* guint64 * -> HvLeak, both in one allocation */
  GStringChunk *texts;
  GArray *leaks;      /* HvLeak: what is left, sorted; and what a report says is reachable */
  GArray *complaints; /* HvComplaint */
  guint64 line, events, bad_lines;
  gboolean started, is_report;
};

/* ---- places ---- */

/* "OBJECT:(SYMBOL+1a)[0x12]", "OBJECT:[0x12]" or "[0x12]". */
static void place_parse(HvTrace *trace, HvPlace *place, const char *text, gsize length) {
  place->text = g_string_chunk_insert_len(trace->texts, text, (gssize)length);
  const char *bracket = g_strrstr(place->text, "[0x");
  if (bracket == NULL)
    return;
  place->address = g_ascii_strtoull(bracket + 1, NULL, 16);
  const char *end = bracket;
  if (end > place->text && end[-1] == ')') {
    const char *open = g_strrstr_len(place->text, end - place->text, ":(");
    if (open != NULL) {
      place->symbol = g_string_chunk_insert_len(trace->texts, open + 2, end - 1 - (open + 2));
      end = open + 1;
    }
  }
  if (end > place->text + 1 && end[-1] == ':')
    place->object = g_string_chunk_insert_len(trace->texts, place->text, end - 1 - place->text);
}

static const HvPlace *place_get(HvTrace *trace, const char *text, gsize length) {
  g_autofree char *key = g_strndup(text, length);
  HvPlace *place = g_hash_table_lookup(trace->places, key);
  if (place == NULL) {
    place = g_new0(HvPlace, 1);
    place_parse(trace, place, text, length);
    g_hash_table_insert(trace->places, (gpointer)place->text, place);
  }
  return place;
}

/* ---- stacks ---- */

/* "NUMBER PLACE PLACE ...": a place ends in a bracket, and may have blanks in its path. */
static gboolean stack_define(HvTrace *trace, const char *text) {
  char *at = NULL;
  guint64 number = g_ascii_strtoull(text, &at, 10);
  if (number == 0 || number > G_MAXUINT || *at != ' ')
    return FALSE;
  GPtrArray *places = g_ptr_array_new();
  while (*at == ' ' && places->len < STACK_MOST_FRAMES) {
    const char *begin = at + 1;
    const char *end = strstr(begin, "] ");
    gsize length = end == NULL ? strlen(begin) : (gsize)(end + 1 - begin);
    if (length == 0)
      break;
    g_ptr_array_add(places, (gpointer)place_get(trace, begin, length));
    at += 1 + length;
  }
  g_hash_table_replace(trace->stacks, GUINT_TO_POINTER((guint)number), places);
  return TRUE;
}

const HvPlace *const *hv_trace_stack(HvTrace *trace, guint number, gsize *count) {
  GPtrArray *places = g_hash_table_lookup(trace->stacks, GUINT_TO_POINTER(number));
  *count = places == NULL ? 0 : places->len;
  return places == NULL ? NULL : (const HvPlace *const *)(gconstpointer)places->pdata;
}

/* ---- events ---- */

typedef struct {
  const HvPlace *place;
  char letter;
  guint64 address; /* 0: "(nil)" */
  guint64 bytes;
  guint stack;
  HvLeakState state;
} Event;

/* A hexadecimal number with 0x, or "0", "(nil)"; *at moves behind it and the blanks after it. */
static gboolean parse_number(const char **at, guint64 *number) {
  char *end = NULL;
  *number = 0;
  if (g_str_has_prefix(*at, "(nil)")) {
    end = (char *)*at + strlen("(nil)");
  } else {
    if (!g_ascii_isxdigit(**at))
      return FALSE;
    errno = 0;
    *number = g_ascii_strtoull(*at, &end, 16);
    if (errno != 0)
      return FALSE;
  }
  if (*end != ' ' && *end != '\0')
    return FALSE;
  while (*end == ' ')
    end++;
  *at = end;
  return TRUE;
}

static gboolean is_letter(const char *at) {
  return *at != '\0' && strchr("+-<>!", *at) != NULL && at[1] == ' ';
}

/* Where the event begins in a line that begins with "@ ": behind the place, which ends in a
 * bracket. A place without brackets ends at the first blank. */
static const char *event_behind_place(const char *text) {
  const char *at = text;
  while ((at = strstr(at, "] ")) != NULL) {
    at += 2;
    if (is_letter(at))
      return at;
  }
  at = strchr(text, ' ');
  return at != NULL && is_letter(at + 1) ? at + 1 : NULL;
}

/* What is behind the fields of mtrace(3): "#STACK", and the state in a report. */
static void parse_rest(HvTrace *trace, const char *at, Event *event) {
  if (*at == '#') {
    char *end = NULL;
    guint64 number = g_ascii_strtoull(at + 1, &end, 10);
    event->stack = number <= G_MAXUINT ? (guint)number : 0;
    at = *end == ' ' ? end + 1 : end;
  }
  if (strcmp(at, "lost") == 0)
    event->state = HV_LEAK_LOST;
  else if (strcmp(at, "indirect") == 0)
    event->state = HV_LEAK_INDIRECT;
  else if (strcmp(at, "reachable") == 0)
    event->state = HV_LEAK_REACHABLE;
}

static gboolean event_parse(HvTrace *trace, const char *line, Event *event) {
  const char *at = line;
  *event = (Event){0};
  if (g_str_has_prefix(line, "@ ")) {
    at = event_behind_place(line + 2);
    if (at == NULL)
      return FALSE;
    event->place = place_get(trace, line + 2, (gsize)(at - 1 - (line + 2)));
  }
  if (!is_letter(at))
    return FALSE;
  event->letter = *at;
  at += 2;
  if (!parse_number(&at, &event->address))
    return FALSE;
  if (event->letter != '-' && event->letter != '<' && !parse_number(&at, &event->bytes))
    return FALSE;
  parse_rest(trace, at, event);
  return TRUE;
}

static void complain(HvTrace *trace, HvComplaintKind kind, const Event *event, const HvLeak *leak) {
  HvComplaint complaint = {
      .kind = kind,
      .line = trace->line,
      .address = event->address,
      .bytes = leak == NULL ? 0 : leak->bytes,
      .before = leak == NULL ? NULL : leak->place,
      .place = event->place,
  };
  g_array_append_val(trace->complaints, complaint);
}

static void add_live(HvTrace *trace, const Event *event) {
  HvLeak *leak = g_new0(HvLeak, 1);
  *leak = (HvLeak){.address = event->address,
                   .bytes = event->bytes,
                   .place = event->place,
                   .stack = event->stack,
                   .state = event->state};
  g_hash_table_insert(trace->live, &leak->address, leak);
}

/* The rules of mtrace(1). */
static void event_apply(HvTrace *trace, const Event *event) {
  const HvLeak *leak = g_hash_table_lookup(trace->live, &event->address);
  switch (event->letter) {
  case '+':
    if (leak != NULL)
      complain(trace, HV_COMPLAINT_ALLOC_DUPLICATE, event, leak);
    else if (event->address != 0)
      add_live(trace, event);
    break;
  case '>':
    if (leak != NULL)
      complain(trace, HV_COMPLAINT_REALLOC_DUPLICATE, event, leak);
    else
      add_live(trace, event);
    break;
  case '-':
  case '<':
    if (leak == NULL)
      complain(trace,
               event->letter == '-' ? HV_COMPLAINT_FREE_UNKNOWN : HV_COMPLAINT_REALLOC_UNKNOWN,
               event, NULL);
    else
      g_hash_table_remove(trace->live, &event->address);
    break;
  case '!':
    if (event->state == HV_LEAK_REACHABLE && trace->is_report) {
      HvLeak reachable = {.address = event->address,
                          .bytes = event->bytes,
                          .place = event->place,
                          .stack = event->stack,
                          .state = event->state};
      g_array_append_val(trace->leaks, reachable);
    }
    break;
  default:
    g_assert_not_reached();
  }
}

static void line_read(HvTrace *trace, const char *line) {
  Event event;
  trace->line++;
  if (g_str_has_prefix(line, "= ")) {
    if (strcmp(line, "= Start") == 0)
      trace->started = TRUE;
    else if (g_str_has_prefix(line, "= leaks "))
      trace->is_report = TRUE;
    else if (g_str_has_prefix(line, "= stack ") && !stack_define(trace, line + strlen("= stack ")))
      trace->bad_lines++;
  } else if (event_parse(trace, line, &event)) {
    trace->events++;
    event_apply(trace, &event);
  } else {
    trace->bad_lines++;
  }
}

/* ---- the file ---- */

/* Goes on behind a line that is too long. */
static int skip_line(FILE *file) {
  int c;
  while ((c = getc(file)) != EOF && c != '\n')
    continue;
  return c;
}

/* A line without its end; FALSE: there is none. A line that the file breaks off in is none. */
static gboolean next_line(HvTrace *trace, FILE *file, GString *line) {
  int c;
  g_string_truncate(line, 0);
  while ((c = getc_unlocked(file)) != EOF && c != '\n') {
    /* Nothing that a terminal would obey. */
    g_string_append_c(line, c < ' ' || c == 0x7f ? '?' : (char)c);
    if (line->len == LINE_MOST_BYTES) {
      c = skip_line(file);
      g_string_assign(line, "?");
      break;
    }
  }
  if (c == EOF && line->len > 0) {
    trace->line++;
    trace->bad_lines++;
  }
  return c != EOF;
}

/* mtrace(1) sorts addresses as texts, which differs from their order where lengths differ. */
static int compare_leaks(gconstpointer a, gconstpointer b) {
  const HvLeak *one = a, *other = b;
  char texts[2][24];
  g_snprintf(texts[0], sizeof texts[0], "%" G_GINT64_MODIFIER "x", one->address);
  g_snprintf(texts[1], sizeof texts[1], "%" G_GINT64_MODIFIER "x", other->address);
  return strcmp(texts[0], texts[1]);
}

static void collect(HvTrace *trace) {
  GHashTableIter iter;
  gpointer leak;
  g_hash_table_iter_init(&iter, trace->live);
  while (g_hash_table_iter_next(&iter, NULL, &leak))
    g_array_append_vals(trace->leaks, leak, 1);
  g_hash_table_remove_all(trace->live);
  g_array_sort(trace->leaks, compare_leaks);
}

HvTrace *hv_trace_read(const char *path, GError **error) {
  FILE *file = fopen(path, "re");
  if (file == NULL) {
    g_set_error(error, HV_ERROR, HV_ERROR_IO, "cannot read %s: %s", path, g_strerror(errno));
    return NULL;
  }
  HvTrace *trace = hv_trace_read_stream(file, path, error);
  fclose(file);
  return trace;
}

HvTrace *hv_trace_read_stream(FILE *file, const char *name, GError **error) {
  g_autoptr(HvTrace) trace = g_new0(HvTrace, 1);
  trace->places = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, g_free);
  trace->stacks =
      g_hash_table_new_full(NULL, NULL, NULL, (GDestroyNotify)(void (*)(void))g_ptr_array_unref);
  trace->live = g_hash_table_new_full(g_int64_hash, g_int64_equal, NULL, g_free);
  trace->texts = g_string_chunk_new(1 << 16);
  trace->leaks = g_array_new(FALSE, FALSE, sizeof(HvLeak));
  trace->complaints = g_array_new(FALSE, FALSE, sizeof(HvComplaint));

  GString *line = g_string_new(NULL);
  errno = 0;
  while (next_line(trace, file, line))
    line_read(trace, line->str);
  int problem = ferror(file) ? errno : 0;
  g_string_free(line, TRUE);
  if (problem != 0) {
    g_set_error(error, HV_ERROR, HV_ERROR_IO, "cannot read %s: %s", name, g_strerror(problem));
    return NULL;
  }
  if (!trace->started) {
    g_set_error(error, HV_ERROR, HV_ERROR_FOREIGN,
                "%s is no trace: it has no line \"= Start\"; mtrace(3), LIBALLOC_TRACE=FILE and "
                "LIBALLOC_LEAKS=FILE write one",
                name);
    return NULL;
  }
  collect(trace);
  return g_steal_pointer(&trace);
}

void hv_trace_free(HvTrace *trace) {
  g_hash_table_unref(trace->places);
  g_hash_table_unref(trace->stacks);
  g_hash_table_unref(trace->live);
  g_string_chunk_free(trace->texts);
  g_array_unref(trace->leaks);
  g_array_unref(trace->complaints);
  g_free(trace);
}

/* ---- what it says ---- */

const HvLeak *hv_trace_leaks(HvTrace *trace, gsize *count) {
  *count = trace->leaks->len;
  return (const HvLeak *)(gconstpointer)trace->leaks->data;
}

const HvComplaint *hv_trace_complaints(HvTrace *trace, gsize *count) {
  *count = trace->complaints->len;
  return (const HvComplaint *)(gconstpointer)trace->complaints->data;
}

gboolean hv_trace_is_report(HvTrace *trace) {
  return trace->is_report;
}

guint64 hv_trace_events(HvTrace *trace) {
  return trace->events;
}

guint64 hv_trace_bad_lines(HvTrace *trace) {
  return trace->bad_lines;
}
