#include "faaslet/park.h"

#include "faaslet/exclusive.h"
#include "faaslet/park_waiter.h"
#include "faaslet/run.h"
#include "faaslet/space.h"

#include <errno.h>
#include <linux/futex.h>
#include <stddef.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

// Bits of park.state. The interrupt has one of its own: it must not use up a wake.
enum { PARK_STATE_WOKEN = 1, PARK_STATE_INTERRUPTED = 2 };

static void futex_wake(_Atomic uint32_t *word) {
    syscall(SYS_futex, word, FUTEX_WAKE | FUTEX_PRIVATE_FLAG, 1, NULL, NULL, 0);
}

// An absolute deadline needs FUTEX_WAIT_BITSET. Returns an errno value, 0 when woken.
static int futex_wait(_Atomic uint32_t *word, uint32_t expected, uint64_t deadline) {
    struct timespec until = {
        .tv_sec = (time_t)(deadline / 1000000000u),
        .tv_nsec = (long)(deadline % 1000000000u),
    };
    long result = syscall(SYS_futex, word, FUTEX_WAIT_BITSET | FUTEX_PRIVATE_FLAG, expected,
                          deadline == PARK_FOREVER ? NULL : &until, NULL, FUTEX_BITSET_MATCH_ANY);
    return result < 0 ? errno : 0;
}

void park_wake(struct park *park) {
    // Once the bit is set the waiter may return and free the park: a wake of a word that is gone
    // is harmless, the address is not read.
    uint32_t before = atomic_fetch_or(&park->state, PARK_STATE_WOKEN);
    if ((before & PARK_STATE_WOKEN) == 0) {
        futex_wake(&park->state);
    }
}

void park_interrupt_waiters(struct faaslet *faaslet) {
    for (struct park_waiter *waiter = faaslet->waiters; waiter != NULL; waiter = waiter->next) {
        atomic_fetch_or(&waiter->park->state, PARK_STATE_INTERRUPTED);
        futex_wake(&waiter->park->state);
    }
}

void park_set_hooks(const struct park_hooks *hooks) {
    if (hooks == NULL) {
        memset(&run_thread.hooks, 0, sizeof run_thread.hooks);
    } else {
        run_thread.hooks = *hooks;
    }
}

// Enters the waiter in the Faaslet's list; false when its call has been asked to stop already.
static bool enlist(struct faaslet *faaslet, struct park_waiter *waiter) {
    pthread_mutex_lock(&faaslet->lock);
    const struct faaslet_run *run = run_current(faaslet);
    bool go_on = run == NULL || atomic_load(&run->stop) == 0;
    if (go_on) {
        waiter->next = faaslet->waiters;
        waiter->link = &faaslet->waiters;
        if (waiter->next != NULL) {
            waiter->next->link = &waiter->next;
        }
        faaslet->waiters = waiter;
    }
    pthread_mutex_unlock(&faaslet->lock);
    return go_on;
}

static void delist(struct faaslet *faaslet, struct park_waiter *waiter) {
    pthread_mutex_lock(&faaslet->lock);
    *waiter->link = waiter->next;
    if (waiter->next != NULL) {
        waiter->next->link = waiter->link;
    }
    atomic_fetch_and(&waiter->park->state, ~(uint32_t)PARK_STATE_INTERRUPTED);
    pthread_mutex_unlock(&faaslet->lock);
}

static enum park_result block(struct park *park, uint64_t deadline) {
    for (;;) {
        uint32_t state = atomic_load(&park->state);
        if (state & PARK_STATE_WOKEN) {
            atomic_fetch_and(&park->state, ~(uint32_t)PARK_STATE_WOKEN);
            return PARK_WOKEN;
        }
        if (state & PARK_STATE_INTERRUPTED) {
            return PARK_INTERRUPTED;
        }
        if (futex_wait(&park->state, 0, deadline) == ETIMEDOUT) {
            return PARK_TIMED_OUT;
        }
    }
}

// What blocks may itself park: the outermost one counts.
void park_block_begin(void) {
    if (run_thread.blocks++ > 0) {
        return;
    }
    exclusive_lend();
    if (run_thread.hooks.blocking != NULL) {
        run_thread.hooks.blocking(run_thread.hooks.context);
    }
}

void park_block_end(void) {
    if (--run_thread.blocks > 0) {
        return;
    }
    if (run_thread.hooks.resumed != NULL) {
        run_thread.hooks.resumed(run_thread.hooks.context);
    }
    exclusive_take_back();
}

enum park_result park_wait(struct park *park, struct faaslet *faaslet, uint64_t deadline) {
    if (atomic_fetch_and(&park->state, ~(uint32_t)PARK_STATE_WOKEN) & PARK_STATE_WOKEN) {
        return PARK_WOKEN;
    }
    struct park_waiter waiter = {.park = park};
    if (faaslet != NULL && !enlist(faaslet, &waiter)) {
        return PARK_INTERRUPTED;
    }
    park_block_begin();
    enum park_result result = block(park, deadline);
    if (faaslet != NULL) {
        delist(faaslet, &waiter);
    }
    park_block_end();
    return result;
}
