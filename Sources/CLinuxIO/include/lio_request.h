/* Requests over UDP, and the replies to them. Every function returns 0 or a positive result, or a negative errno. */
#ifndef LIO_REQUEST_H
#define LIO_REQUEST_H

#include "lio_socket.h"

/* The way back to who has sent a datagram. */
struct lio_way_back {
    _Alignas(8) unsigned char name[LIO_ADDRESS_SIZE];
    /* The address the datagram was sent to, of the same family as `name`. */
    unsigned char arrival[16];
    uint32_t name_length;
    /* Where it came in; 0 when that is not known. */
    uint32_t interface;
};

struct lio_request {
    struct lio_way_back way_back;
    uint32_t length;
};

enum { LIO_REQUESTS_AT_ONCE = 16 };

/* Has the kernel tell at which address datagrams arrive, for a socket that is bound to all of them. */
int lio_request_ask_arrival(int fd, int version);
/* Bytes of kernel memory for what waits to be sent; the kernel clamps it to net.core.wmem_max. */
int lio_request_set_send_buffer(int fd, int bytes);
/* Waits for a datagram and takes what else is there, at most `count` and LIO_REQUESTS_AT_ONCE; each has `stride` bytes of
 * its own at `bytes`. */
int lio_request_receive(int fd, void *bytes, size_t stride, struct lio_request *requests, int count);
/* Has lio_request_receive return, and never wait again. */
int lio_request_stop(int fd);
/* Sends from the address at which the request arrived, if that is known. Waits at most `patience_ms` for room, for 0 not at
 * all; -EAGAIN where there is none. */
int lio_request_reply(int fd, const void *bytes, size_t count, const struct lio_way_back *to, int patience_ms);

#endif
