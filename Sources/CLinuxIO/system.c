#define _GNU_SOURCE
#include "lio_system.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { MAXIMUM_DESCRIPTORS = 1 << 20, MAXIMUM_NAME = 16 };

static void block_signals(sigset_t *previous) {
    static const int faults[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP, SIGABRT, SIGSYS, SIGPROF};
    sigset_t blocked;
    sigfillset(&blocked);
    for (size_t index = 0; index < sizeof faults / sizeof faults[0]; index += 1) {
        sigdelset(&blocked, faults[index]);
    }
    pthread_sigmask(SIG_SETMASK, &blocked, previous);
}

int lio_thread_start(uint64_t *thread, size_t stack_size, const char *name, void *(*body)(void *), void *context) {
    pthread_attr_t attributes;
    pthread_t started;
    sigset_t previous;
    int result = pthread_attr_init(&attributes);
    if (result != 0) {
        return -result;
    }
    result = pthread_attr_setstacksize(&attributes, stack_size);
    if (result == 0) {
        block_signals(&previous);
        result = pthread_create(&started, &attributes, body, context);
        pthread_sigmask(SIG_SETMASK, &previous, NULL);
    }
    pthread_attr_destroy(&attributes);
    if (result != 0) {
        return -result;
    }
    char shortened[MAXIMUM_NAME] = {0};
    strncpy(shortened, name, sizeof shortened - 1);
    pthread_setname_np(started, shortened);
    *thread = (uint64_t)started;
    return 0;
}

int lio_thread_join(uint64_t thread) {
    return -pthread_join((pthread_t)thread, NULL);
}

int lio_thread_detach(uint64_t thread) {
    return -pthread_detach((pthread_t)thread);
}

int lio_thread_clock(uint64_t thread) {
    clockid_t clock;
    return pthread_getcpuclockid((pthread_t)thread, &clock) == 0 ? clock : 0;
}

uint64_t lio_thread_nanoseconds(int clock) {
    struct timespec time;
    /* 0 is CLOCK_REALTIME, which no thread has. */
    if (clock == 0 || clock_gettime(clock, &time) < 0) {
        return 0;
    }
    return (uint64_t)time.tv_sec * 1000000000ull + (uint64_t)time.tv_nsec;
}

int lio_thread_pin(int index) {
    cpu_set_t allowed;
    if (sched_getaffinity(0, sizeof allowed, &allowed) < 0) {
        return -errno;
    }
    int remaining = index % CPU_COUNT(&allowed);
    for (int cpu = 0; cpu < CPU_SETSIZE; cpu += 1) {
        if (!CPU_ISSET(cpu, &allowed)) {
            continue;
        }
        if (remaining == 0) {
            cpu_set_t one;
            CPU_ZERO(&one);
            CPU_SET(cpu, &one);
            return -pthread_setaffinity_np(pthread_self(), sizeof one, &one);
        }
        remaining -= 1;
    }
    return -EINVAL;
}

int lio_thread_use_exact_timers(void) {
    return prctl(PR_SET_TIMERSLACK, 1ul, 0ul, 0ul, 0ul) < 0 ? -errno : 0;
}

int lio_thread_lower_priority(int steps) {
    // In Linux the nice value is one of the thread, which its id names.
    id_t thread = (id_t)syscall(SYS_gettid);
    errno = 0;
    int present = getpriority(PRIO_PROCESS, thread);
    if (errno != 0) {
        return -errno;
    }
    return setpriority(PRIO_PROCESS, thread, present + steps) < 0 ? -errno : 0;
}

int lio_thread_schedule(int policy, int priority) {
    struct sched_param parameters = {.sched_priority = priority};
    return sched_setscheduler(0, policy, &parameters) < 0 ? -errno : 0;
}

/* struct sched_attr of sched_setattr(2), which glibc has only lately. */
struct scheduling {
    uint32_t size, policy;
    uint64_t flags;
    int32_t nice;
    uint32_t priority;
    uint64_t runtime, deadline, period;
};

int lio_thread_request_slice(unsigned microseconds) {
    struct scheduling attributes = {.size = sizeof attributes};
    if (syscall(SYS_sched_getattr, 0, &attributes, sizeof attributes, 0) < 0) {
        return -errno;
    }
    /* Other policies have their own idea of a runtime. */
    if (attributes.policy != SCHED_OTHER && attributes.policy != SCHED_BATCH) {
        return -EINVAL;
    }
    attributes.runtime = microseconds * 1000ull;
    return syscall(SYS_sched_setattr, 0, &attributes, 0) < 0 ? -errno : 0;
}

int lio_processor_count(void) {
    cpu_set_t allowed;
    if (sched_getaffinity(0, sizeof allowed, &allowed) < 0) {
        return -errno;
    }
    return CPU_COUNT(&allowed);
}

int lio_raise_descriptor_limit(void) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) < 0) {
        return -errno;
    }
    if (limit.rlim_cur < limit.rlim_max) {
        struct rlimit raised = {.rlim_cur = limit.rlim_max, .rlim_max = limit.rlim_max};
        if (setrlimit(RLIMIT_NOFILE, &raised) == 0) {
            limit = raised;
        }
    }
    return limit.rlim_cur > MAXIMUM_DESCRIPTORS ? MAXIMUM_DESCRIPTORS : (int)limit.rlim_cur;
}

void lio_error_text(int code, char *bytes, size_t capacity) {
    char storage[128];
    const char *text = strerror_r(code, storage, sizeof storage);
    strncpy(bytes, text, capacity - 1);
    bytes[capacity - 1] = 0;
}

int lio_read_file(const char *path, char *bytes, size_t capacity) {
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return -errno;
    }
    ssize_t count = read(fd, bytes, capacity);
    int result = count < 0 ? -errno : (int)count;
    close(fd);
    return result;
}

void *lio_map(size_t size) {
    void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    return memory == MAP_FAILED ? NULL : memory;
}

void lio_unmap(void *memory, size_t size) {
    munmap(memory, size);
}
