#ifndef COFFERDAM_DESCRIPTORS_H
#define COFFERDAM_DESCRIPTORS_H

// Files without a name, events, and descriptors that travel over a socket. A call each, or those that make sense together alone: what is made is
// made whole or not at all, and what was interrupted begins again.

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

// memfd_create(2), MFD_CLOEXEC | MFD_ALLOW_SEALING, of a size that nobody can make larger; fcntl(2), F_ADD_SEALS with
// F_SEAL_GROW | F_SEAL_SEAL. Mode 0400: by its entry in /proc no other user opens it anew, and its own user for reading only (proc(5),
// /proc/pid/fd; open(2)). Making it smaller stays possible by a descriptor that may write: that is how its pages are taken from everybody.
// -1 and errno.
static inline int cofferdam_fixed_memfd(const char *name, int64_t length) {
  int fd = (int)syscall(SYS_memfd_create, name, 0x0001u | 0x0002u);
  if (fd < 0) return -1;
  if (fchmod(fd, 0400) != 0 || ftruncate(fd, length) != 0 || fcntl(fd, 1033, 0x0004 | 0x0001) != 0) {
    int error = errno;
    close(fd);
    errno = error;
    return -1;
  }
  return fd;
}

// The same file, opened anew with flags of its own: open(2) of its entry in /proc/self/fd. O_CLOEXEC. -1 and errno.
static inline int cofferdam_open_anew(int fd, int flags) {
  char path[32] = "/proc/self/fd/";
  char digits[12];
  int count = 0, at = 14;
  if (fd < 0) { errno = EBADF; return -1; }
  do { digits[count++] = (char)('0' + fd % 10); fd /= 10; } while (fd > 0);
  while (count > 0) path[at++] = digits[--count];
  path[at] = 0;
  return open(path, flags | O_CLOEXEC);
}

// capget(2), capset(2), version 3: this thread looks past no file's permissions any more (CAP_DAC_OVERRIDE 1, CAP_DAC_READ_SEARCH 2).
// 0, or -1 and errno.
static inline int cofferdam_heed_permissions(void) {
  struct { uint32_t version; int pid; } header = {0x20080522, 0};
  struct { uint32_t effective, permitted, inheritable; } sets[2];
  if (syscall(SYS_capget, &header, sets) != 0) return -1;
  sets[0].effective &= ~6u;
  sets[0].permitted &= ~6u;
  sets[0].inheritable &= ~6u;
  return (int)syscall(SYS_capset, &header, sets);
}

// write(2), read(2) and close(2) by syscall(2): no points of cancellation, which cost a process with threads two locked operations each, and no
// thread of ours is ever cancelled.
static inline void cofferdam_close(int fd) { (void)syscall(SYS_close, fd); }
// poll(2) for POLLIN; milliseconds, -1 is for ever. 1 when readable or hung up, 0 when not, -1 and errno.
static inline int cofferdam_poll_in(int fd, int milliseconds) {
  struct pollfd entry = {.fd = fd, .events = POLLIN};
  int ready;
  do { ready = poll(&entry, 1, milliseconds); } while (ready < 0 && errno == EINTR);
  return ready;
}

// poll(2) for POLLOUT; as above.
static inline int cofferdam_poll_out(int fd, int milliseconds) {
  struct pollfd entry = {.fd = fd, .events = POLLOUT};
  int ready;
  do { ready = poll(&entry, 1, milliseconds); } while (ready < 0 && errno == EINTR);
  return ready;
}
// poll(2) for POLLRDHUP, which is 0x2000 whatever feature macros the importer set: 1 when the peer writes no more, or is gone.
static inline int cofferdam_has_ended(int fd) {
  struct pollfd entry = {.fd = fd, .events = 0x2000};
  return poll(&entry, 1, 0) == 1 && (entry.revents & (0x2000 | POLLHUP | POLLERR)) ? 1 : 0;
}
// pipe2(2), O_CLOEXEC. Mode 0, of the one inode that both ends have: by the entry of an end in /proc nobody opens it anew, for writing as little
// as for reading (proc(5), /proc/pid/fd; open(2)). 0, or -1 and errno.
static inline int cofferdam_pipe(int ends[2]) {
  if (syscall(SYS_pipe2, ends, O_CLOEXEC) != 0) return -1;
  if (fchmod(ends[0], 0) != 0) {
    int error = errno;
    close(ends[0]);
    close(ends[1]);
    errno = error;
    return -1;
  }
  return 0;
}
// Sleeps until a pipe to which nobody writes is closed: one read(2), where poll(2) would queue and look twice. What has no end to be read (EAGAIN:
// somebody who shares the pipe set O_NONBLOCK; EINVAL: no pipe) is polled. A byte is too little for an eventfd, so nothing of it is taken.
// 1 when it is over; -1 and errno.
static inline int cofferdam_await_end(int fd) {
  char byte;
  long got;
  do { got = syscall(SYS_read, fd, &byte, 1); } while (got < 0 && errno == EINTR);
  if (got >= 0) return 1;
  return errno == EAGAIN || errno == EINVAL ? cofferdam_poll_in(fd, -1) : -1;
}

// A pipe by which a peer says words, a byte each, with a description for everybody, so that nobody's flags are another's: [0] to read and sleep,
// [1] to read and not to sleep, and [2] for the peer, for writing and, so that it gets no SIGPIPE when there is no other reader (fifo(7)),
// for reading. Mode 0, as above. When the last copy of [2] is closed, a read has an end. 0, or -1 and errno.
static inline int cofferdam_port(int ends[3]) {
  int pair[2];
  if (syscall(SYS_pipe2, pair, O_CLOEXEC) != 0) return -1;
  ends[0] = pair[0];
  ends[1] = cofferdam_open_anew(pair[0], O_RDONLY | O_NONBLOCK);
  ends[2] = cofferdam_open_anew(pair[0], O_RDWR | O_NONBLOCK);
  int failed = ends[1] < 0 || ends[2] < 0 || fchmod(pair[0], 0) != 0, error = errno;
  close(pair[1]);
  for (int i = 0; failed && i < 3; i++) if (ends[i] >= 0) close(ends[i]);
  errno = error;
  return failed ? -1 : 0;
}
// So many words, all or none: they are fewer than PIPE_BUF (pipe(7)). 0, or -1 and errno: EAGAIN where there is no room.
static inline int cofferdam_say(int fd, uint8_t count) {
  static const char words[UINT8_MAX];
  long done;
  do { done = syscall(SYS_write, fd, words, (size_t)count); } while (done < 0 && errno == EINTR);
  return done == count ? 0 : -1;
}
// How many words were said, as far as they fit in a page; 0 at the end; -1 and errno.
static inline long cofferdam_hear(int fd) {
  char words[4096];
  long got;
  do { got = syscall(SYS_read, fd, words, sizeof words); } while (got < 0 && errno == EINTR);
  return got;
}

// socketpair(2), AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC: messages keep their ends, and a dead peer is seen.
static inline int cofferdam_socketpair(int pair[2]) { return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair); }

enum { COFFERDAM_MAX_DESCRIPTORS = 253 };

// sendmsg(2) with SCM_RIGHTS (unix(7)): bytes and at most 253 descriptors in one message, MSG_NOSIGNAL | MSG_DONTWAIT. The bytes sent,
// or -1 and errno: EAGAIN where the peer has not read what went before.
static inline long cofferdam_send(int socket, const void *bytes, size_t length, const int *descriptors, int count) {
  union { char space[CMSG_SPACE(sizeof(int) * COFFERDAM_MAX_DESCRIPTORS)]; struct cmsghdr align; } control;
  struct iovec part = {.iov_base = (void *)bytes, .iov_len = length};
  struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
  if (count < 0 || count > COFFERDAM_MAX_DESCRIPTORS) { errno = EINVAL; return -1; }
  if (count > 0) {
    message.msg_control = control.space;
    message.msg_controllen = CMSG_SPACE(sizeof(int) * (size_t)count);
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int) * (size_t)count);
    memcpy(CMSG_DATA(header), descriptors, sizeof(int) * (size_t)count);
  }
  long sent;
  do { sent = sendmsg(socket, &message, MSG_NOSIGNAL | MSG_DONTWAIT); } while (sent < 0 && errno == EINTR);
  return sent;
}

// recvmsg(2), MSG_CMSG_CLOEXEC. The bytes received, 0 at the end, -1 and errno; EMSGSIZE where bytes or descriptors were cut off, and what
// came of them is closed.
static inline long cofferdam_receive(int socket, void *bytes, size_t length, int *descriptors, int *count) {
  union { char space[CMSG_SPACE(sizeof(int) * COFFERDAM_MAX_DESCRIPTORS)]; struct cmsghdr align; } control;
  struct iovec part = {.iov_base = bytes, .iov_len = length};
  struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = control.space, .msg_controllen = sizeof control.space};
  *count = 0;
  long got;
  do { got = recvmsg(socket, &message, MSG_CMSG_CLOEXEC); } while (got < 0 && errno == EINTR);
  if (got < 0) return -1;
  for (struct cmsghdr *header = CMSG_FIRSTHDR(&message); header; header = CMSG_NXTHDR(&message, header)) {
    if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) continue;
    int here = (int)((header->cmsg_len - CMSG_LEN(0)) / sizeof(int));
    for (int i = 0; i < here; i++) {
      int fd;
      memcpy(&fd, CMSG_DATA(header) + sizeof(int) * (size_t)i, sizeof fd);
      if (*count < COFFERDAM_MAX_DESCRIPTORS) descriptors[(*count)++] = fd; else close(fd);
    }
  }
  if (message.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) {
    while (*count > 0) close(descriptors[--(*count)]);
    errno = EMSGSIZE;
    return -1;
  }
  return got;
}

// fork(2). The child may only touch memory and leave by _exit(2).
static inline int cofferdam_fork(void) { return (int)fork(); }

static const int COFFERDAM_PROT_READ = PROT_READ;
static const int COFFERDAM_MAP_SHARED = MAP_SHARED;
static const int COFFERDAM_MAP_SHARED_POPULATED = MAP_SHARED | MAP_POPULATE;
static const int COFFERDAM_MAP_SHARED_FIXED_POPULATED = MAP_SHARED | MAP_FIXED | MAP_POPULATE;
static const int COFFERDAM_MAP_RESERVATION_FIXED = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED;

#endif
