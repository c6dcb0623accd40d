// For sched_setaffinity(2).
#define _GNU_SOURCE
#include "RadixTable.h"

#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct radix { uint64_t *root; };

static uint64_t *level(void) { return calloc(512, sizeof(uint64_t)); }

struct radix *radix_new(void) {
  struct radix *table = malloc(sizeof *table);
  table->root = level();
  return table;
}

static void drop(uint64_t *entries, int depth) {
  if (depth > 0)
    for (int i = 0; i < 512; i++)
      if (entries[i]) drop((uint64_t *)entries[i], depth - 1);
  free(entries);
}

void radix_free(struct radix *table) { drop(table->root, 3); free(table); }

static uint64_t *leaf(struct radix *table, uint64_t address, int make) {
  uint64_t *entries = table->root;
  for (int depth = 3; depth > 0; depth--) {
    uint64_t *slot = &entries[address >> (12 + 9 * depth) & 511];
    if (!*slot) {
      if (!make) return 0;
      *slot = (uint64_t)level();
    }
    entries = (uint64_t *)*slot;
  }
  return entries;
}

int radix_map(struct radix *table, uint64_t from, uint64_t to, uint64_t pages) {
  while (pages > 0) {
    uint64_t *entries = leaf(table, from, 1);
    uint64_t index = from >> 12 & 511;
    for (; index < 512 && pages > 0; index++, pages--, from += 4096, to += 4096) {
      if (entries[index]) return -1;
      entries[index] = to | 7;
    }
  }
  return 0;
}

void radix_unmap(struct radix *table, uint64_t from, uint64_t pages) {
  while (pages > 0) {
    uint64_t *entries = leaf(table, from, 0);
    uint64_t index = from >> 12 & 511;
    for (; index < 512 && pages > 0; index++, pages--, from += 4096) if (entries) entries[index] = 0;
  }
}

struct attachment { struct attachment *next, **link; void (*let_go)(struct attachment *); int mapped; uint64_t *count; };
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct attachment *list;
static uint64_t mappings;

static void let_go(struct attachment *one) { one->mapped = 0; --*one->count; }

static struct attachment *attach(void) {
  struct attachment *one = malloc(sizeof *one);
  one->let_go = let_go;
  one->mapped = 0;
  one->count = &mappings;
  pthread_mutex_lock(&lock);
  one->next = list;
  one->link = &list;
  if (list) list->link = &one->next;
  list = one;
  pthread_mutex_unlock(&lock);
  return one;
}

static void detach(struct attachment *one) {
  pthread_mutex_lock(&lock);
  *one->link = one->next;
  if (one->next) one->next->link = one->link;
  pthread_mutex_unlock(&lock);
  free(one);
}

void c_attach_cycle(uint64_t rounds) {
  while (rounds-- > 0) {
    struct attachment *one = attach();
    pthread_mutex_lock(&lock);
    one->mapped = 1;
    mappings++;
    pthread_mutex_unlock(&lock);
    pthread_mutex_lock(&lock);
    let_go(one);
    pthread_mutex_unlock(&lock);
    detach(one);
  }
}

void c_revoke(uint64_t attachments) {
  for (uint64_t i = 0; i < attachments; i++) { struct attachment *one = attach(); one->mapped = 1; mappings++; }
  pthread_mutex_lock(&lock);
  for (struct attachment *one = list; one; one = one->next) if (one->mapped) one->let_go(one);
  pthread_mutex_unlock(&lock);
  while (list) detach(list);
}

void c_lock_unlock(uint64_t rounds) {
  while (rounds-- > 0) {
    pthread_mutex_lock(&lock);
    __asm__ volatile("" ::: "memory");
    pthread_mutex_unlock(&lock);
  }
}

struct fence { pthread_mutex_t lock; int signalled; void (*callback)(struct fence *); };
static volatile uint64_t called;
static void count(struct fence *fence) { (void)fence; called++; }

void c_signal(uint64_t fences) {
  while (fences-- > 0) {
    struct fence fence = {.lock = PTHREAD_MUTEX_INITIALIZER, .callback = count};
    pthread_mutex_lock(&fence.lock);
    fence.signalled = 1;
    void (*callback)(struct fence *) = fence.callback;
    fence.callback = 0;
    pthread_mutex_unlock(&fence.lock);
    callback(&fence);
  }
}

static cpu_set_t before;

int c_stay_here(void) {
  int here = sched_getcpu();
  if (here < 0 || sched_getaffinity(0, sizeof before, &before) != 0) { CPU_ZERO(&before); return -1; }
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(here, &one);
  return sched_setaffinity(0, sizeof one, &one);
}
void c_go_anywhere(void) { if (CPU_COUNT(&before) > 0) (void)sched_setaffinity(0, sizeof before, &before); }

int c_eventfd(void) { return eventfd(0, EFD_CLOEXEC); }

static void add_one(int file) { uint64_t one = 1; (void)!write(file, &one, sizeof one); }
static void take(int file) { uint64_t value; (void)!read(file, &value, sizeof value); }

void c_eventfd_trips(int there, int back, uint64_t rounds) {
  while (rounds-- > 0) { add_one(there); take(back); }
}

void c_eventfd_echoes(int there, int back, uint64_t rounds) {
  while (rounds-- > 0) { take(there); add_one(back); }
}
