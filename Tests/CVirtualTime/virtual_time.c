#include "CVirtualTime.h"

#include <sys/time.h>
#include <time.h>

static _Thread_local int64_t offset;
static _Thread_local int64_t standing = -1;

void CVirtualTime_advance(int64_t microseconds) { offset += microseconds; }

void CVirtualTime_set(int64_t microseconds) { standing = microseconds; }

void CVirtualTime_reset(void) {
    offset = 0;
    standing = -1;
}

// OpenSSL reads the clock itself to see whether a flight is overdue, and has no call that takes the time.
__attribute__((visibility("default"))) int gettimeofday(struct timeval *restrict time, void *restrict zone) {
    (void)zone;
    if (standing >= 0) {
        time->tv_sec = standing / 1000000;
        time->tv_usec = standing % 1000000;
        return 0;
    }
    struct timespec now;
    if (clock_gettime(CLOCK_REALTIME, &now) != 0) return -1;
    int64_t microseconds = (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000 + offset;
    time->tv_sec = microseconds / 1000000;
    time->tv_usec = microseconds % 1000000;
    return 0;
}
