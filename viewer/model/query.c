/* SPDX-License-Identifier: MIT */
/* See query.h. A term is compiled to a range of values of one field, or to a text. */
#include "viewer/model/query.h"

#include <glib/gi18n.h>
#include <string.h>

#include "viewer/model/error.h"
#include "viewer/model/units.h"

typedef enum { VALUE_BYTES, VALUE_COUNT, VALUE_FILL, VALUE_TIME, VALUE_THREAD, VALUE_KIND } Unit;

static const struct {
  const char *key;
  Unit unit;
} fields[HV_FIELDS] = {
    [HV_FIELD_SIZE] = {"size", VALUE_BYTES},         [HV_FIELD_HELD] = {"held", VALUE_BYTES},
    [HV_FIELD_CLASS] = {"class", VALUE_BYTES},       [HV_FIELD_LIVE] = {"live", VALUE_BYTES},
    [HV_FIELD_WASTE] = {"waste", VALUE_BYTES},       [HV_FIELD_FILL] = {"fill", VALUE_FILL},
    [HV_FIELD_CACHED] = {"cached", VALUE_BYTES},     [HV_FIELD_TRANSIT] = {"transit", VALUE_BYTES},
    [HV_FIELD_PURGED] = {"purged", VALUE_BYTES},     [HV_FIELD_BLOCKS] = {"blocks", VALUE_COUNT},
    [HV_FIELD_CAPACITY] = {"capacity", VALUE_COUNT}, [HV_FIELD_SPANS] = {"spans", VALUE_COUNT},
    [HV_FIELD_THREAD] = {"thread", VALUE_THREAD},    [HV_FIELD_ARENA] = {"arena", VALUE_COUNT},
    [HV_FIELD_IDLE] = {"idle", VALUE_TIME},          [HV_FIELD_LIMIT] = {"limit", VALUE_BYTES},
    [HV_FIELD_REFILLS] = {"refills", VALUE_COUNT},   [HV_FIELD_FLUSHES] = {"flushes", VALUE_COUNT},
    [HV_FIELD_HITS] = {"hits", VALUE_FILL},          [HV_FIELD_DEPTH] = {"depth", VALUE_COUNT},
    [HV_FIELD_PINS] = {"pins", VALUE_BYTES},         [HV_FIELD_CHURN] = {"churn", VALUE_BYTES},
    [HV_FIELD_TIME] = {"time", VALUE_COUNT},         [HV_FIELD_RESIDENT] = {"resident", VALUE_FILL},
    [HV_FIELD_HUGE] = {"huge", VALUE_BYTES},         [HV_FIELD_AGE] = {"age", VALUE_TIME},
    [HV_FIELD_COUNT] = {"count", VALUE_COUNT},       [HV_FIELD_KIND] = {"kind", VALUE_KIND},
};

static const char *const kinds[] = {"span",   "large",  "region", "free",     "header",
                                    "class",  "thread", "arena",  "block",    "stack",
                                    "orphan", "purge",  "trim",   "unmapped", "arena-gone",
                                    "mark",   "begin",  "end",    "failed"};

typedef enum {
  TERM_RANGE,   /* low <= value <= high */
  TERM_NAME,    /* name of the thread contains text */
  TERM_WORD,    /* name or kind contains text */
  TERM_ADDRESS, /* touches [low, high] */
} TermKind;

typedef struct {
  TermKind kind;
  HvField field;
  gboolean negated;
  guint64 low;
  guint64 high; /* inclusive */
  char *text;   /* casefolded */
} Term;

struct HvQuery {
  gatomicrefcount references;
  char *text;
  GArray *terms; /* Term */
};

const char *hv_field_key(HvField field) {
  g_return_val_if_fail((guint)field < HV_FIELDS, "");
  return fields[field].key;
}

static void term_clear(gpointer data) {
  g_clear_pointer(&((Term *)data)->text, g_free);
}

/* ---- values ---- */

static gboolean parse_time(const char *text, guint64 *ns) {
  static const struct {
    const char *suffix;
    double ns;
  } units[] = {{"ns", 1},     {"us", 1e3}, {"ms", 1e6},   {"s", 1e9},    {"", 1e9},
               {"min", 60e9}, {"m", 60e9}, {"h", 3600e9}, {"d", 86400e9}};
  char *rest = NULL;
  double number = g_ascii_strtod(text, &rest);
  if (rest == text || !(number >= 0) || number > 1e9)
    return FALSE;
  for (guint i = 0; i < G_N_ELEMENTS(units); i++) {
    if (strcmp(rest, units[i].suffix) == 0) {
      *ns = (guint64)MIN(number * units[i].ns, 9e18);
      return TRUE;
    }
  }
  return FALSE;
}

static gboolean parse_fill(const char *text, guint64 *millionths) {
  char *rest = NULL;
  double number = g_ascii_strtod(text, &rest);
  if (rest == text || !(number >= 0 && number <= 100) || (*rest != '\0' && strcmp(rest, "%") != 0))
    return FALSE;
  *millionths = (guint64)(number * 10000 + 0.5);
  return TRUE;
}

static gboolean parse_value(HvField field, const char *text, guint64 *value, GError **error) {
  const char *key = fields[field].key;
  switch (fields[field].unit) {
  case VALUE_BYTES:
    if (hv_parse_bytes(text, value, NULL))
      return TRUE;
    g_set_error(error, HV_ERROR, HV_ERROR_ARGUMENT,
                _("\"%s\" is no size: write %s>=64K, or %s:1024"), text, key, key);
    return FALSE;
  case VALUE_COUNT:
    if (g_ascii_isdigit(*text) && hv_parse_bytes(text, value, NULL))
      return TRUE;
    g_set_error(error, HV_ERROR, HV_ERROR_ARGUMENT, _("\"%s\" is no number: write %s>=10"), text,
                key);
    return FALSE;
  case VALUE_FILL:
    if (parse_fill(text, value))
      return TRUE;
    g_set_error(error, HV_ERROR, HV_ERROR_ARGUMENT,
                _("\"%s\" is no share from 0%% to 100%%: write %s<10%%"), text, key);
    return FALSE;
  case VALUE_TIME:
    if (parse_time(text, value))
      return TRUE;
    g_set_error(error, HV_ERROR, HV_ERROR_ARGUMENT, _("\"%s\" is no time: write %s>60s"), text,
                key);
    return FALSE;
  case VALUE_THREAD:
  case VALUE_KIND:
    break;
  }
  if (g_ascii_string_to_unsigned(text, 10, 0, G_MAXINT64, value, NULL))
    return TRUE;
  g_set_error(error, HV_ERROR, HV_ERROR_ARGUMENT,
              _("\"%s\" is no number of a thread: write %s:17, or %s:name"), text, key, key);
  return FALSE;
}

/* ---- terms ---- */

typedef enum { IS, IS_NOT, LESS, AT_MOST, MORE, AT_LEAST } Compare;

/* The operator at @text; *length is 0 when there is none. */
static Compare find_compare(const char *text, gsize *length) {
  static const struct {
    const char *text;
    Compare compare;
  } operators[] = {{"!=", IS_NOT}, {"<=", AT_MOST}, {">=", AT_LEAST}, {"==", IS},
                   {":", IS},      {"=", IS},       {"<", LESS},      {">", MORE}};
  for (guint i = 0; i < G_N_ELEMENTS(operators); i++) {
    if (g_str_has_prefix(text, operators[i].text)) {
      *length = strlen(operators[i].text);
      return operators[i].compare;
    }
  }
  *length = 0;
  return IS;
}

/* Narrows the range of @term by a comparison with @value. */
static void term_compare(Term *term, Compare compare, guint64 value) {
  term->low = 0;
  term->high = G_MAXUINT64;
  switch (compare) {
  case IS_NOT:
    term->negated = !term->negated;
    term->low = term->high = value;
    break;
  case IS:
    term->low = term->high = value;
    break;
  case LESS:
    /* Less than nothing is nothing: an empty range. */
    if (value == 0)
      term->low = 1;
    term->high = value == 0 ? 0 : value - 1;
    break;
  case AT_MOST:
    term->high = value;
    break;
  case MORE:
    if (value == G_MAXUINT64)
      term->high = 0;
    term->low = value == G_MAXUINT64 ? value : value + 1;
    break;
  case AT_LEAST:
    term->low = value;
    break;
  }
}

static gboolean no_field(const char *name, gsize length, GError **error) {
  g_autoptr(GString) names = g_string_new(NULL);
  for (guint i = 0; i < HV_FIELDS; i++)
    g_string_append_printf(names, "%s%s", i == 0 ? "" : " ", fields[i].key);
  g_set_error(error, HV_ERROR, HV_ERROR_ARGUMENT, _("nothing is called \"%.*s\": there are %s"),
              (int)length, name, names->str);
  return FALSE;
}

static gboolean is_text_compare(Compare compare, const char *key, GError **error) {
  if (compare == IS || compare == IS_NOT)
    return TRUE;
  g_set_error(error, HV_ERROR, HV_ERROR_ARGUMENT,
              _("\"%s\" is a name, neither more nor less: write %s:name"), key, key);
  return FALSE;
}

static gboolean parse_text_term(Term *term, Compare compare, const char *value, GError **error) {
  const char *key = fields[term->field].key;
  term->negated ^= compare == IS_NOT;
  if (!is_text_compare(compare, key, error))
    return FALSE;
  if (term->field == HV_FIELD_KIND) {
    gboolean known = FALSE;
    for (guint i = 0; i < G_N_ELEMENTS(kinds); i++)
      known |= strcmp(kinds[i], value) == 0;
    if (!known) {
      const char *known_kinds[G_N_ELEMENTS(kinds) + 1] = {NULL};
      memcpy(known_kinds, kinds, sizeof kinds);
      g_autofree char *names = g_strjoinv(", ", (char **)(gpointer)known_kinds);
      g_set_error(error, HV_ERROR, HV_ERROR_ARGUMENT, _("there is no kind \"%s\": there are %s"),
                  value, names);
      return FALSE;
    }
  }
  term->kind = TERM_NAME;
  term->text = g_utf8_casefold(value, -1);
  return TRUE;
}

/* "low..high" */
static gboolean parse_span_of_values(Term *term, const char *value, const char *dots,
                                     GError **error) {
  g_autofree char *low = g_strndup(value, (gsize)(dots - value));
  term->kind = TERM_RANGE;
  if (!parse_value(term->field, low, &term->low, error) ||
      !parse_value(term->field, dots + 2, &term->high, error))
    return FALSE;
  if (term->low <= term->high)
    return TRUE;
  g_set_error(error, HV_ERROR, HV_ERROR_ARGUMENT,
              _("\"%s\" is empty: its end is below its beginning"), value);
  return FALSE;
}

static gboolean parse_field_term(Term *term, const char *word, gsize name_length, GError **error) {
  gsize length = 0;
  guint field = 0;
  guint64 number = 0;
  while (field < HV_FIELDS && (strlen(fields[field].key) != name_length ||
                               g_ascii_strncasecmp(fields[field].key, word, name_length) != 0))
    field++;
  if (field == HV_FIELDS)
    return no_field(word, name_length, error);
  term->field = (HvField)field;
  Compare compare = find_compare(word + name_length, &length);
  const char *value = word + name_length + length;
  if (*value == '\0') {
    g_set_error(error, HV_ERROR, HV_ERROR_ARGUMENT, _("\"%s\" lacks a value"), word);
    return FALSE;
  }
  const char *dots = strstr(value, "..");
  if (compare == IS && dots != NULL && fields[field].unit != VALUE_KIND)
    return parse_span_of_values(term, value, dots, error);
  gboolean is_name = fields[field].unit == VALUE_THREAD &&
                     !g_ascii_string_to_unsigned(value, 10, 0, G_MAXINT64, &number, NULL);
  if (fields[field].unit == VALUE_KIND || is_name)
    return parse_text_term(term, compare, value, error);
  term->kind = TERM_RANGE;
  if (!parse_value(term->field, value, &number, error))
    return FALSE;
  term_compare(term, compare, number);
  return TRUE;
}

static gboolean parse_address_term(Term *term, const char *word, GError **error) {
  term->kind = TERM_ADDRESS;
  if (strpbrk(word, "-+") != NULL) {
    if (!hv_parse_range(word, &term->low, &term->high, error))
      return FALSE;
    term->high--;
    return TRUE;
  }
  if (hv_parse_bytes(word, &term->low, NULL)) {
    term->high = term->low;
    return TRUE;
  }
  g_set_error(error, HV_ERROR, HV_ERROR_ARGUMENT,
              _("\"%s\" is no address: write 0x7f12a4c00000, or 0x7f12a4c00000+64K"), word);
  return FALSE;
}

/* One word of the query, without its quotes. */
static gboolean parse_term(const char *word, gboolean quoted, Term *term, GError **error) {
  if (!quoted && (*word == '!' || *word == '-')) {
    term->negated = TRUE;
    word++;
    if (*word == '\0') {
      g_set_error_literal(error, HV_ERROR, HV_ERROR_ARGUMENT,
                          _("there is nothing behind the \"!\""));
      return FALSE;
    }
  }
  gsize name_length = strspn(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_");
  gsize length = 0;
  find_compare(word + name_length, &length);
  if (!quoted && length > 0 && name_length == 0) {
    g_set_error(error, HV_ERROR, HV_ERROR_ARGUMENT,
                _("\"%s\" does not say what to compare: write size>=1M"), word);
    return FALSE;
  }
  if (!quoted && length > 0)
    return parse_field_term(term, word, name_length, error);
  if (!quoted && word[0] == '0' && (word[1] == 'x' || word[1] == 'X'))
    return parse_address_term(term, word, error);
  term->kind = TERM_WORD;
  term->text = g_utf8_casefold(word, -1);
  return TRUE;
}

/* Cuts the next word off *@rest; quotes keep blanks together and are left out. */
static char *next_word(const char **rest, gboolean *quoted, const char **begin) {
  GString *word = g_string_new(NULL);
  const char *at = *rest;
  gboolean inside = FALSE;
  *quoted = FALSE;
  while (*at == ' ' || *at == '\t' || *at == '\n')
    at++;
  *begin = at;
  if (*at == '\0') {
    g_string_free(word, TRUE);
    return NULL;
  }
  if (*at == '"')
    *quoted = TRUE;
  for (; *at != '\0' && (inside || (*at != ' ' && *at != '\t' && *at != '\n')); at++) {
    if (*at == '"')
      inside = !inside;
    else
      g_string_append_c(word, *at);
  }
  *rest = at;
  return g_string_free(word, FALSE);
}

HvQuery *hv_query_parse(const char *text, guint *position, GError **error) {
  g_return_val_if_fail(text != NULL, NULL);
  if (position != NULL)
    *position = 0;
  if (!g_utf8_validate(text, -1, NULL)) {
    g_set_error_literal(error, HV_ERROR, HV_ERROR_ARGUMENT, _("the filter is no UTF-8 text"));
    return NULL;
  }
  g_autoptr(HvQuery) query = g_new0(HvQuery, 1);
  g_atomic_ref_count_init(&query->references);
  query->text = g_strdup(text);
  query->terms = g_array_new(FALSE, TRUE, sizeof(Term));
  g_array_set_clear_func(query->terms, term_clear);
  const char *rest = text;
  const char *begin = text;
  gboolean quoted = FALSE;
  for (;;) {
    g_autofree char *word = next_word(&rest, &quoted, &begin);
    Term term = {.field = HV_FIELDS};
    if (word == NULL)
      break;
    if (!parse_term(word, quoted, &term, error)) {
      term_clear(&term);
      if (position != NULL)
        *position = (guint)g_utf8_pointer_to_offset(text, begin);
      return NULL;
    }
    g_array_append_val(query->terms, term);
  }
  return g_steal_pointer(&query);
}

HvQuery *hv_query_ref(HvQuery *query) {
  g_atomic_ref_count_inc(&query->references);
  return query;
}

void hv_query_unref(HvQuery *query) {
  if (!g_atomic_ref_count_dec(&query->references))
    return;
  g_clear_pointer(&query->terms, g_array_unref);
  g_free(query->text);
  g_free(query);
}

const char *hv_query_text(HvQuery *query) {
  return query->text;
}

gboolean hv_query_is_empty(HvQuery *query) {
  return query->terms->len == 0;
}

guint32 hv_query_fields(HvQuery *query) {
  guint32 asked = 0;
  for (guint i = 0; i < query->terms->len; i++) {
    const Term *term = &g_array_index(query->terms, Term, i);
    if (term->field < HV_FIELDS)
      asked |= 1u << term->field;
  }
  return asked;
}

/* ---- matching ---- */

static gboolean contains(const char *name, const char *part) {
  g_autofree char *valid = g_utf8_make_valid(name, -1);
  g_autofree char *folded = g_utf8_casefold(valid, -1);
  return strstr(folded, part) != NULL;
}

/* What is shown can be asked for, and what alloc-inspect calls it. */
static gboolean is_called(const HvFacts *facts, const char *part) {
  return (facts->name[0] != '\0' && contains(facts->name, part)) ||
         (facts->plain != NULL && contains(facts->plain, part));
}

static gboolean term_matches(const Term *term, const HvFacts *facts) {
  switch (term->kind) {
  case TERM_RANGE:
    return hv_facts_has(facts, term->field) && facts->value[term->field] >= term->low &&
           facts->value[term->field] <= term->high;
  case TERM_NAME:
    if (term->field == HV_FIELD_KIND)
      return strcmp(facts->kind, term->text) == 0;
    return is_called(facts, term->text);
  case TERM_WORD:
    return strstr(facts->kind, term->text) != NULL || is_called(facts, term->text);
  case TERM_ADDRESS:
    return facts->end != 0 && facts->begin <= term->high && facts->end > term->low;
  }
  return FALSE;
}

/* A negated comparison still needs a value: "fill!=10%" holds for nothing that has no fill. */
static gboolean term_holds(const Term *term, const HvFacts *facts) {
  if (term->kind == TERM_RANGE && !hv_facts_has(facts, term->field))
    return FALSE;
  return term_matches(term, facts) != term->negated;
}

gboolean hv_query_matches(HvQuery *query, const HvFacts *facts) {
  for (guint i = 0; i < query->terms->len; i++) {
    if (!term_holds(&g_array_index(query->terms, Term, i), facts))
      return FALSE;
  }
  return TRUE;
}
