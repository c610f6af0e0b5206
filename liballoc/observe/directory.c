/* SPDX-License-Identifier: MIT */
#include "observe/directory.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <liballoc/snapshot.h>

#include "observe/text.h"

void directory_path(char *path) {
  struct text text = text_in(path, DIRECTORY_PATH_BYTES);

  text_format(&text, ALLOC_SNAPSHOT_DIRECTORY_FORMAT, geteuid());
}

int directory_open(void) {
  char path[DIRECTORY_PATH_BYTES];
  struct stat status;

  directory_path(path);
  int directory = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (directory < 0 && errno == ENOENT) {
    /* The mode is set once more since a umask may have taken from it. */
    if (mkdir(path, 0700) == 0 ? chmod(path, 0700) != 0 : errno != EEXIST)
      return -errno;
    directory = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  }
  if (directory < 0)
    return -errno;
  if (fstat(directory, &status) != 0 || status.st_uid != geteuid() ||
      (status.st_mode & 0777) != 0700) {
    close(directory);
    return -EPERM;
  }
  return directory;
}

static int reserve(int file, size_t bytes) {
  struct rlimit limit;

  /* Beyond the limit fallocate() would send SIGXFSZ, which ends a program that is not prepared. */
  if (getrlimit(RLIMIT_FSIZE, &limit) == 0 && limit.rlim_cur < bytes)
    return EFBIG;
  while (fallocate(file, 0, 0, (off_t)bytes) != 0)
    if (errno != EINTR)
      return errno;
  return 0;
}

int directory_make_file(int directory, const char *name, size_t bytes) {
  const int flags = O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
  int file = openat(directory, name, flags, 0600);

  if (file < 0 && errno == EEXIST && unlinkat(directory, name, 0) == 0)
    file = openat(directory, name, flags, 0600);
  if (file < 0)
    return -errno;
  int problem = fchmod(file, 0600) == 0 ? reserve(file, bytes) : errno;
  if (problem) {
    close(file);
    unlinkat(directory, name, 0);
    return -problem;
  }
  return file;
}

bool directory_trusts(int file, size_t bytes) {
  struct stat status;

  return fstat(file, &status) == 0 && S_ISREG(status.st_mode) && status.st_uid == geteuid() &&
         (status.st_mode & 0777) == 0600 && (bytes == 0 || (size_t)status.st_size == bytes);
}
