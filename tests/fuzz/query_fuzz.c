/* SPDX-License-Identifier: MIT */
/*
 * The parser of filters against texts made to break it, a target of libFuzzer. What is accepted is
 * asked about a thing that has every field and one that has none.
 */
#include <string.h>

#include "tests/fuzz/seed.h"
#include "viewer/model/query.h"

int LLVMFuzzerTestOneInput(const guint8 *data, size_t size);

int LLVMFuzzerTestOneInput(const guint8 *data, size_t size) {
  g_autofree char *text = g_strndup((const char *)data, size);
  g_autoptr(GError) error = NULL;
  guint position = 0;
  g_autoptr(HvQuery) query = hv_query_parse(text, &position, &error);
  g_assert_true((query == NULL) == (error != NULL));
  seed_must_be_accepted(error);
  if (query == NULL) {
    g_assert_cmpuint(position, <=, strlen(text));
    return 0;
  }
  HvFacts none = {.kind = "region", .name = ""};
  HvFacts all = {.kind = "span", .name = "w\xf6rker", .begin = 0x1000, .end = 0x2000};
  for (guint field = 0; field < HV_FIELDS; field++)
    hv_facts_set(&all, (HvField)field, 1000 * field);
  gboolean holds = hv_query_matches(query, &all);
  if (hv_query_is_empty(query))
    g_assert_true(holds && hv_query_matches(query, &none));
  if (hv_query_fields(query) & ~(1u << HV_FIELD_KIND | 1u << HV_FIELD_THREAD))
    g_assert_false(hv_query_matches(query, &none));
  g_assert_cmpstr(hv_query_text(query), ==, text);
  return 0;
}
