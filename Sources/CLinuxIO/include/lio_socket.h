/* UDP sockets and their addresses. Every function returns 0 or a positive result, or a negative errno. */
#ifndef LIO_SOCKET_H
#define LIO_SOCKET_H

#include <errno.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/types.h>

enum {
    /* Room for either address family, and a multiple of 16 so that what follows stays aligned. */
    LIO_ADDRESS_SIZE = 32,
    LIO_SEND_FLAGS = MSG_DONTWAIT | MSG_NOSIGNAL,
    LIO_MESSAGE_TRUNCATED = MSG_TRUNC,
};

/* Writes a socket address into LIO_ADDRESS_SIZE bytes at `out` and returns its length. */
static inline uint32_t lio_address_pack_ipv4(void *out, uint32_t address, uint16_t port) {
    struct sockaddr_in packed;
    memset(&packed, 0, sizeof packed);
    packed.sin_family = AF_INET;
    packed.sin_port = __builtin_bswap16(port);
    packed.sin_addr.s_addr = __builtin_bswap32(address);
    memcpy(out, &packed, sizeof packed);
    return sizeof packed;
}

static inline uint32_t lio_address_pack_ipv6(void *out, uint64_t high, uint64_t low, uint16_t port) {
    struct sockaddr_in6 packed;
    memset(&packed, 0, sizeof packed);
    packed.sin6_family = AF_INET6;
    packed.sin6_port = __builtin_bswap16(port);
    high = __builtin_bswap64(high);
    low = __builtin_bswap64(low);
    memcpy(&packed.sin6_addr.s6_addr[0], &high, sizeof high);
    memcpy(&packed.sin6_addr.s6_addr[8], &low, sizeof low);
    memcpy(out, &packed, sizeof packed);
    return sizeof packed;
}

/* Family of a socket address: 4, 6 or 0 for anything else or too short a one. */
static inline int lio_address_version(const void *address, size_t length) {
    sa_family_t family;
    if (length < sizeof(struct sockaddr_in)) {
        return 0;
    }
    memcpy(&family, address, sizeof family);
    if (family == AF_INET) {
        return 4;
    }
    return family == AF_INET6 && length >= sizeof(struct sockaddr_in6) ? 6 : 0;
}

static inline uint16_t lio_address_port(const void *address) {
    uint16_t port;
    memcpy(&port, (const char *)address + offsetof(struct sockaddr_in, sin_port), sizeof port);
    return __builtin_bswap16(port);
}

static inline uint32_t lio_address_ipv4(const void *address) {
    uint32_t bits;
    memcpy(&bits, (const char *)address + offsetof(struct sockaddr_in, sin_addr), sizeof bits);
    return __builtin_bswap32(bits);
}

static inline uint64_t lio_address_ipv6_high(const void *address) {
    uint64_t bits;
    memcpy(&bits, (const char *)address + offsetof(struct sockaddr_in6, sin6_addr), sizeof bits);
    return __builtin_bswap64(bits);
}

static inline uint64_t lio_address_ipv6_low(const void *address) {
    uint64_t bits;
    memcpy(&bits, (const char *)address + offsetof(struct sockaddr_in6, sin6_addr) + 8, sizeof bits);
    return __builtin_bswap64(bits);
}

/* A UDP socket of IP version 4 or 6; one of version 6 takes no IPv4. Never sets DF on what it sends: media that is
 * larger than a hop's MTU gets fragmented rather than lost. */
int lio_udp_open(int version);
int lio_udp_bind(int fd, const void *address, uint32_t length);
/* The address the socket is bound to; returns its length. */
int lio_udp_local_address(int fd, void *address);
/* The TOS or traffic class byte of everything the socket sends. */
int lio_udp_set_tos(int fd, int version, uint8_t tos);
int lio_udp_tos(int fd, int version);
/* Bytes of kernel memory for waiting packets; the kernel clamps it to net.core.rmem_max. */
int lio_udp_set_receive_buffer(int fd, int bytes);

/* Whether the kernel keeps what ICMP says of datagrams that the socket has sent. While it does, each message also makes
 * one later call fail, which has then done nothing. Turning it off forgets what was kept. */
int lio_udp_report_errors(int fd, int version, int on);
/* Takes the oldest of these messages: its errno in `error`, and where the datagram went that it is about in
 * LIO_ADDRESS_SIZE bytes at `address`. Returns the address's length, or -EAGAIN when there is none. */
int lio_udp_next_error(int fd, void *address, int *error);

/* Throws away what waits on `count` sockets, at most LIO_SOCKETS_AT_ONCE: datagrams, and what ICMP has said. Where nothing
 * waits that takes one system call for all of them. Not much more than `limit` system calls are made for each socket.
 * Returns how many of the sockets had something. */
enum { LIO_SOCKETS_AT_ONCE = 2 };
int lio_udp_discard(const int *fds, int count, int limit);

/* Receives without waiting. The result is the datagram's whole length: above `capacity` when it was cut. */
static inline ssize_t lio_udp_receive(int fd, void *bytes, size_t capacity, void *address, uint32_t *length) {
    socklen_t size = LIO_ADDRESS_SIZE;
    ssize_t count = recvfrom(fd, bytes, capacity, MSG_DONTWAIT | MSG_TRUNC, (struct sockaddr *)address, &size);
    *length = size;
    return count < 0 ? -errno : count;
}

/* Sends without waiting. */
static inline ssize_t lio_udp_send(int fd, const void *bytes, size_t count, const void *address, uint32_t length) {
    ssize_t sent = sendto(fd, bytes, count, LIO_SEND_FLAGS, (const struct sockaddr *)address, length);
    return sent < 0 ? -errno : sent;
}

/* Sends without waiting, to an address that stands in memory. */
static inline ssize_t lio_udp_send_again(int fd, uint64_t bytes, size_t count, uint64_t address, uint32_t length) {
    ssize_t sent = sendto(fd, (const void *)(uintptr_t)bytes, count, LIO_SEND_FLAGS,
                          (const struct sockaddr *)(uintptr_t)address, length);
    return sent < 0 ? -errno : sent;
}

#endif
