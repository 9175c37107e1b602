// poll_oneoff: waiting for clocks and descriptors.
//
// Where only clocks are waited for, the call is parked. Descriptors of the host (standard streams,
// sockets) are waited for by the kernel; everything else is ready at once.
#include "base/clock.h"
#include "faaslet/exclusive.h"
#include "faaslet/faaslet.h"
#include "faaslet/guest.h"
#include "faaslet/park.h"
#include "faaslet/thread.h"
#include "host/files.h"
#include "host/sections.h"
#include "host/wasi.h"

#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { SUBSCRIPTIONS_MAX = 1024 }; // of one poll_oneoff

struct poll {
    struct object_instance *instance;
    const uint8_t *subscriptions; // of the guest: copied one by one
    uint8_t *events;
    uint32_t count;
    uint64_t monotonic, realtime; // when it began: every subscription is measured from there
    struct pollfd
        waits[SUBSCRIPTIONS_MAX]; // by subscription; fd is -1 where the kernel has no part
    uint32_t kernel_waits;
    bool held;    // their descriptors are copies
    uint64_t due; // the first moment at which there is an event; 0 where there is one already
};

static struct wasi_subscription subscription_at(const struct poll *poll, uint32_t i) {
    struct wasi_subscription subscription;
    memcpy(&subscription, poll->subscriptions + i * sizeof subscription, sizeof subscription);
    return subscription;
}

// ---- Clocks -------------------------------------------------------------------------------------

// The error of a subscription that cannot be waited for, or the time of clock_monotonic() at which
// it is due.
static uint32_t due_time(const struct wasi_subscription *subscription, const struct poll *poll,
                         uint64_t *due) {
    uint64_t now;
    if (subscription->clock == WASI_CLOCK_MONOTONIC) {
        now = poll->monotonic;
    } else if (subscription->clock == WASI_CLOCK_REALTIME) {
        now = poll->realtime;
    } else {
        return subscription->clock > WASI_CLOCK_THREAD_CPUTIME ? WASI_EINVAL : WASI_ENOTSUP;
    }
    uint64_t wait = subscription->timeout;
    if ((subscription->flags & WASI_SUBCLOCK_ABSOLUTE) != 0) {
        wait = wait > now ? wait - now : 0;
    }
    // A sum that does not fit is a time that never comes.
    if (__builtin_add_overflow(poll->monotonic, wait, due)) {
        *due = PARK_FOREVER;
    }
    return WASI_SUCCESS;
}

// False where the time has not come.
static bool clock_event(const struct poll *poll, const struct wasi_subscription *subscription,
                        uint64_t now, struct wasi_event *event) {
    uint64_t due = 0;
    event->error = (uint16_t)due_time(subscription, poll, &due);
    return event->error != WASI_SUCCESS || due <= now;
}

// ---- Descriptors --------------------------------------------------------------------------------

// What can be read from a regular file from its position on; from what waits, what has come.
static uint64_t readable_bytes(const struct file *file) {
    struct stat status;
    if (file->fd < 0 || fstat(file->fd, &status) != 0) {
        return 0;
    }
    if (S_ISREG(status.st_mode)) {
        off_t position = lseek(file->fd, 0, SEEK_CUR);
        return position >= 0 && position < status.st_size ? (uint64_t)(status.st_size - position)
                                                          : 0;
    }
    int waiting = 0;
    return ioctl(file->fd, FIONREAD, &waiting) == 0 && waiting > 0 ? (uint64_t)waiting : 0;
}

static uint32_t require(const struct poll *poll, const struct wasi_subscription *subscription,
                        struct file **file) {
    uint64_t rights = WASI_RIGHT_POLL_FD_READWRITE;
    if (files_get(files_of(poll->instance), subscription->descriptor) == NULL) {
        return WASI_EBADF;
    }
    rights |= subscription->type == WASI_EVENT_FD_READ ? WASI_RIGHT_FD_READ : WASI_RIGHT_FD_WRITE;
    return files_require(files_of(poll->instance), subscription->descriptor, rights, file);
}

static bool waits_in_kernel(const struct file *file) {
    return file->kind == FILE_STANDARD || file->kind == FILE_SOCKET;
}

// False where the descriptor is not ready; `revents` is what the kernel said of it.
static bool file_event(const struct poll *poll, const struct wasi_subscription *subscription,
                       short revents, struct wasi_event *event) {
    struct file *file;
    event->error = (uint16_t)require(poll, subscription, &file);
    if (event->error != WASI_SUCCESS) {
        return true;
    }
    if (waits_in_kernel(file)) {
        if (revents == 0) {
            return false;
        }
        event->flags = (revents & (POLLHUP | POLLERR)) != 0 ? WASI_EVENT_HANGUP : 0;
    }
    // How much can be written is not to be known: one byte can.
    event->bytes = subscription->type == WASI_EVENT_FD_READ ? readable_bytes(file) : 1;
    return true;
}

// ---- All of them --------------------------------------------------------------------------------

static bool event_of(const struct poll *poll, uint32_t i, uint64_t now, struct wasi_event *event) {
    struct wasi_subscription subscription = subscription_at(poll, i);
    *event = (struct wasi_event){.userdata = subscription.userdata, .type = subscription.type};
    switch (subscription.type) {
    case WASI_EVENT_CLOCK:
        return clock_event(poll, &subscription, now, event);
    case WASI_EVENT_FD_READ:
    case WASI_EVENT_FD_WRITE:
        return file_event(poll, &subscription, poll->waits[i].revents, event);
    default:
        event->error = WASI_EINVAL;
        return true;
    }
}

// Finds out what there is to wait for.
static void prepare(struct poll *poll) {
    poll->due = PARK_FOREVER;
    for (uint32_t i = 0; i < poll->count; i++) {
        struct wasi_subscription subscription = subscription_at(poll, i);
        struct file *file;
        uint64_t due = 0;
        poll->waits[i] = (struct pollfd){.fd = -1};
        if (subscription.type == WASI_EVENT_CLOCK) {
            if (due_time(&subscription, poll, &due) != WASI_SUCCESS) {
                due = 0;
            }
        } else if (subscription.type <= WASI_EVENT_FD_WRITE &&
                   require(poll, &subscription, &file) == WASI_SUCCESS && waits_in_kernel(file)) {
            bool reads = subscription.type == WASI_EVENT_FD_READ;
            poll->waits[i] = (struct pollfd){.fd = file->fd, .events = reads ? POLLIN : POLLOUT};
            poll->kernel_waits++;
            due = PARK_FOREVER;
        }
        poll->due = due < poll->due ? due : poll->due;
    }
}

static uint32_t write_events(const struct poll *poll, uint64_t now) {
    uint32_t written = 0;
    for (uint32_t i = 0; i < poll->count; i++) {
        struct wasi_event event;
        if (event_of(poll, i, now, &event)) {
            memcpy(poll->events + written * sizeof event, &event, sizeof event);
            written++;
        }
    }
    return written;
}

// Waits until something may have happened; false when the call is to stop.
static bool wait_in_kernel(struct poll *poll, uint64_t now) {
    uint64_t rest = poll->due > now ? poll->due - now : 0;
    const struct timespec timeout = {.tv_sec = (time_t)(rest / 1000000000u),
                                     .tv_nsec = (long)(rest % 1000000000u)};
    park_block_begin();
    int ready = ppoll(poll->waits, poll->count, poll->due == PARK_FOREVER ? NULL : &timeout, NULL);
    park_block_end();
    if (ready < 0) {
        for (uint32_t i = 0; i < poll->count; i++) {
            poll->waits[i].revents = 0;
        }
    }
    return !wasi_interrupted(poll->instance);
}

// Descriptors that other threads of the call may close meanwhile are copied; false where there are
// too many.
static bool hold_descriptors(struct poll *poll) {
    poll->held = poll->kernel_waits > 0 && faaslet_is_threaded(faaslet_of(poll->instance));
    for (uint32_t i = 0; poll->held && i < poll->count; i++) {
        if (poll->waits[i].fd < 0) {
            continue;
        }
        poll->waits[i].fd = fcntl(poll->waits[i].fd, F_DUPFD_CLOEXEC, 0);
        if (poll->waits[i].fd < 0) {
            poll->count = i; // are held
            return false;
        }
    }
    return true;
}

static void let_go_of_descriptors(const struct poll *poll) {
    for (uint32_t i = 0; poll->held && i < poll->count; i++) {
        if (poll->waits[i].fd >= 0) {
            close(poll->waits[i].fd);
        }
    }
}

static bool wait(struct poll *poll, struct park *park, uint64_t now) {
    if (poll->kernel_waits > 0) {
        return wait_in_kernel(poll, now);
    }
    return now >= poll->due ||
           park_wait(park, faaslet_of(poll->instance), poll->due) != PARK_INTERRUPTED;
}

// How many there are then; 0 where the call is to stop.
static uint32_t wait_for_events(struct poll *poll) {
    struct park park = {0};
    uint64_t now = poll->monotonic;
    uint32_t written = 0;
    while (written == 0 && wait(poll, &park, now)) {
        now = clock_monotonic();
        written = write_events(poll, now);
    }
    return written;
}

static uint32_t poll_oneoff(struct object_instance *instance, uint32_t subscriptions,
                            uint32_t events, uint32_t count, uint32_t result) {
    HOST_EXCLUSIVE(instance);
    if (count == 0 || count > SUBSCRIPTIONS_MAX) {
        return WASI_EINVAL;
    }
    struct poll poll;
    poll.instance = instance;
    poll.subscriptions =
        guest_array(instance, subscriptions, count, sizeof(struct wasi_subscription));
    poll.events = guest_array(instance, events, count, sizeof(struct wasi_event));
    poll.count = count;
    poll.monotonic = clock_monotonic();
    poll.realtime = clock_realtime();
    poll.kernel_waits = 0;
    if (poll.subscriptions == NULL || poll.events == NULL ||
        guest_range(instance, result, sizeof(uint32_t)) == NULL) {
        return WASI_EFAULT;
    }
    prepare(&poll);
    if (!hold_descriptors(&poll)) {
        let_go_of_descriptors(&poll);
        return WASI_EMFILE;
    }
    uint32_t written = wait_for_events(&poll);
    let_go_of_descriptors(&poll);
    if (written == 0) {
        return WASI_EINTR;
    }
    return guest_write_u32(instance, result, written) ? WASI_SUCCESS : WASI_EFAULT;
}

static const struct faaslet_host_function functions[] = {
    HOST_FUNCTION(WASI_MODULE, "poll_oneoff", "iiii:i", poll_oneoff),
};

const struct host_section host_wasi_poll = {
    .name = "wasi_poll",
    .functions = functions,
    .count = sizeof functions / sizeof *functions,
};
