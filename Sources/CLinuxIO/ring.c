#define _GNU_SOURCE
#include "lio_ring.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The same numbers on every architecture since Linux 5.1. */
#ifndef __NR_io_uring_setup
#define __NR_io_uring_setup 425
#define __NR_io_uring_enter 426
#define __NR_io_uring_register 427
#endif

enum {
    SETUP_CQSIZE = 1u << 3,
    SETUP_CLAMP = 1u << 4,
    SETUP_R_DISABLED = 1u << 6,
    SETUP_SUBMIT_ALL = 1u << 7,
    SETUP_COOP_TASKRUN = 1u << 8,
    SETUP_SINGLE_ISSUER = 1u << 12,
    SETUP_DEFER_TASKRUN = 1u << 13,

    FEATURE_SINGLE_MMAP = 1u << 0,
    FEATURE_NODROP = 1u << 1,
    FEATURE_EXT_ARG = 1u << 8,
    FEATURE_CQE_SKIP = 1u << 11,
    FEATURE_MIN_TIMEOUT = 1u << 15,

    ENTER_GETEVENTS = 1u << 0,
    ENTER_EXT_ARG = 1u << 3,
    ENTER_REGISTERED_RING = 1u << 4,

    REGISTER_FILES_UPDATE = 6,
    REGISTER_PROBE = 8,
    REGISTER_ENABLE_RINGS = 12,
    REGISTER_FILES2 = 13,
    REGISTER_RING_FDS = 20,
    UNREGISTER_RING_FDS = 21,
    REGISTER_PBUF_RING = 22,

    RESOURCES_SPARSE = 1u << 0,
    OPERATION_SUPPORTED = 1u << 0,
    PROBED_OPERATIONS = 64,
    POLL_MULTISHOT = 1u << 0,
    OPERATION_POLL_ADD = 6,
};

#define OFFSET_SQ_RING 0ull
#define OFFSET_SQES 0x10000000ull

struct sq_offsets {
    uint32_t head, tail, ring_mask, ring_entries, flags, dropped, array, reserved1;
    uint64_t user_address;
};

struct cq_offsets {
    uint32_t head, tail, ring_mask, ring_entries, overflow, cqes, flags, reserved1;
    uint64_t user_address;
};

struct ring_parameters {
    uint32_t sq_entries, cq_entries, flags, sq_thread_cpu, sq_thread_idle, features, wq_fd, reserved[3];
    struct sq_offsets sq;
    struct cq_offsets cq;
};

struct wait_argument {
    uint64_t signal_mask;
    uint32_t signal_mask_size;
    uint32_t minimum_wait_us;
    uint64_t timeout;
};

struct kernel_timespec {
    int64_t seconds;
    long long nanoseconds;
};

struct file_registration {
    uint32_t count, flags;
    uint64_t reserved, data, tags;
};

struct file_update {
    uint32_t offset, reserved;
    uint64_t data;
};

struct buffer_registration {
    uint64_t ring_address;
    uint32_t ring_entries;
    uint16_t group, flags;
    uint64_t reserved[3];
};

struct operation_probe {
    uint8_t last_operation, count;
    uint16_t reserved;
    uint32_t reserved2[3];
    struct {
        uint8_t operation, reserved;
        uint16_t flags;
        uint32_t reserved2;
    } operations[PROBED_OPERATIONS];
};

_Static_assert(sizeof(struct lio_sqe) == 64, "io_uring_sqe");
_Static_assert(offsetof(struct lio_sqe, user_data) == 32, "io_uring_sqe.user_data");
_Static_assert(offsetof(struct lio_sqe, buffer_group) == 40, "io_uring_sqe.buf_group");
_Static_assert(offsetof(struct lio_sqe, address_length) == 44, "io_uring_sqe.addr_len");
_Static_assert(sizeof(struct lio_cqe) == 16, "io_uring_cqe");
_Static_assert(sizeof(struct lio_buffer) == 16, "io_uring_buf");
_Static_assert(sizeof(struct ring_parameters) == 120, "io_uring_params");
_Static_assert(sizeof(struct wait_argument) == 24, "io_uring_getevents_arg");
_Static_assert(sizeof(struct buffer_registration) == 40, "io_uring_buf_reg");

static int ring_register(int fd, unsigned operation, void *argument, unsigned count) {
    long result = syscall(__NR_io_uring_register, fd, operation, argument, count);
    return result < 0 ? -errno : (int)result;
}

static int map_queues(struct lio_ring *ring, const struct ring_parameters *parameters) {
    size_t sq_size = parameters->sq.array + parameters->sq_entries * sizeof(uint32_t);
    size_t cq_size = parameters->cq.cqes + parameters->cq_entries * sizeof(struct lio_cqe);
    ring->ring_memory_size = sq_size > cq_size ? sq_size : cq_size;
    void *memory = mmap(NULL, ring->ring_memory_size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, ring->fd,
                        OFFSET_SQ_RING);
    if (memory == MAP_FAILED) {
        return -errno;
    }
    ring->ring_memory = memory;
    ring->sqes_size = parameters->sq_entries * sizeof(struct lio_sqe);
    void *sqes = mmap(NULL, ring->sqes_size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, ring->fd, OFFSET_SQES);
    if (sqes == MAP_FAILED) {
        return -errno;
    }
    ring->sqes = sqes;

    char *base = memory;
    ring->sq_head = (uint32_t *)(base + parameters->sq.head);
    ring->sq_tail = (uint32_t *)(base + parameters->sq.tail);
    ring->sq_mask = *(uint32_t *)(base + parameters->sq.ring_mask);
    ring->sq_entries = parameters->sq_entries;
    ring->sq_local_tail = *ring->sq_tail;
    ring->cq_head = (uint32_t *)(base + parameters->cq.head);
    ring->cq_tail = (uint32_t *)(base + parameters->cq.tail);
    ring->cq_mask = *(uint32_t *)(base + parameters->cq.ring_mask);
    ring->cqes = (struct lio_cqe *)(base + parameters->cq.cqes);
    /* Entries are always used in order, so the indirection is set once. */
    uint32_t *array = (uint32_t *)(base + parameters->sq.array);
    for (uint32_t index = 0; index < parameters->sq_entries; index += 1) {
        array[index] = index;
    }
    return 0;
}

int lio_ring_open(struct lio_ring *ring, uint32_t sq_entries, uint32_t cq_entries) {
    struct ring_parameters parameters;
    const uint32_t needed = FEATURE_SINGLE_MMAP | FEATURE_NODROP | FEATURE_EXT_ARG | FEATURE_CQE_SKIP;
    memset(ring, 0, sizeof *ring);
    memset(&parameters, 0, sizeof parameters);
    ring->fd = -1;
    parameters.cq_entries = cq_entries;
    /* Completions are worked off only inside our own enter calls: sends queued before it are out when it starts. */
    parameters.flags = SETUP_CQSIZE | SETUP_CLAMP | SETUP_R_DISABLED | SETUP_SUBMIT_ALL | SETUP_COOP_TASKRUN |
                       SETUP_SINGLE_ISSUER | SETUP_DEFER_TASKRUN;
    long fd = syscall(__NR_io_uring_setup, sq_entries, &parameters);
    if (fd < 0) {
        return -errno;
    }
    ring->fd = (int)fd;
    ring->enter_fd = (int)fd;
    int result = (parameters.features & needed) == needed ? map_queues(ring, &parameters) : -EOPNOTSUPP;
    if (result < 0) {
        lio_ring_close(ring);
        return result;
    }
    if (parameters.features & FEATURE_MIN_TIMEOUT) {
        ring->capabilities |= LIO_RING_HAS_MINIMUM_WAIT;
    }
    return 0;
}

void lio_ring_close(struct lio_ring *ring) {
    if (ring->enter_flags & ENTER_REGISTERED_RING) {
        struct file_update update = {.offset = (uint32_t)ring->enter_fd};
        ring_register(ring->fd, UNREGISTER_RING_FDS, &update, 1);
    }
    if (ring->sqes != NULL) {
        munmap(ring->sqes, ring->sqes_size);
    }
    if (ring->ring_memory != NULL) {
        munmap(ring->ring_memory, ring->ring_memory_size);
    }
    if (ring->fd >= 0) {
        close(ring->fd);
    }
    if (ring->buffers != NULL) {
        munmap(ring->buffers, ring->buffers_size);
    }
    memset(ring, 0, sizeof *ring);
    ring->fd = -1;
}

int lio_ring_register_files(struct lio_ring *ring, uint32_t count) {
    struct file_registration registration = {.count = count, .flags = RESOURCES_SPARSE};
    int result = ring_register(ring->fd, REGISTER_FILES2, &registration, sizeof registration);
    if (result >= 0) {
        ring->capabilities |= LIO_RING_HAS_REGISTERED_FILES;
    }
    return result;
}

int lio_ring_set_file(struct lio_ring *ring, uint32_t index, int fd) {
    int32_t file = fd;
    struct file_update update = {.offset = index, .data = (uint64_t)(uintptr_t)&file};
    int result = ring_register(ring->fd, REGISTER_FILES_UPDATE, &update, 1);
    return result < 0 ? result : 0;
}

int lio_ring_register_buffers(struct lio_ring *ring, uint16_t count, uint16_t group) {
    size_t size = (size_t)count * sizeof(struct lio_buffer);
    void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) {
        return -errno;
    }
    struct buffer_registration registration = {
        .ring_address = (uint64_t)(uintptr_t)memory, .ring_entries = count, .group = group};
    int result = ring_register(ring->fd, REGISTER_PBUF_RING, &registration, 1);
    if (result < 0) {
        munmap(memory, size);
        return result;
    }
    ring->buffers = memory;
    ring->buffers_size = size;
    ring->buffer_mask = (uint16_t)(count - 1);
    ring->buffer_tail = 0;
    return 0;
}

int lio_ring_enable(struct lio_ring *ring) {
    int result = ring_register(ring->fd, REGISTER_ENABLE_RINGS, NULL, 0);
    if (result < 0) {
        return result;
    }
    /* Only saves the look-up of the descriptor in every enter call: without it the ring works all the same. */
    struct file_update update = {.offset = UINT32_MAX, .data = (uint64_t)ring->fd};
    if (ring_register(ring->fd, REGISTER_RING_FDS, &update, 1) == 1) {
        ring->enter_fd = (int)update.offset;
        ring->enter_flags = ENTER_REGISTERED_RING;
        ring->capabilities |= LIO_RING_HAS_REGISTERED_FD;
    }
    return 0;
}

int lio_ring_knows_operations(struct lio_ring *ring, int *missing) {
    static const uint8_t needed[] = {LIO_OP_SENDMSG, LIO_OP_RECVMSG, LIO_OP_ASYNC_CANCEL, LIO_OP_READ, LIO_OP_SEND};
    struct operation_probe probe;
    memset(&probe, 0, sizeof probe);
    int result = ring_register(ring->fd, REGISTER_PROBE, &probe, PROBED_OPERATIONS);
    if (result < 0) {
        return result;
    }
    for (size_t index = 0; index < sizeof needed; index += 1) {
        if (needed[index] > probe.last_operation ||
            !(probe.operations[needed[index]].flags & OPERATION_SUPPORTED)) {
            *missing = needed[index];
            return 0;
        }
    }
    return 1;
}

static int enter(struct lio_ring *ring, uint32_t submit, uint32_t wait, uint32_t flags, const void *argument,
                 size_t size) {
    long result = syscall(__NR_io_uring_enter, ring->enter_fd, submit, wait, flags | ring->enter_flags, argument, size);
    return result < 0 ? -errno : (int)result;
}

static uint32_t publish(struct lio_ring *ring) {
    ring->sq_submitted = __atomic_load_n(ring->sq_head, __ATOMIC_ACQUIRE);
    __atomic_store_n(ring->sq_tail, ring->sq_local_tail, __ATOMIC_RELEASE);
    return lio_ring_queued(ring);
}

int lio_ring_submit(struct lio_ring *ring) {
    uint32_t queued = publish(ring);
    return queued == 0 ? 0 : enter(ring, queued, 0, 0, NULL, 0);
}

int lio_ring_submit_and_wait(struct lio_ring *ring, uint32_t count, uint32_t minimum_us, uint64_t timeout_ns) {
    struct kernel_timespec timeout = {(int64_t)(timeout_ns / 1000000000), (long long)(timeout_ns % 1000000000)};
    struct wait_argument argument = {.minimum_wait_us = minimum_us};
    if (timeout_ns != 0) {
        argument.timeout = (uint64_t)(uintptr_t)&timeout;
    }
    return enter(ring, publish(ring), count, ENTER_GETEVENTS | ENTER_EXT_ARG, &argument, sizeof argument);
}

/* A poll of an unrelated file keeps an older request running while a file is taken out of the table. */
static int releases_files(struct lio_ring *ring, int unrelated, int kept, int removed) {
    int result = lio_ring_register_files(ring, 2);
    if (result >= 0) {
        result = lio_ring_set_file(ring, 0, removed);
    }
    close(removed);
    if (result >= 0) {
        result = lio_ring_set_file(ring, 1, unrelated);
    }
    if (result >= 0) {
        result = lio_ring_enable(ring);
    }
    if (result < 0) {
        return result;
    }
    struct lio_sqe *sqe = lio_ring_next(ring);
    sqe->opcode = OPERATION_POLL_ADD;
    sqe->flags = LIO_SQE_FIXED_FILE;
    sqe->fd = 1;
    sqe->length = POLL_MULTISHOT;
    sqe->op_flags = POLLIN;
    result = lio_ring_submit(ring);
    if (result >= 0) {
        result = lio_ring_set_file(ring, 0, -1);
    }
    struct pollfd other_end = {.fd = kept, .events = POLLIN};
    if (result >= 0) {
        result = poll(&other_end, 1, 0) > 0 && (other_end.revents & POLLHUP) != 0;
    }
    return result;
}

int lio_ring_releases_files(void) {
    struct lio_ring ring;
    int ends[2];
    int result = lio_ring_open(&ring, 4, 8);
    if (result < 0) {
        return result;
    }
    int unrelated = eventfd(0, EFD_CLOEXEC);
    if (unrelated < 0) {
        result = -errno;
    } else if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0) {
        result = -errno;
    } else {
        result = releases_files(&ring, unrelated, ends[0], ends[1]);
        close(ends[0]);
    }
    if (unrelated >= 0) {
        close(unrelated);
    }
    lio_ring_close(&ring);
    return result;
}
