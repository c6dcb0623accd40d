#ifndef COFFERDAM_FUTEX_H
#define COFFERDAM_FUTEX_H

// Sleeping and waking by a word, time that never goes back, and one word of each thread. No logic: a call each.

#include <stdint.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

// futex(2), FUTEX_WAIT_BITSET | FUTEX_PRIVATE_FLAG: sleeps while the word is as expected, until a moment of CLOCK_MONOTONIC;
// UINT64_MAX is never. Comes back for no reason too: the caller looks again.
static inline void cofferdam_futex_wait(uint32_t *word, uint32_t expected, uint64_t deadline) {
  struct timespec until = {.tv_sec = (time_t)(deadline / 1000000000u), .tv_nsec = (long)(deadline % 1000000000u)};
  (void)syscall(SYS_futex, word, 9 | 128, expected, deadline == UINT64_MAX ? (struct timespec *)0 : &until, (void *)0, 0xffffffffu);
}

// futex(2), FUTEX_WAKE | FUTEX_PRIVATE_FLAG: everybody who sleeps at the word.
static inline void cofferdam_futex_wake(uint32_t *word) { (void)syscall(SYS_futex, word, 1 | 128, INT32_MAX, (void *)0, (void *)0, 0); }

// Nanoseconds of CLOCK_MONOTONIC.
static inline uint64_t cofferdam_monotonic_time(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

// A word of the calling thread, zero at its start. What it means is its user's.
uint64_t cofferdam_thread_word(void);
void cofferdam_set_thread_word(uint64_t value);

#endif
