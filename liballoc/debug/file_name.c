/* SPDX-License-Identifier: MIT */
#include "debug/file_name.h"

#include <string.h>
#include <unistd.h>

#include "heap/os.h"
#include "observe/text.h"

enum { SPARE_BYTES = 32 }; /* for ".%p" and the numbers */

bool file_name_has_process(const struct file_name *name) {
  for (const char *c = name->pattern; *c; c++)
    if (*c == '%') {
      if (c[1] == 'p')
        return true;
      c += c[1] != '\0';
    }
  return false;
}

void file_name_add_process(struct file_name *name) {
  if (!file_name_has_process(name))
    strcat(name->pattern, ".%p"); /* file_name_set has left room */
}

static bool set_pattern(struct file_name *name, const char *given) {
  struct text text = text_in(name->pattern, sizeof name->pattern);

  if (*given != '/') {
    char folder[FILE_NAME_BYTES];
    if (!getcwd(folder, sizeof folder))
      folder[0] = '\0';
    for (const char *c = folder; *c; c++)
      text_add(&text, (char[]){*c, *c == '%' ? '%' : '\0', '\0'});
    text_add(&text, "/");
  }
  text_add(&text, given);
  return text.used < sizeof name->pattern - SPARE_BYTES;
}

bool file_name_set(struct file_name *name, const char *given, const char *variable) {
  name->entry_name = 0;
  if (!set_pattern(name, given))
    return false;
  if (variable) {
    struct text text = text_in(name->entry, sizeof name->entry);
    text_add(&text, variable);
    text_add(&text, "=");
    name->entry_name = text.used;
    text_add(&text, name->pattern);
    if (!file_name_has_process(name))
      text_add(&text, ".%p");
  }
  return true;
}

void file_name_expand(const struct file_name *name, unsigned suffix, char path[FILE_NAME_BYTES]) {
  struct text text = text_in(path, FILE_NAME_BYTES);

  for (const char *c = name->pattern; *c; c++) {
    if (c[0] == '%' && c[1] == 'p') {
      text_decimal(&text, os_process_id());
      c++;
    } else {
      text_add(&text, (char[]){*c, '\0'});
      c += c[0] == '%' && c[1] == '%';
    }
  }
  if (suffix) {
    text_add(&text, ".");
    text_decimal(&text, suffix);
  }
}

bool file_name_is_redirected(const struct file_name *name, const char *text) {
  return name->entry_name && text == name->entry + name->entry_name;
}

void file_name_redirect_others(struct file_name *name) {
  if (!name->entry_name || !environ)
    return;
  for (char **entry = environ; *entry; entry++)
    if (strncmp(*entry, name->entry, name->entry_name) == 0)
      *entry = name->entry;
}
