#include "Trap.h"

#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum { windows = 1024, name_length = 32 };

static struct {
  _Atomic uintptr_t start;
  _Atomic uintptr_t end;
  char name[name_length];
} table[windows];

static _Thread_local sigjmp_buf *landing;
static struct sigaction before_bus, before_segv;
static pthread_once_t installed = PTHREAD_ONCE_INIT;

static void say(const char *text, size_t length) { (void)!write(2, text, length); }

static void trapped(int number, siginfo_t *info, void *context) {
  (void)context;
  // Only a guarded copy has a landing, and between setting and clearing it runs nothing but the copy.
  if (landing) siglongjmp(*landing, 1);
  uintptr_t address = (uintptr_t)info->si_addr;
  for (int i = 0; i < windows; i++) {
    uintptr_t start = atomic_load(&table[i].start);
    if (start == 0 || address < start || address >= atomic_load(&table[i].end)) continue;
    static const char first[] = "cofferdam: the buffer '", last[] = "' was touched after it was taken back\n";
    say(first, sizeof first - 1);
    say(table[i].name, strnlen(table[i].name, name_length));
    say(last, sizeof last - 1);
    break;
  }
  // Not ours to survive: whoever handled it before does, at the same instruction.
  sigaction(number, number == SIGBUS ? &before_bus : &before_segv, 0);
}

static void install(void) {
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_sigaction = trapped;
  // Not blocked while it runs: it leaves by a jump that restores no mask.
  action.sa_flags = SA_SIGINFO | SA_NODEFER | SA_ONSTACK;
  sigaction(SIGBUS, &action, &before_bus);
  sigaction(SIGSEGV, &action, &before_segv);
}

#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define WITHOUT_TRAPS 1
#endif
#endif

#ifdef WITHOUT_TRAPS
// A copy races with whoever takes the pages away, on purpose, and ends in a jump out of a signal handler: ThreadSanitizer follows neither.
// Under it the kernel copies, and says what is not there (process_vm_readv(2)).
int cofferdam_guarded_copy(void *target, const void *source, size_t length) {
  pthread_once(&installed, install);
  struct iovec to = {target, length}, from = {(void *)(uintptr_t)source, length};
  return length == 0 || syscall(SYS_process_vm_readv, getpid(), &to, 1ul, &from, 1ul, 0ul) == (long)length ? 0 : -1;
}
#else
int cofferdam_guarded_copy(void *target, const void *source, size_t length) {
  pthread_once(&installed, install);
  sigjmp_buf here;
  if (sigsetjmp(here, 0)) {
    landing = 0;
    return -1;
  }
  landing = &here;
  atomic_signal_fence(memory_order_seq_cst);
  memcpy(target, source, length);
  atomic_signal_fence(memory_order_seq_cst);
  landing = 0;
  return 0;
}
#endif

int cofferdam_name_window(uintptr_t start, size_t length, const char *name) {
  pthread_once(&installed, install);
  for (int i = 0; i < windows; i++) {
    uintptr_t none = 0;
    // One address belongs to nobody: a slot that is being filled.
    if (!atomic_compare_exchange_strong(&table[i].start, &none, UINTPTR_MAX)) continue;
    strncpy(table[i].name, name, name_length);
    atomic_store(&table[i].end, start + length);
    atomic_store(&table[i].start, start);
    return i;
  }
  return -1;
}

void cofferdam_forget_window(int slot) {
  if (slot >= 0 && slot < windows) atomic_store(&table[slot].start, 0);
}
