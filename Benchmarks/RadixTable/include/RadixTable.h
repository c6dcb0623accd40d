#ifndef RADIX_TABLE_H
#define RADIX_TABLE_H

// The same work in C, to measure beside: a radix table of four levels, a list of mappings under a lock, a fence with one callback.

#include <stdint.h>

struct radix;
struct radix *radix_new(void);
void radix_free(struct radix *table);
// Enters a run of 4 KiB pages; 0 when done.
int radix_map(struct radix *table, uint64_t from, uint64_t to, uint64_t pages);
void radix_unmap(struct radix *table, uint64_t from, uint64_t pages);

// Attach, map, unmap and detach of one importer, n times, each under the lock.
void c_attach_cycle(uint64_t rounds);
// Tells n attachments to let go, which each does at once.
void c_revoke(uint64_t attachments);
void c_lock_unlock(uint64_t rounds);
void c_signal(uint64_t fences);

// The calling thread, and processes that it begins, stay on the processor that it is on; and it may go anywhere again. sched_setaffinity(2).
// 0, or -1 where the kernel does not let it.
int c_stay_here(void);
void c_go_anywhere(void);

// Round trips between two processes by two eventfds: who begins, and who answers.
int c_eventfd(void);
void c_eventfd_trips(int there, int back, uint64_t rounds);
void c_eventfd_echoes(int there, int back, uint64_t rounds);

#endif
