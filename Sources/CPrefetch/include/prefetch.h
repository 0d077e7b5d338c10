/* The processor's hint to fetch memory ahead of its use, for which Swift has no word. */
#ifndef PREFETCH_H
#define PREFETCH_H

#include <stddef.h>
#include <stdint.h>

enum { PREFETCH_LINE = 64 };

/* Begins to fetch `size` bytes from `start` on, which are going to be written to. Never faults. */
static inline void prefetch_bytes(const void *start, size_t size) {
    const uintptr_t end = (uintptr_t)start + size;
    for (uintptr_t line = (uintptr_t)start & ~(uintptr_t)(PREFETCH_LINE - 1); line < end; line += PREFETCH_LINE) {
        __builtin_prefetch((const void *)line, 1, 3);
    }
}

#endif
