#define _GNU_SOURCE
#include "lio_run.h"

#include <errno.h>
#include <netinet/udp.h>

#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103
#endif

_Static_assert(LIO_RUN_CONTROL >= CMSG_SPACE(sizeof(uint16_t)), "room for the size of a segment");

void lio_run_begin(struct lio_run *run, const void *bytes, uint32_t count, const void *name, uint32_t name_length) {
    if (name_length > sizeof run->name) {
        name_length = sizeof run->name;
    }
    memcpy(run->name, name, name_length);
    run->parts[0] = (struct iovec){(void *)bytes, count};
    run->message = (struct msghdr){
        .msg_name = run->name,
        .msg_namelen = name_length,
        .msg_iov = run->parts,
        .msg_iovlen = 1,
        .msg_control = run->control,
        .msg_controllen = CMSG_SPACE(sizeof(uint16_t)),
    };
    run->bytes = count;
    run->size = (uint16_t)count;
    struct cmsghdr *control = CMSG_FIRSTHDR(&run->message);
    control->cmsg_level = IPPROTO_UDP;
    control->cmsg_type = UDP_SEGMENT;
    control->cmsg_len = CMSG_LEN(sizeof run->size);
    memcpy(CMSG_DATA(control), &run->size, sizeof run->size);
}

int64_t lio_run_send(int fd, const struct lio_run *run) {
    ssize_t sent = sendmsg(fd, &run->message, LIO_SEND_FLAGS);
    return sent < 0 ? -errno : sent;
}

int lio_run_is_refused(int error) {
    /* Datagrams larger than the route's MTU (EINVAL, in newer kernels EMSGSIZE), a socket without checksums, a route that
     * encrypts or a device that cannot. */
    return error == EMSGSIZE || error == EINVAL || error == EIO;
}
