/* SPDX-License-Identifier: MIT */
/* The lists that the panel beside the map has, in the order of its drop-down. */
#pragma once

#include "viewer/ui/heap_tables.h"

G_BEGIN_DECLS

enum {
  HV_SIDE_DETAILS,
  HV_SIDE_LISTS, /* as many as there are HvListKinds */
  HV_SIDE_RELEASE = HV_SIDE_LISTS + HV_LISTS,
  HV_SIDE_CHANGES,
  HV_SIDE_PROFILE,
  HV_SIDE_MAPPINGS,
  HV_SIDE_PAGES
};

/** hv_side_page_name: For actions: "details", "spans", ... */
const char *hv_side_page_name(guint page);

/** hv_side_page_title: For people, and translated. */
const char *hv_side_page_title(guint page);

G_END_DECLS
