#ifndef ALLOCATION_COUNTER_H
#define ALLOCATION_COUNTER_H

#include <stdint.h>

/// Heap blocks that the calling thread asked for since it began, resized ones included.
uint64_t allocation_count(void);

#endif
