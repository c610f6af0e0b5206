/* SPDX-License-Identifier: MIT */
/*
 * A C program that loads a C++ module into a scope of its own.
 *
 * usage: module MODULE
 */
#include <dlfcn.h>
#include <stdio.h>

int main(int argc, char *argv[]) {
  void *module = argc > 1 ? dlopen(argv[1], RTLD_NOW | RTLD_LOCAL) : NULL;
  if (module == NULL) {
    puts(dlerror());
    return 1;
  }
  int (*module_try)(void) = (int (*)(void))dlsym(module, "module_try");
  printf("module %d\n", module_try());
  return 0;
}
