/* SPDX-License-Identifier: MIT */
/* alloc-viewer: where the program starts. Everything else is HvApplication's. */
#define G_LOG_DOMAIN "alloc-viewer"

#include <locale.h>

#include "viewer/ui/application.h"

int main(int argc, char **argv) {
  g_autoptr(HvApplication) application = NULL;

  setlocale(LC_ALL, "");
  g_set_prgname("alloc-viewer");
  g_set_application_name("Heap Viewer");
  application = hv_application_new();
  return g_application_run(G_APPLICATION(application), argc, argv);
}
