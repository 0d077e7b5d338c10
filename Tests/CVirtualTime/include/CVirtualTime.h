// A clock for libssl that a test can move: this program's gettimeofday() stands before libc's.
#ifndef CVIRTUALTIME_H
#define CVIRTUALTIME_H

#include <stdint.h>

/// Moves the time that gettimeofday() gives on this thread, and on this thread only, by so many microseconds.
void CVirtualTime_advance(int64_t microseconds);

/// Lets gettimeofday() give this time on this thread, and stand still there: microseconds, not negative.
void CVirtualTime_set(int64_t microseconds);

/// Gives this thread the true time again.
void CVirtualTime_reset(void);

#endif
