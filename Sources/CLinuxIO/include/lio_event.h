/* epoll and eventfd. Every function returns 0 or a positive result, or a negative errno. */
#ifndef LIO_EVENT_H
#define LIO_EVENT_H

#include <stdint.h>

enum {
    /* EPOLLERR, which is reported unasked. */
    LIO_READY_ERROR = 0x008,
};

struct lio_ready {
    uint64_t token;
    uint32_t events;
    uint32_t pad;
};

/* An eventfd with counter 0. Reading waits, which an io_uring read needs and an epoll user never meets. */
int lio_eventfd_open(void);
int lio_eventfd_signal(int fd);
/* Takes the counter, which must not be 0, down to 0. */
int lio_eventfd_clear(int fd);

int lio_epoll_open(void);
/* Reports `token` for as long as `fd` is readable. */
int lio_epoll_add(int epoll, int fd, uint64_t token);
int lio_epoll_remove(int epoll, int fd);
/* Writes up to `capacity` (at most 256) ready tokens; `timeout_ms` below 0 waits for ever. */
int lio_epoll_wait(int epoll, struct lio_ready *ready, int capacity, int timeout_ms);

#endif
