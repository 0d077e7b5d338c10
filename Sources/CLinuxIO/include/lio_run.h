/* Runs of datagrams: several of one size to one destination, which the kernel carries through its layers as one and
 * takes apart at the end (UDP_SEGMENT, udp(7), Linux 4.18). */
#ifndef LIO_RUN_H
#define LIO_RUN_H

#include "lio_socket.h"

#include <stdint.h>
#include <sys/socket.h>
#include <sys/uio.h>

enum {
    /* Datagrams in a run; the kernel takes 64. */
    LIO_RUN_LIMIT = 32,
    /* Bytes in a run, below what one IP packet carries. */
    LIO_RUN_BYTES = 60000,
    /* Room for one control message of 16 bits, with its alignment. */
    LIO_RUN_CONTROL = 24,
};

struct lio_run {
    struct msghdr message;
    struct iovec parts[LIO_RUN_LIMIT];
    uint64_t control[LIO_RUN_CONTROL / 8];
    uint64_t name[LIO_ADDRESS_SIZE / 8];
    uint32_t bytes;
    uint16_t size;
};

/* Begins a run with its first datagram; all but the last have its size. The bytes must stay where they are until the run
 * was sent. */
void lio_run_begin(struct lio_run *run, const void *bytes, uint32_t count, const void *name, uint32_t name_length);

/* Adds a datagram; 0 when there is no room for it, or when it is longer than the others or comes after a shorter one. */
static inline int lio_run_add(struct lio_run *run, const void *bytes, uint32_t count) {
    size_t parts = run->message.msg_iovlen;
    if (parts >= LIO_RUN_LIMIT || count == 0 || count > run->size || run->bytes + count > LIO_RUN_BYTES ||
        run->bytes != parts * run->size) {
        return 0;
    }
    run->parts[parts].iov_base = (void *)bytes;
    run->parts[parts].iov_len = count;
    run->message.msg_iovlen = parts + 1;
    run->bytes += count;
    return 1;
}

static inline uint32_t lio_run_count(const struct lio_run *run) { return (uint32_t)run->message.msg_iovlen; }

/* The datagram at `index` of the run. */
static inline struct iovec lio_run_part(const struct lio_run *run, uint32_t index) { return run->parts[index]; }

/* Sends a run without waiting; a negative errno when nothing was sent. */
int64_t lio_run_send(int fd, const struct lio_run *run);

/* Whether an errno says that runs cannot leave this way: the single datagrams may. Messages of ICMP can have the same, so
 * it says nothing where one was waiting. */
int lio_run_is_refused(int error);

#endif
