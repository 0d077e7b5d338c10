/* The processor's hint to fetch memory ahead of its use, for which Swift has no word. */
#ifndef PREFETCH_H
#define PREFETCH_H

#include <stddef.h>

enum { PREFETCH_LINE = 64 };

/* Begins to fetch `size` bytes from `start` on, which are going to be written to. Never faults. */
static inline void prefetch_bytes(const void *start, size_t size) {
    const char *line = start;
    for (size_t offset = 0; offset < size; offset += PREFETCH_LINE) {
        __builtin_prefetch(line + offset, 1, 3);
    }
}

#endif
