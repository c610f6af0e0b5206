/* SPDX-License-Identifier: MIT */
/* alloc-viewer: where the program starts. Everything else is HvApplication's. */
#define G_LOG_DOMAIN "alloc-viewer"

#include "config.h"

#include <glib/gi18n.h>
#include <locale.h>

#include "viewer/ui/application.h"
#include "viewer/ui/frame_memory.h"

int main(int argc, char **argv) {
  /* As gettext(1) has it: where translations are that are not installed. */
  const char *folder = g_getenv("TEXTDOMAINDIR");
  g_autoptr(HvApplication) application = NULL;

  hv_frame_memory_keep_heap();
  setlocale(LC_ALL, "");
  bindtextdomain(PACKAGE, folder != NULL ? folder : ALLOC_LOCALEDIR);
  bind_textdomain_codeset(PACKAGE, "UTF-8");
  textdomain(PACKAGE);
  g_set_prgname("alloc-viewer");
  g_set_application_name(_("Heap Viewer"));
  application = hv_application_new();
  return g_application_run(G_APPLICATION(application), argc, argv);
}
