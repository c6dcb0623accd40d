#include "Futex.h"

static _Thread_local uint64_t thread_word;

uint64_t cofferdam_thread_word(void) { return thread_word; }
void cofferdam_set_thread_word(uint64_t value) { thread_word = value; }
