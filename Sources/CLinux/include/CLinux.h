#ifndef COFFERDAM_CLINUX_H
#define COFFERDAM_CLINUX_H

// What Glibc's Swift overlay does not show of the kernel's interface. No logic: a call, a constant, or a flag each.

// No feature macro here: it would change glibc's types behind the back of Swift's own Glibc module.
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

#include "Descriptors.h"
#include "Futex.h"
#include "Trap.h"

// memfd_create(2). Declared through syscall(2), so that it does not depend on which feature macros the importer set.
static inline int cofferdam_memfd_create(const char *name, unsigned int flags) {
  return (int)syscall(SYS_memfd_create, name, flags);
}

static inline int cofferdam_errno(void) { return errno; }

// mmap(2) answers MAP_FAILED, a cast macro that does not import.
static inline void *cofferdam_mmap(void *address, size_t length, int protection, int flags, int fd, off_t offset) {
  void *mapped = mmap(address, length, protection, flags, fd, offset);
  return mapped == MAP_FAILED ? NULL : mapped;
}

// Gives the pages of a range back to the kernel; they read as zeros afterwards. fallocate(2).
static inline int cofferdam_punch_hole(int fd, off_t offset, off_t length) {
  return (int)syscall(SYS_fallocate, fd, 0x01 /* KEEP_SIZE */ | 0x02 /* PUNCH_HOLE */, offset, length);
}

// The bytes that a file really occupies, or -1. fstat(2): st_blocks is in units of 512 bytes.
static inline int64_t cofferdam_occupied_bytes(int fd) {
  struct stat status;
  return fstat(fd, &status) == 0 ? (int64_t)status.st_blocks * 512 : -1;
}

// Where the next written bytes of a sparse file start, and where they end; -1 when there are none. lseek(2).
static inline off_t cofferdam_next_data(int fd, off_t from) { return lseek(fd, from, 3 /* SEEK_DATA */); }
static inline off_t cofferdam_next_hole(int fd, off_t from) { return lseek(fd, from, 4 /* SEEK_HOLE */); }

// Asks for a cache line that will be read soon. No system call, but as little within reach of Swift.
static inline void cofferdam_prefetch(const void *address) { __builtin_prefetch(address); }

// accept4(2): the new descriptor neither blocks nor is inherited. Glibc shows it to those alone who ask for GNU's extensions.
static inline int cofferdam_accept(int fd) { return (int)syscall(SYS_accept4, fd, NULL, NULL, 04000 /* NONBLOCK */ | 02000000 /* CLOEXEC */); }

// epoll(7). Its event structure is packed and holds a union, so it does not come over as it is; the data is the descriptor.
static inline int cofferdam_epoll_create(void) { return epoll_create1(EPOLL_CLOEXEC); }
static inline int cofferdam_epoll_set(int epoll, int fd, int isNew, int reads, int writes) {
  struct epoll_event event = {.events = (reads ? EPOLLIN : 0u) | (writes ? EPOLLOUT : 0u), .data = {.fd = fd}};
  return epoll_ctl(epoll, isNew ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, fd, &event);
}
static inline int cofferdam_epoll_remove(int epoll, int fd) { return epoll_ctl(epoll, EPOLL_CTL_DEL, fd, NULL); }
// The descriptors on which something can be done, at most 64 at once; bit 0 of `what` reading, bit 1 writing, bit 2 the end.
static inline int cofferdam_epoll_wait(int epoll, int *fds, int *what, int milliseconds) {
  struct epoll_event events[64];
  int count = epoll_wait(epoll, events, 64, milliseconds);
  for (int i = 0; i < count; i++) {
    fds[i] = events[i].data.fd;
    what[i] = (events[i].events & EPOLLIN ? 1 : 0) | (events[i].events & EPOLLOUT ? 2 : 0) | (events[i].events & (EPOLLERR | EPOLLHUP) ? 4 : 0);
  }
  return count;
}

// Plain constants, because the values combine flags and an enumeration imports without a usable type.
static const int COFFERDAM_PROT_NONE = PROT_NONE;
static const int COFFERDAM_PROT_READ_WRITE = PROT_READ | PROT_WRITE;
static const int COFFERDAM_MAP_RESERVATION = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
static const int COFFERDAM_MAP_SHARED_FIXED = MAP_SHARED | MAP_FIXED | MAP_NORESERVE;
static const unsigned int COFFERDAM_MFD_CLOEXEC = 0x0001;

#endif
