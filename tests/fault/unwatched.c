/* SPDX-License-Identifier: MIT */
/*
 * A process that nobody watches has one thread and no descriptor of the library's, whatever it
 * allocates; so what the kernel allows to processes of one thread only (a user namespace of its
 * own, another mount namespace) still works.
 */
#include <dirent.h>
#include <sched.h>
#include <sys/wait.h>

#include "tests/fault/fault.h"

static unsigned entries(const char *path) {
  DIR *directory = opendir(path);
  unsigned n = 0;

  must(directory != NULL);
  for (struct dirent *entry; (entry = readdir(directory));)
    n += entry->d_name[0] != '.';
  closedir(directory);
  return n;
}

int main(void) {
  const unsigned long rounds = fault_count(5, 200);
  unsigned descriptors, namespaces = 0;

  fault_patience(120, 600);
  fault_skip_if(FAULT_SANITIZED, "a sanitizer has a thread of its own");
  descriptors = entries("/proc/self/fd");
  for (unsigned long round = 0; round < rounds; round++) {
    for (size_t i = 0; i < 300000; i += fault_step())
      free(malloc(size(i % 70000)));
    must(entries("/proc/self/task") == 1);
    must(entries("/proc/self/fd") == descriptors);
    pid_t pid = fork();
    must(pid >= 0);
    if (pid == 0) {
      free(malloc(size(1000)));
      int error = unshare(CLONE_NEWUSER) == 0 ? 0 : errno;
      free(malloc(size(100000)));
      _exit(error == EINVAL ? 1 : error ? 2 : 0); /* EINVAL: the process has threads */
    }
    int status;
    must(waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) != 1);
    namespaces += WEXITSTATUS(status) == 0;
  }
  report("1 thread, %u descriptors after %lu rounds; %u user namespaces\n", descriptors, rounds,
         namespaces);
  return 0;
}
