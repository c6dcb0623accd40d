#include "CLinux.h"

// The shim is all static inline; a target needs one translation unit, and this one proves that the header stands alone.
_Static_assert(sizeof(off_t) == 8, "memory banks are larger than 2 GiB");
