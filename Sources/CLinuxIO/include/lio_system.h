/* Threads, clock, limits, error texts and the files below /proc. Every int function returns 0 or a positive result, or a negative
 * errno. */
#ifndef LIO_SYSTEM_H
#define LIO_SYSTEM_H

#include <stddef.h>
#include <stdint.h>
#include <time.h>

/* Nanoseconds of CLOCK_MONOTONIC. */
static inline uint64_t lio_monotonic_nanoseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000ull + (uint64_t)now.tv_nsec;
}

/* Sleeps, without the usual slack of 50 us when lio_thread_use_exact_timers was called. */
static inline void lio_sleep_microseconds(uint32_t microseconds) {
    struct timespec time = {.tv_sec = microseconds / 1000000u, .tv_nsec = (long)(microseconds % 1000000u) * 1000};
    clock_nanosleep(CLOCK_MONOTONIC, 0, &time, NULL);
}

/* Starts a thread that takes no signals but those of its own faults. The name is cut to 15 bytes. */
int lio_thread_start(uint64_t *thread, size_t stack_size, const char *name, void *(*body)(void *), void *context);
int lio_thread_join(uint64_t thread);
int lio_thread_detach(uint64_t thread);
/* The clock of a thread's processor time, and what it shows in nanoseconds; 0 when there is none. */
int lio_thread_clock(uint64_t thread);
uint64_t lio_thread_nanoseconds(int clock);
/* Ties the calling thread to the `index`-th processor it may run on, modulo their number. */
int lio_thread_pin(int index);
int lio_thread_use_exact_timers(void);
/* Adds `steps` to the nice value of the calling thread alone. */
int lio_thread_lower_priority(int steps);
/* Policy and priority of the calling thread. */
int lio_thread_schedule(int policy, int priority);
/* Asks the scheduler for turns of `microseconds` for the calling thread, within what the kernel allows (Linux 6.12): on
 * waking up it then takes over from threads with longer turns. Older kernels ignore it and return 0. */
int lio_thread_request_slice(unsigned microseconds);
/* Number of processors the calling thread may run on. */
int lio_processor_count(void);

/* Raises the soft limit of descriptors to the hard one and returns it, at most 2^20. */
int lio_raise_descriptor_limit(void);
/* Writes the text of an errno, cut to `capacity` - 1 bytes, with a final 0. */
void lio_error_text(int code, char *bytes, size_t capacity);
/* Reads the first bytes of a small file; returns how many. */
int lio_read_file(const char *path, char *bytes, size_t capacity);

/* Anonymous memory that takes no room until touched; NULL when refused. */
void *lio_map(size_t size);
void lio_unmap(void *memory, size_t size);

#endif
