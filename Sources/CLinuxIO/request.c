#define _GNU_SOURCE
#include "lio_request.h"

#include <netinet/ip.h>
#include <poll.h>

/* Room for the control message of either family. */
union control {
    char bytes[CMSG_SPACE(sizeof(struct in6_pktinfo))];
    struct cmsghdr header;
};

int lio_request_ask_arrival(int fd, int version) {
    int on = 1;
    int result = version == 6 ? setsockopt(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, &on, sizeof on)
                              : setsockopt(fd, IPPROTO_IP, IP_PKTINFO, &on, sizeof on);
    return result < 0 ? -errno : 0;
}

int lio_request_set_send_buffer(int fd, int bytes) {
    return setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes) < 0 ? -errno : 0;
}

static void read_arrival(struct msghdr *message, struct lio_way_back *way_back) {
    for (struct cmsghdr *part = CMSG_FIRSTHDR(message); part; part = CMSG_NXTHDR(message, part)) {
        if (part->cmsg_level == IPPROTO_IP && part->cmsg_type == IP_PKTINFO &&
            part->cmsg_len >= CMSG_LEN(sizeof(struct in_pktinfo))) {
            struct in_pktinfo info;
            memcpy(&info, CMSG_DATA(part), sizeof info);
            memcpy(way_back->arrival, &info.ipi_addr, sizeof info.ipi_addr);
            way_back->interface = (uint32_t)info.ipi_ifindex;
        } else if (part->cmsg_level == IPPROTO_IPV6 && part->cmsg_type == IPV6_PKTINFO &&
                   part->cmsg_len >= CMSG_LEN(sizeof(struct in6_pktinfo))) {
            struct in6_pktinfo info;
            memcpy(&info, CMSG_DATA(part), sizeof info);
            memcpy(way_back->arrival, &info.ipi6_addr, sizeof info.ipi6_addr);
            way_back->interface = info.ipi6_ifindex;
        }
    }
}

int lio_request_receive(int fd, void *bytes, size_t stride, struct lio_request *requests, int count) {
    struct mmsghdr messages[LIO_REQUESTS_AT_ONCE];
    struct iovec vectors[LIO_REQUESTS_AT_ONCE];
    union control controls[LIO_REQUESTS_AT_ONCE];
    if (count < 1 || count > LIO_REQUESTS_AT_ONCE) {
        return -EINVAL;
    }
    for (int index = 0; index < count; index += 1) {
        vectors[index] = (struct iovec){(char *)bytes + (size_t)index * stride, stride};
        messages[index].msg_hdr = (struct msghdr){
            .msg_name = requests[index].way_back.name, .msg_namelen = LIO_ADDRESS_SIZE, .msg_iov = &vectors[index],
            .msg_iovlen = 1, .msg_control = &controls[index], .msg_controllen = sizeof controls[index]};
    }
    int received = recvmmsg(fd, messages, (unsigned)count, MSG_WAITFORONE, NULL);
    if (received < 0) {
        return -errno;
    }
    for (int index = 0; index < received; index += 1) {
        struct lio_request *request = &requests[index];
        request->length = messages[index].msg_len;
        request->way_back.name_length = messages[index].msg_hdr.msg_namelen;
        request->way_back.interface = 0;
        read_arrival(&messages[index].msg_hdr, &request->way_back);
    }
    return received;
}

int lio_request_stop(int fd) {
    /* That the socket is not connected is reported, and the thread that waits is woken all the same. */
    return shutdown(fd, SHUT_RD) < 0 && errno != ENOTCONN ? -errno : 0;
}

static void write_arrival(struct msghdr *message, union control *control, const struct lio_way_back *to) {
    int version = lio_address_version(to->name, to->name_length);
    memset(control, 0, sizeof *control);
    message->msg_control = control;
    if (version == 4) {
        /* ipi_ifindex stays 0: the route decides. */
        struct in_pktinfo info = {0};
        memcpy(&info.ipi_spec_dst, to->arrival, sizeof info.ipi_spec_dst);
        message->msg_controllen = CMSG_SPACE(sizeof info);
        struct cmsghdr *part = CMSG_FIRSTHDR(message);
        part->cmsg_level = IPPROTO_IP;
        part->cmsg_type = IP_PKTINFO;
        part->cmsg_len = CMSG_LEN(sizeof info);
        memcpy(CMSG_DATA(part), &info, sizeof info);
    } else {
        struct in6_pktinfo info = {0};
        memcpy(&info.ipi6_addr, to->arrival, sizeof info.ipi6_addr);
        info.ipi6_ifindex = IN6_IS_ADDR_LINKLOCAL(&info.ipi6_addr) ? to->interface : 0;
        message->msg_controllen = CMSG_SPACE(sizeof info);
        struct cmsghdr *part = CMSG_FIRSTHDR(message);
        part->cmsg_level = IPPROTO_IPV6;
        part->cmsg_type = IPV6_PKTINFO;
        part->cmsg_len = CMSG_LEN(sizeof info);
        memcpy(CMSG_DATA(part), &info, sizeof info);
    }
}

int lio_request_reply(int fd, const void *bytes, size_t count, const struct lio_way_back *to, int patience_ms) {
    union control control;
    struct iovec vector = {(void *)bytes, count};
    struct msghdr message = {
        .msg_name = (void *)to->name, .msg_namelen = to->name_length, .msg_iov = &vector, .msg_iovlen = 1};
    if (to->interface != 0) {
        write_arrival(&message, &control, to);
    }
    for (int is_last = patience_ms <= 0;;) {
        if (sendmsg(fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0) {
            return 0;
        }
        if (errno == EINTR) {
            continue;
        }
        if (errno != EAGAIN || is_last) {
            return -errno;
        }
        struct pollfd room = {.fd = fd, .events = POLLOUT};
        if (poll(&room, 1, patience_ms) >= 0) {
            is_last = 1;
        } else if (errno != EINTR) {
            return -errno;
        }
    }
}
