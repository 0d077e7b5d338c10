/*
 * A thin io_uring: the ring's memory, one submission and completion queue, one provided-buffer ring.
 *
 * The layouts and numbers are the kernel's stable binary interface (io_uring(7)), declared here so that the program
 * builds with any kernel headers. Every function returns 0 or a positive result, or a negative errno.
 * A ring belongs to the one thread that enabled it.
 */
#ifndef LIO_RING_H
#define LIO_RING_H

#include <stddef.h>
#include <stdint.h>

/* struct io_uring_sqe, flattened to the fields used here. */
struct lio_sqe {
    uint8_t opcode;
    uint8_t flags;
    uint16_t ioprio;
    int32_t fd;
    uint64_t offset; /* also addr2 */
    uint64_t address;
    uint32_t length;
    uint32_t op_flags; /* msg_flags, cancel_flags … */
    uint64_t user_data;
    uint16_t buffer_group;
    uint16_t personality;
    uint16_t address_length;
    uint16_t pad;
    uint64_t address3;
    uint64_t pad2;
};

/* struct io_uring_cqe */
struct lio_cqe {
    uint64_t user_data;
    int32_t result;
    uint32_t flags;
};

/* struct io_uring_buf; the `tail` of the ring overlays `reserved` of the first one. */
struct lio_buffer {
    uint64_t address;
    uint32_t length;
    uint16_t id;
    uint16_t reserved;
};

/* struct io_uring_recvmsg_out, in front of name and payload in a buffer filled by a multishot recvmsg. */
struct lio_receive_header {
    uint32_t name_length;
    uint32_t control_length;
    uint32_t payload_length;
    uint32_t flags;
};

enum {
    LIO_CQE_BUFFER = 1u << 0,
    LIO_CQE_MORE = 1u << 1,
    LIO_CQE_BUFFER_SHIFT = 16,

    LIO_SQE_FIXED_FILE = 1u << 0,
    LIO_SQE_BUFFER_SELECT = 1u << 5,
    LIO_SQE_SKIP_SUCCESS = 1u << 6,

    LIO_OP_NOP = 0,
    LIO_OP_SENDMSG = 9,
    LIO_OP_RECVMSG = 10,
    LIO_OP_ASYNC_CANCEL = 14,
    LIO_OP_READ = 22,
    LIO_OP_SEND = 26,

    LIO_RECEIVE_MULTISHOT = 1u << 1,
};

/* What a ring of this kernel can do beyond the minimum. */
enum {
    LIO_RING_HAS_MINIMUM_WAIT = 1u << 0, /* IORING_FEAT_MIN_TIMEOUT, Linux 6.12 */
    LIO_RING_HAS_REGISTERED_FD = 1u << 1,
    LIO_RING_HAS_REGISTERED_FILES = 1u << 2,
};

struct lio_ring {
    /* The submission queue: the kernel's head and tail, and our tail, ahead of the kernel's until the next enter. */
    uint32_t *sq_head;
    uint32_t *sq_tail;
    struct lio_sqe *sqes;
    uint32_t sq_mask;
    uint32_t sq_entries;
    uint32_t sq_local_tail;
    /* Where the entries of the last submission begin; they end at the kernel's head. */
    uint32_t sq_submitted;

    /* The completion queue; our head is published with lio_ring_advance. */
    uint32_t cq_mask;
    uint32_t *cq_head;
    uint32_t *cq_tail;
    struct lio_cqe *cqes;

    /* The provided buffers. */
    struct lio_buffer *buffers;
    uint16_t buffer_mask;
    uint16_t buffer_tail;

    uint32_t capabilities;
    int fd;
    int enter_fd;
    uint32_t enter_flags;

    void *ring_memory;
    size_t ring_memory_size;
    size_t sqes_size;
    size_t buffers_size;
};

/* Sets up a ring that no thread owns yet. */
int lio_ring_open(struct lio_ring *ring, uint32_t sq_entries, uint32_t cq_entries);
/* Registers an empty table of `count` files. Before or after lio_ring_enable. */
int lio_ring_register_files(struct lio_ring *ring, uint32_t count);
/* Puts `fd` (-1: nothing) into a place of the file table. */
int lio_ring_set_file(struct lio_ring *ring, uint32_t index, int fd);
/* Registers an empty ring of provided buffers; `count` is a power of two up to 32768. */
int lio_ring_register_buffers(struct lio_ring *ring, uint16_t count, uint16_t group);
/* Makes the calling thread the one that submits and waits. */
int lio_ring_enable(struct lio_ring *ring);
/* Frees everything, on the thread that enabled the ring if it was enabled. Requests in flight are cancelled; their files
 * are released some time later. */
void lio_ring_close(struct lio_ring *ring);

/* Whether a file that is taken out of the file table is let go while older requests of the ring are still running.
 * Before Linux 6.13 it is not: sockets would stay bound for as long as any multishot receive lives. */
int lio_ring_releases_files(void);
/* 1 when all opcodes used here are known, 0 with the first unknown one in `missing`, or a negative errno. */
int lio_ring_knows_operations(struct lio_ring *ring, int *missing);

/* Submits without waiting and without collecting completions: what completes at once has done so on return. */
int lio_ring_submit(struct lio_ring *ring);
/* Submits, then waits: for at least `count` completions or `minimum_us` microseconds, and after that for the first
 * one or `timeout_ns` (0: for ever). `minimum_us` needs LIO_RING_HAS_MINIMUM_WAIT. -ETIME and -EINTR are not errors. */
int lio_ring_submit_and_wait(struct lio_ring *ring, uint32_t count, uint32_t minimum_us, uint64_t timeout_ns);

/* Requests queued and not yet taken by the kernel. */
static inline uint32_t lio_ring_queued(const struct lio_ring *ring) {
    return ring->sq_local_tail - __atomic_load_n(ring->sq_head, __ATOMIC_ACQUIRE);
}

/* The next free submission entry, zeroed; NULL when the queue is full. */
static inline struct lio_sqe *lio_ring_next(struct lio_ring *ring) {
    if (lio_ring_queued(ring) >= ring->sq_entries) {
        return NULL;
    }
    struct lio_sqe *sqe = &ring->sqes[ring->sq_local_tail & ring->sq_mask];
    __builtin_memset(sqe, 0, sizeof *sqe);
    ring->sq_local_tail += 1;
    return sqe;
}

/* Place of `sqe` in the queue, for memory that lives as long as the entry. */
static inline uint32_t lio_ring_index(const struct lio_ring *ring, const struct lio_sqe *sqe) {
    return (uint32_t)(sqe - ring->sqes);
}

/* How many completions are waiting. */
static inline uint32_t lio_ring_completions(const struct lio_ring *ring) {
    return __atomic_load_n(ring->cq_tail, __ATOMIC_ACQUIRE) - __atomic_load_n(ring->cq_head, __ATOMIC_RELAXED);
}

/* The completion at `index` from the oldest on; valid until lio_ring_advance. */
static inline struct lio_cqe lio_ring_completion(const struct lio_ring *ring, uint32_t index) {
    return ring->cqes[(__atomic_load_n(ring->cq_head, __ATOMIC_RELAXED) + index) & ring->cq_mask];
}

/* The place in the queue that the next entry gets, if there is room for one. */
static inline uint32_t lio_ring_next_place(const struct lio_ring *ring) { return ring->sq_local_tail & ring->sq_mask; }

/* The entry at `place` if it was in the last submission, sends and bears `token`; else NULL. What it points to is as it
 * was as long as its owner leaves it so. */
static inline const struct lio_sqe *lio_ring_submitted_send(const struct lio_ring *ring, uint32_t place,
                                                            uint64_t token) {
    uint32_t count = __atomic_load_n(ring->sq_head, __ATOMIC_ACQUIRE) - ring->sq_submitted;
    const struct lio_sqe *sqe = &ring->sqes[place & ring->sq_mask];
    if (((place - ring->sq_submitted) & ring->sq_mask) >= count) {
        return NULL;
    }
    return sqe->opcode == LIO_OP_SEND && sqe->user_data == token ? sqe : NULL;
}

/* Makes the completion at `index` one that says nothing. */
static inline void lio_ring_blank(const struct lio_ring *ring, uint32_t index) {
    ring->cqes[(__atomic_load_n(ring->cq_head, __ATOMIC_RELAXED) + index) & ring->cq_mask].user_data = 0;
}

/* Gives the oldest `count` completions back. */
static inline void lio_ring_advance(struct lio_ring *ring, uint32_t count) {
    __atomic_store_n(ring->cq_head, __atomic_load_n(ring->cq_head, __ATOMIC_RELAXED) + count, __ATOMIC_RELEASE);
}

/* Adds a buffer; the kernel sees it after lio_ring_publish_buffers. */
static inline void lio_ring_add_buffer(struct lio_ring *ring, void *bytes, uint32_t length, uint16_t id) {
    struct lio_buffer *buffer = &ring->buffers[ring->buffer_tail & ring->buffer_mask];
    buffer->address = (uint64_t)(uintptr_t)bytes;
    buffer->length = length;
    buffer->id = id;
    ring->buffer_tail += 1;
}

static inline void lio_ring_publish_buffers(struct lio_ring *ring) {
    __atomic_store_n(&ring->buffers[0].reserved, ring->buffer_tail, __ATOMIC_RELEASE);
}

#endif
