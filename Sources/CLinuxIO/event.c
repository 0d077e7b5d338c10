#include "lio_event.h"

#include <errno.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum { MAXIMUM_READY = 256 };

_Static_assert(LIO_READY_ERROR == EPOLLERR, "EPOLLERR");

int lio_eventfd_open(void) {
    int fd = eventfd(0, EFD_CLOEXEC);
    return fd < 0 ? -errno : fd;
}

int lio_eventfd_signal(int fd) {
    uint64_t one = 1;
    return write(fd, &one, sizeof one) < 0 ? -errno : 0;
}

int lio_eventfd_clear(int fd) {
    uint64_t counter;
    return read(fd, &counter, sizeof counter) < 0 ? -errno : 0;
}

int lio_epoll_open(void) {
    int fd = epoll_create1(EPOLL_CLOEXEC);
    return fd < 0 ? -errno : fd;
}

int lio_epoll_add(int epoll, int fd, uint64_t token) {
    struct epoll_event event = {.events = EPOLLIN, .data = {.u64 = token}};
    return epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) < 0 ? -errno : 0;
}

int lio_epoll_remove(int epoll, int fd) {
    return epoll_ctl(epoll, EPOLL_CTL_DEL, fd, NULL) < 0 ? -errno : 0;
}

int lio_epoll_wait(int epoll, struct lio_ready *ready, int capacity, int timeout_ms) {
    struct epoll_event events[MAXIMUM_READY];
    int count = epoll_wait(epoll, events, capacity < MAXIMUM_READY ? capacity : MAXIMUM_READY, timeout_ms);
    if (count < 0) {
        return -errno;
    }
    for (int index = 0; index < count; index += 1) {
        ready[index] = (struct lio_ready){.token = events[index].data.u64, .events = events[index].events};
    }
    return count;
}
