#define _GNU_SOURCE
#include "lio_socket.h"

#include <linux/errqueue.h>
#include <netinet/ip.h>
#include <poll.h>
#include <time.h>
#include <unistd.h>

_Static_assert(sizeof(struct sockaddr_in6) <= LIO_ADDRESS_SIZE, "room for either family");

static int set_option(int fd, int level, int name, int value) {
    return setsockopt(fd, level, name, &value, sizeof value) < 0 ? -errno : 0;
}

int lio_udp_open(int version) {
    int fd = socket(version == 6 ? AF_INET6 : AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        return -errno;
    }
    int result;
    if (version == 6) {
        result = set_option(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1);
        if (result == 0) {
            result = set_option(fd, IPPROTO_IPV6, IPV6_MTU_DISCOVER, IPV6_PMTUDISC_DONT);
        }
    } else {
        result = set_option(fd, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_DONT);
    }
    if (result < 0) {
        close(fd);
        return result;
    }
    return fd;
}

int lio_udp_bind(int fd, const void *address, uint32_t length) {
    return bind(fd, (const struct sockaddr *)address, length) < 0 ? -errno : 0;
}

int lio_udp_local_address(int fd, void *address) {
    socklen_t length = LIO_ADDRESS_SIZE;
    return getsockname(fd, (struct sockaddr *)address, &length) < 0 ? -errno : (int)length;
}

int lio_udp_set_tos(int fd, int version, uint8_t tos) {
    return version == 6 ? set_option(fd, IPPROTO_IPV6, IPV6_TCLASS, tos) : set_option(fd, IPPROTO_IP, IP_TOS, tos);
}

int lio_udp_tos(int fd, int version) {
    int value = 0;
    socklen_t size = sizeof value;
    int result = version == 6 ? getsockopt(fd, IPPROTO_IPV6, IPV6_TCLASS, &value, &size)
                              : getsockopt(fd, IPPROTO_IP, IP_TOS, &value, &size);
    return result < 0 ? -errno : value;
}

int lio_udp_report_errors(int fd, int version, int on) {
    return version == 6 ? set_option(fd, IPPROTO_IPV6, IPV6_RECVERR, on) : set_option(fd, IPPROTO_IP, IP_RECVERR, on);
}

int lio_udp_next_error(int fd, void *address, int *error) {
    char control[CMSG_SPACE(sizeof(struct sock_extended_err) + sizeof(struct sockaddr_in6))]
        __attribute__((aligned(sizeof(struct cmsghdr))));
    struct msghdr message = {.msg_name = address, .msg_namelen = LIO_ADDRESS_SIZE, .msg_control = control,
                             .msg_controllen = sizeof control};
    *error = 0;
    if (recvmsg(fd, &message, MSG_ERRQUEUE | MSG_DONTWAIT) < 0) {
        return -errno;
    }
    for (struct cmsghdr *part = CMSG_FIRSTHDR(&message); part; part = CMSG_NXTHDR(&message, part)) {
        int is_ipv4 = part->cmsg_level == IPPROTO_IP && part->cmsg_type == IP_RECVERR;
        int is_ipv6 = part->cmsg_level == IPPROTO_IPV6 && part->cmsg_type == IPV6_RECVERR;
        if ((is_ipv4 || is_ipv6) && part->cmsg_len >= CMSG_LEN(sizeof(struct sock_extended_err))) {
            struct sock_extended_err details;
            memcpy(&details, CMSG_DATA(part), sizeof details);
            *error = (int)details.ee_errno;
        }
    }
    return (int)message.msg_namelen;
}

/* Returns how many calls of `limit` are left. */
static int discard_errors(int fd, int limit) {
    char address[LIO_ADDRESS_SIZE];
    int error;
    while (limit > 0 && lio_udp_next_error(fd, address, &error) >= 0) {
        limit -= 1;
    }
    return limit;
}

int lio_udp_discard(const int *fds, int count, int limit) {
    struct pollfd waiting[LIO_SOCKETS_AT_ONCE];
    if (count < 0 || count > LIO_SOCKETS_AT_ONCE) {
        return -EINVAL;
    }
    for (int index = 0; index < count; index += 1) {
        waiting[index] = (struct pollfd){.fd = fds[index], .events = POLLIN};
    }
    int ready = poll(waiting, (nfds_t)count, 0);
    if (ready <= 0) {
        return ready < 0 ? -errno : 0;
    }
    for (int index = 0; index < count; index += 1) {
        if (waiting[index].revents == 0) {
            continue;
        }
        /* Also a call that fails for what ICMP has said takes something away. */
        int left = limit;
        while (left > 0) {
            char byte;
            left -= 1;
            if (recv(fds[index], &byte, sizeof byte, MSG_DONTWAIT) >= 0) {
                continue;
            }
            if (errno == EAGAIN || errno == EBADF) {
                break;
            }
            left = discard_errors(fds[index], left);
        }
        discard_errors(fds[index], left);
    }
    return ready;
}

int lio_udp_set_receive_buffer(int fd, int bytes) {
    return set_option(fd, SOL_SOCKET, SO_RCVBUF, bytes);
}
