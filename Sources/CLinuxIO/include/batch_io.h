/* What a load generator needs from Linux and Swift's Glibc module does not offer: several datagrams per call, processor
 * affinity and the CPU clock of another process. Every function returns -errno when it fails. */
#ifndef CLINUXIO_BATCH_IO_H
#define CLINUXIO_BATCH_IO_H

#include <stddef.h>
#include <stdint.h>
#include <time.h>

/* The octets of a struct sockaddr_in or sockaddr_in6. */
struct batch_address {
    uint32_t length;
    uint32_t words[7];
};

/* What became of one datagram of a batch. */
struct batch_datagram {
    uint32_t length;
    /* 1 when the datagram did not come from the address given to batch_receive. */
    uint32_t from_elsewhere;
    /* When it reached the socket, on batch_now()'s clock; 0 unless batch_receive_stamped() took it. */
    uint64_t arrived;
};

/* A set of processors, as sched_setaffinity(2) takes it. */
struct batch_processors {
    uint64_t words[16];
};

enum { BATCH_LIMIT = 64 };

/* Fills in an address; the numbers are in host order. */
void batch_address_set_ipv4(struct batch_address *address, uint32_t bits, uint16_t port);
void batch_address_set_ipv6(struct batch_address *address, uint64_t high, uint64_t low, uint16_t port);

/* A non-blocking UDP socket bound to `local`. The descriptor is returned, the port it got is stored in `port`. */
int batch_udp_socket(const struct batch_address *local, int receive_buffer, uint16_t *port);

/* Ties a socket to one peer: sending to it needs no look-up of a route, and the kernel drops what others send. */
int batch_connect(int descriptor, const struct batch_address *peer);

/* Sends `count` (at most BATCH_LIMIT) datagrams of `length` octets that lie `stride` octets apart; returns how many.
 * `to` is NULL for a connected socket. */
int batch_send(int descriptor, const void *data, size_t length, size_t stride, unsigned count,
               const struct batch_address *to);

/* Takes up to `count` (at most BATCH_LIMIT) datagrams of at most `stride` octets without waiting, and compares their
 * source with `expected` unless that is NULL; returns how many. */
int batch_receive(int descriptor, void *data, size_t stride, unsigned count, struct batch_datagram *datagrams,
                  const struct batch_address *expected);

/* Lets the kernel note when each datagram reaches the socket. */
int batch_stamp_arrivals(int descriptor);

/* As batch_receive(), for a socket whose arrivals are stamped. */
int batch_receive_stamped(int descriptor, void *data, size_t stride, unsigned count, struct batch_datagram *datagrams,
                          const struct batch_address *expected);

/* Gives the calling thread only the time that no other wants (SCHED_IDLE): whoever wakes up takes over at once. */
int batch_set_idle_priority(void);

/* Sleeps until batch_now() would return `deadline`, as precisely as the kernel's timers allow. */
void batch_sleep_until(uint64_t deadline);

/* The processors the calling thread may use; threads and processes started from it inherit them. */
int batch_get_processors(struct batch_processors *processors);
int batch_set_processors(const struct batch_processors *processors);

/* Nanoseconds of CPU time of all threads of a process, living and ended; 0 stands for the calling process. */
int64_t batch_process_cpu_time(int process);

/* Starts the program `arguments[0]`, looked for in PATH, with `output` as its standard output and error, nothing as its
 * input, and no signal blocked or ignored. It gets SIGTERM when the calling thread ends, so that it does not outlive a
 * measurement that was broken off. Returns the process id. */
int batch_spawn(char *const *arguments, int output);

/* CLOCK_MONOTONIC in nanoseconds. */
static inline uint64_t batch_now(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* Tells the processor that the caller spins. */
static inline void batch_relax(void) {
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ __volatile__("yield");
#endif
}

#endif
