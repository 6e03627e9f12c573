/*
 * A disk that forgets: preloaded into a process, it keeps of each file named chat.db* what it was when it was last synced.
 * The folder FORGET_DIR is then what a power cut would have left at the worst.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <fcntl.h>
#include <unistd.h>

static void keep(int fd) {
  const char *dir = getenv("FORGET_DIR");
  char link[64], path[4096], part[4400], kept[4400], bytes[65536];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, path, sizeof path - 1);
  if (dir == NULL || length < 0) return;
  path[length] = 0;
  const char *name = strrchr(path, '/');
  if (name == NULL || strncmp(name + 1, "chat.db", 7) != 0) return;
  snprintf(kept, sizeof kept, "%s%s", dir, name);
  snprintf(part, sizeof part, "%s%s.%d.part", dir, name, gettid());
  int from = open(path, O_RDONLY), to = open(part, O_WRONLY | O_CREAT | O_TRUNC, 0600);
  for (ssize_t n; (n = read(from, bytes, sizeof bytes)) > 0;)
    if (write(to, bytes, n) != n) abort();
  close(to);
  rename(part, kept);
  close(from);
}

int fsync(int fd) {
  int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, "fsync");
  keep(fd);
  return real(fd);
}

int fdatasync(int fd) {
  int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, "fdatasync");
  keep(fd);
  return real(fd);
}
