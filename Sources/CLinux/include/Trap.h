#ifndef COFFERDAM_TRAP_H
#define COFFERDAM_TRAP_H

// Memory that may be gone when it is touched. A signal handler can be written in C only, so this is the one place here with logic.

#include <stddef.h>
#include <stdint.h>

// Copies bytes of which one side may be gone. 0 when done; -1 when it trapped (SIGBUS, SIGSEGV), and nothing is known of the target then.
int cofferdam_guarded_copy(void *target, const void *source, size_t length);

// Tells the handler that these addresses belong to a named buffer, so that a load outside of a guarded copy says which one it was before
// the process ends. A slot number, or -1 when there are too many.
int cofferdam_name_window(uintptr_t start, size_t length, const char *name);
void cofferdam_forget_window(int slot);

#endif
