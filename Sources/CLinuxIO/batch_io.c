#define _GNU_SOURCE
#include "batch_io.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

_Static_assert(sizeof(struct sockaddr_in6) == sizeof(((struct batch_address *)0)->words), "room for IPv6");

void batch_address_set_ipv4(struct batch_address *address, uint32_t bits, uint16_t port) {
    struct sockaddr_in value = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr = {htonl(bits)}};
    memset(address, 0, sizeof *address);
    address->length = sizeof value;
    memcpy(address->words, &value, sizeof value);
}

void batch_address_set_ipv6(struct batch_address *address, uint64_t high, uint64_t low, uint16_t port) {
    struct sockaddr_in6 value = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
    for (unsigned i = 0; i < 8; i++) {
        value.sin6_addr.s6_addr[i] = (uint8_t)(high >> (56 - 8 * i));
        value.sin6_addr.s6_addr[8 + i] = (uint8_t)(low >> (56 - 8 * i));
    }
    memset(address, 0, sizeof *address);
    address->length = sizeof value;
    memcpy(address->words, &value, sizeof value);
}

int batch_udp_socket(const struct batch_address *local, int receive_buffer, uint16_t *port) {
    sa_family_t family;
    memcpy(&family, local->words, sizeof family);
    int descriptor = socket(family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (descriptor < 0) return -errno;
    if (receive_buffer > 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
    struct sockaddr_in6 bound;
    socklen_t length = sizeof bound;
    if (bind(descriptor, (const struct sockaddr *)local->words, local->length) < 0 ||
        getsockname(descriptor, (struct sockaddr *)&bound, &length) < 0) {
        int error = errno;
        close(descriptor);
        return -error;
    }
    /* The port has the same place in both address forms. */
    *port = ntohs(bound.sin6_port);
    return descriptor;
}

int batch_connect(int descriptor, const struct batch_address *peer) {
    return connect(descriptor, (const struct sockaddr *)peer->words, peer->length) < 0 ? -errno : 0;
}

int batch_send(int descriptor, const void *data, size_t length, size_t stride, unsigned count,
               const struct batch_address *to) {
    void *name = to ? (void *)to->words : NULL;
    socklen_t name_length = to ? to->length : 0;
    if (count == 1) {
        ssize_t sent = sendto(descriptor, data, length, MSG_DONTWAIT | MSG_NOSIGNAL, name, name_length);
        return sent < 0 ? -errno : 1;
    }
    if (count > BATCH_LIMIT) count = BATCH_LIMIT;
    struct mmsghdr messages[BATCH_LIMIT];
    struct iovec vectors[BATCH_LIMIT];
    for (unsigned i = 0; i < count; i++) {
        vectors[i] = (struct iovec){(char *)data + i * stride, length};
        messages[i].msg_hdr = (struct msghdr){
            .msg_name = name, .msg_namelen = name_length, .msg_iov = &vectors[i], .msg_iovlen = 1};
    }
    int sent = sendmmsg(descriptor, messages, count, MSG_DONTWAIT | MSG_NOSIGNAL);
    return sent < 0 ? -errno : sent;
}

static uint32_t differs(const void *source, socklen_t length, const struct batch_address *expected) {
    if (!expected) return 0;
    /* sockaddr_in ends in padding, sockaddr_in6 in the flow label's and scope's words: both are zero on loopback. */
    return length != expected->length || memcmp(source, expected->words, length) != 0;
}

/* The kernel stamps by the clock of the day; what counts here is how long ago that was. */
static uint64_t arrival(struct msghdr *message) {
    for (struct cmsghdr *part = CMSG_FIRSTHDR(message); part; part = CMSG_NXTHDR(message, part)) {
        if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_TIMESTAMPNS) continue;
        struct timespec stamp, today;
        memcpy(&stamp, CMSG_DATA(part), sizeof stamp);
        uint64_t now = batch_now();
        clock_gettime(CLOCK_REALTIME, &today);
        int64_t age = (int64_t)(today.tv_sec - stamp.tv_sec) * 1000000000 + (today.tv_nsec - stamp.tv_nsec);
        return age > 0 ? now - (uint64_t)age : now;
    }
    return 0;
}

int batch_stamp_arrivals(int descriptor) {
    int on = 1;
    return setsockopt(descriptor, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on) < 0 ? -errno : 0;
}

int batch_receive_stamped(int descriptor, void *data, size_t stride, unsigned count, struct batch_datagram *datagrams,
                          const struct batch_address *expected) {
    if (count > BATCH_LIMIT) count = BATCH_LIMIT;
    unsigned taken = 0;
    for (; taken < count; taken++) {
        struct sockaddr_in6 source;
        char control[CMSG_SPACE(sizeof(struct timespec))] __attribute__((aligned(sizeof(struct cmsghdr))));
        struct iovec vector = {(char *)data + taken * stride, stride};
        struct msghdr message = {.msg_name = &source, .msg_namelen = sizeof source, .msg_iov = &vector, .msg_iovlen = 1,
                                 .msg_control = control, .msg_controllen = sizeof control};
        ssize_t received = recvmsg(descriptor, &message, MSG_DONTWAIT);
        if (received < 0) return taken ? (int)taken : -errno;
        datagrams[taken] = (struct batch_datagram){.length = (uint32_t)received,
                                                   .from_elsewhere = differs(&source, message.msg_namelen, expected),
                                                   .arrived = arrival(&message)};
    }
    return (int)taken;
}

int batch_set_idle_priority(void) {
    struct sched_param parameters = {0};
    return sched_setscheduler(0, SCHED_IDLE, &parameters) < 0 ? -errno : 0;
}

void batch_sleep_until(uint64_t deadline) {
    /* By default the kernel may be 50 microseconds late to wake several threads at once. */
    static _Thread_local int is_precise;
    if (!is_precise) is_precise = prctl(PR_SET_TIMERSLACK, 1UL) == 0;
    struct timespec end = {(time_t)(deadline / 1000000000), (long)(deadline % 1000000000)};
    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &end, NULL);
}

int batch_receive(int descriptor, void *data, size_t stride, unsigned count, struct batch_datagram *datagrams,
                  const struct batch_address *expected) {
    if (count == 1) {
        struct sockaddr_in6 source;
        socklen_t length = sizeof source;
        ssize_t received = recvfrom(descriptor, data, stride, MSG_DONTWAIT, (struct sockaddr *)&source, &length);
        if (received < 0) return -errno;
        datagrams->length = (uint32_t)received;
        datagrams->from_elsewhere = differs(&source, length, expected);
        datagrams->arrived = 0;
        return 1;
    }
    if (count > BATCH_LIMIT) count = BATCH_LIMIT;
    struct mmsghdr messages[BATCH_LIMIT];
    struct iovec vectors[BATCH_LIMIT];
    struct sockaddr_in6 sources[BATCH_LIMIT];
    for (unsigned i = 0; i < count; i++) {
        vectors[i] = (struct iovec){(char *)data + i * stride, stride};
        messages[i].msg_hdr = (struct msghdr){
            .msg_name = &sources[i], .msg_namelen = sizeof sources[i], .msg_iov = &vectors[i], .msg_iovlen = 1};
    }
    int received = recvmmsg(descriptor, messages, count, MSG_DONTWAIT, NULL);
    if (received < 0) return -errno;
    for (int i = 0; i < received; i++) {
        datagrams[i].length = messages[i].msg_len;
        datagrams[i].from_elsewhere = differs(&sources[i], messages[i].msg_hdr.msg_namelen, expected);
        datagrams[i].arrived = 0;
    }
    return received;
}

_Static_assert(sizeof(cpu_set_t) == sizeof(struct batch_processors), "one bit per processor");

int batch_get_processors(struct batch_processors *processors) {
    return sched_getaffinity(0, sizeof *processors, (cpu_set_t *)processors) < 0 ? -errno : 0;
}

int batch_set_processors(const struct batch_processors *processors) {
    return sched_setaffinity(0, sizeof *processors, (const cpu_set_t *)processors) < 0 ? -errno : 0;
}

/* What happens between fork and exec; only functions that are safe there. `report` closes with a successful exec. */
static void become(char *const *arguments, int output, pid_t parent, int report) {
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    signal(SIGPIPE, SIG_DFL);
    signal(SIGINT, SIG_DFL);
    signal(SIGTERM, SIG_DFL);
    int input = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (prctl(PR_SET_PDEATHSIG, SIGTERM) == 0 && getppid() == parent && input >= 0 && dup2(input, 0) >= 0 &&
        dup2(output, 1) >= 0 && dup2(output, 2) >= 0)
        execvp(arguments[0], arguments);
    int error = errno;
    if (write(report, &error, sizeof error) < 0) _exit(126);
    _exit(127);
}

int batch_spawn(char *const *arguments, int output) {
    int report[2];
    if (pipe2(report, O_CLOEXEC) < 0) return -errno;
    pid_t parent = getpid();
    pid_t child = fork();
    if (child == 0) become(arguments, output, parent, report[1]);
    int error = child < 0 ? errno : 0;
    close(report[1]);
    if (child > 0 && read(report[0], &error, sizeof error) > 0) waitpid(child, NULL, 0);
    close(report[0]);
    return error ? -error : child;
}

int64_t batch_process_cpu_time(int process) {
    clockid_t clock = CLOCK_PROCESS_CPUTIME_ID;
    if (process) {
        int error = clock_getcpuclockid(process, &clock);
        if (error) return -error;
    }
    struct timespec time;
    if (clock_gettime(clock, &time) < 0) return -errno;
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}
