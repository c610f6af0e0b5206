/* SPDX-License-Identifier: MIT */
/*
 * Loads plugin.c with RTLD_DEEPBIND, by a name that is found through the program's own search path,
 * and shares blocks with it in both directions.
 *
 * usage: deepbind MODULE
 */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char *argv[]) {
  for (int i = 0; argc == 2 && i < 100; i++) {
    void *module = dlopen(argv[1], RTLD_NOW | RTLD_LOCAL | RTLD_DEEPBIND);
    if (module == NULL) {
      puts(dlerror());
      return 1;
    }
    char *(*make)(const char *) = (char *(*)(const char *))dlsym(module, "plugin_make");
    char *text = make("the plugin");
    dlclose(module); /* it frees what strdup gave it */
    if (i == 0)
      puts(text);
    free(text);
  }
  return 0;
}
