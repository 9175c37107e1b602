#include "runtime/scheduler.h"

#include "base/clock.h"
#include "runtime/queue.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

// Guest code has stacks of its own; these carry the runtime, the dynamic loader and what is called
// when a call has finished.
#define WORKER_STACK_BYTES ((size_t)512 * 1024)

enum {
    IDLE_SECONDS = 5, // before a thread beyond the configured number ends
    TICK_NANOSECONDS = 1000000,
    TICKS_MAX = 20, // without chained calls, before they end
};

struct worker {
    pthread_t thread;
    struct scheduler *scheduler;
    struct worker *next; // of those that have ended
};

struct scheduler {
    struct scheduler_config config;
    pthread_mutex_t mutex;
    pthread_cond_t work;   // there is something to do for an idle thread
    pthread_cond_t ending; // a thread has ended
    struct call_queue queue;
    unsigned threads;     // that exist, starting ones too
    unsigned idle;        // wait for work
    unsigned blocked;     // wait for something else, in a park
    unsigned running;     // run a call and are not blocked
    struct worker *ended; // to be joined
    bool stopping;
    // Waking a thread costs more than a short call. So a call that was just chained is left to the
    // thread that chained it, which is likely to await it soon, while an idle thread, the ticker,
    // looks at the queue every millisecond.
    bool ticker;          // there is one
    bool chained;         // since it looked last
    unsigned quiet_ticks; // since calls were chained
};

// ---- Threads ------------------------------------------------------------------------------------

static void *worker_main(void *argument);

static void join_ended(struct worker *ended) {
    while (ended != NULL) {
        struct worker *next = ended->next;
        pthread_join(ended->thread, NULL);
        free(ended);
        ended = next;
    }
}

static int start_thread(struct worker *worker) {
    pthread_attr_t attributes;
    int number = pthread_attr_init(&attributes);
    if (number != 0) {
        return number;
    }
    number = pthread_attr_setstacksize(&attributes, WORKER_STACK_BYTES);
    if (number == 0) {
        // Signals that end or steer the process are for the thread that started it.
        sigset_t blocked, before;
        sigemptyset(&blocked);
        static const int steering[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE, SIGCHLD};
        for (size_t i = 0; i < sizeof steering / sizeof *steering; i++) {
            sigaddset(&blocked, steering[i]);
        }
        pthread_sigmask(SIG_BLOCK, &blocked, &before);
        number = pthread_create(&worker->thread, &attributes, worker_main, worker);
        pthread_sigmask(SIG_SETMASK, &before, NULL);
    }
    pthread_attr_destroy(&attributes);
    return number;
}

static bool add_worker(struct scheduler *scheduler) {
    struct worker *worker = calloc(1, sizeof *worker);
    if (worker == NULL) {
        return false;
    }
    worker->scheduler = scheduler;
    scheduler->threads++;
    // Under the mutex, so that `thread` is written before the worker can end and be joined.
    if (start_thread(worker) != 0) {
        scheduler->threads--;
        free(worker);
        return false;
    }
    return true;
}

// Under the mutex: sees to it that what is queued finds a thread, if one more may run. False when
// there is no thread at all.
static bool provide_thread(struct scheduler *scheduler) {
    if (!call_queue_ready(&scheduler->queue) || scheduler->running >= scheduler->config.workers) {
        return true;
    }
    if (scheduler->idle > 0) {
        pthread_cond_signal(&scheduler->work);
        return true;
    }
    // Those neither idle nor blocked are running or about to look at the queue.
    if (scheduler->threads - scheduler->blocked < scheduler->config.workers &&
        scheduler->threads < scheduler->config.workers + scheduler->config.extra_workers) {
        add_worker(scheduler); // where it fails, the threads there are go on
    }
    return scheduler->threads > 0;
}

static void worker_blocks(void *context) {
    struct scheduler *scheduler = context;
    pthread_mutex_lock(&scheduler->mutex);
    scheduler->blocked++;
    scheduler->running--;
    provide_thread(scheduler);
    pthread_mutex_unlock(&scheduler->mutex);
}

static void worker_resumes(void *context) {
    struct scheduler *scheduler = context;
    pthread_mutex_lock(&scheduler->mutex);
    scheduler->blocked--;
    scheduler->running++;
    pthread_mutex_unlock(&scheduler->mutex);
}

// Under the mutex: whether a call that was put into the queue can be left there for the moment.
static bool defer(struct scheduler *scheduler, const struct call *call) {
    if (!call->private->by_runner || scheduler->queue.count > 1) {
        return false;
    }
    scheduler->chained = true;
    return scheduler->ticker;
}

static int wait_for_work(struct scheduler *scheduler, uint64_t nanoseconds) {
    uint64_t until = clock_monotonic() + nanoseconds;
    struct timespec time = {
        .tv_sec = (time_t)(until / 1000000000u),
        .tv_nsec = (long)(until % 1000000000u),
    };
    scheduler->idle++;
    int number = pthread_cond_timedwait(&scheduler->work, &scheduler->mutex, &time);
    scheduler->idle--;
    return number;
}

static void tick(struct scheduler *scheduler) {
    scheduler->ticker = true;
    int number = wait_for_work(scheduler, TICK_NANOSECONDS);
    scheduler->ticker = false;
    if (number == ETIMEDOUT) {
        scheduler->quiet_ticks = scheduler->chained ? 0 : scheduler->quiet_ticks + 1;
        scheduler->chained = false;
    }
}

// Under the mutex: waits until there may be work. False when this thread is one too many.
static bool idle_wait(struct scheduler *scheduler) {
    bool chaining = scheduler->chained || scheduler->quiet_ticks < TICKS_MAX;
    if (chaining && scheduler->running > 0 && !scheduler->ticker) {
        tick(scheduler);
        return true;
    }
    int number = wait_for_work(scheduler, IDLE_SECONDS * 1000000000ull);
    return number != ETIMEDOUT || scheduler->threads <= scheduler->config.workers;
}

static struct call *next_call(struct scheduler *scheduler) {
    for (;;) {
        if (scheduler->stopping) {
            return NULL;
        }
        if (scheduler->running < scheduler->config.workers) {
            struct call *call = call_queue_pop(&scheduler->queue);
            if (call != NULL) {
                return call;
            }
        }
        if (!idle_wait(scheduler)) {
            return NULL;
        }
    }
}

static void *worker_main(void *argument) {
    struct worker *worker = argument;
    struct scheduler *scheduler = worker->scheduler;
    park_set_hooks(&(struct park_hooks){worker_blocks, worker_resumes, scheduler});
    pthread_mutex_lock(&scheduler->mutex);
    struct call *call;
    while ((call = next_call(scheduler)) != NULL) {
        scheduler->running++;
        provide_thread(scheduler);
        pthread_mutex_unlock(&scheduler->mutex);
        struct queue_lane *lane = call->private->lane;
        scheduler->config.run(scheduler->config.context, call);
        call_release(call);
        pthread_mutex_lock(&scheduler->mutex);
        scheduler->running--;
        call_queue_done(&scheduler->queue, lane);
    }
    scheduler->threads--;
    worker->next = scheduler->ended;
    scheduler->ended = worker;
    provide_thread(scheduler);
    pthread_cond_broadcast(&scheduler->ending);
    pthread_mutex_unlock(&scheduler->mutex);
    return NULL;
}

// ---- The scheduler ------------------------------------------------------------------------------

struct scheduler *scheduler_new(const struct scheduler_config *config, struct error *error) {
    struct scheduler *scheduler = calloc(1, sizeof *scheduler);
    if (scheduler == NULL) {
        error_set(error, ERROR_MEMORY, "scheduler");
        return NULL;
    }
    scheduler->config = *config;
    scheduler->quiet_ticks = TICKS_MAX;
    pthread_mutexattr_t adaptive;
    pthread_mutexattr_init(&adaptive);
    pthread_mutexattr_settype(&adaptive, PTHREAD_MUTEX_ADAPTIVE_NP);
    pthread_mutex_init(&scheduler->mutex, &adaptive);
    pthread_mutexattr_destroy(&adaptive);
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&scheduler->work, &attributes);
    pthread_cond_init(&scheduler->ending, &attributes);
    pthread_condattr_destroy(&attributes);
    return scheduler;
}

static void abandon_queue(struct scheduler *scheduler) {
    struct call *call;
    while ((call = call_queue_drain(&scheduler->queue)) != NULL) {
        pthread_mutex_unlock(&scheduler->mutex);
        scheduler->config.abandon(scheduler->config.context, call);
        call_release(call);
        pthread_mutex_lock(&scheduler->mutex);
    }
}

bool scheduler_stop(struct scheduler *scheduler, uint64_t deadline) {
    struct timespec until = {
        .tv_sec = (time_t)(deadline / 1000000000u),
        .tv_nsec = (long)(deadline % 1000000000u),
    };
    pthread_mutex_lock(&scheduler->mutex);
    scheduler->stopping = true;
    abandon_queue(scheduler);
    pthread_cond_broadcast(&scheduler->work);
    int number = 0;
    while (scheduler->threads > 0 && number != ETIMEDOUT) {
        number = deadline == UINT64_MAX
                     ? pthread_cond_wait(&scheduler->ending, &scheduler->mutex)
                     : pthread_cond_timedwait(&scheduler->ending, &scheduler->mutex, &until);
    }
    bool all = scheduler->threads == 0;
    struct worker *ended = scheduler->ended;
    scheduler->ended = NULL;
    pthread_mutex_unlock(&scheduler->mutex);
    join_ended(ended);
    return all;
}

void scheduler_delete(struct scheduler *scheduler) {
    call_queue_destroy(&scheduler->queue);
    pthread_cond_destroy(&scheduler->work);
    pthread_cond_destroy(&scheduler->ending);
    pthread_mutex_destroy(&scheduler->mutex);
    free(scheduler);
}

static bool admit(struct scheduler *scheduler, const struct call *call, struct error *error) {
    const struct call_queue *queue = &scheduler->queue;
    if (scheduler->stopping) {
        return error_set(error, ERROR_UNAVAILABLE, "the runtime is stopping");
    }
    if (queue->count >= scheduler->config.queued_calls) {
        return error_set(error, ERROR_BUSY, "%zu calls are queued already", queue->count);
    }
    if (call->input.length > scheduler->config.queued_bytes - queue->bytes) {
        return error_set(error, ERROR_BUSY, "calls with %zu bytes of input are queued already",
                         queue->bytes);
    }
    return true;
}

bool scheduler_submit(struct scheduler *scheduler, struct call *call, struct error *error) {
    pthread_mutex_lock(&scheduler->mutex);
    bool done = admit(scheduler, call, error) && call_queue_push(&scheduler->queue, call, error);
    if (done) {
        call_acquire(call);
        if (!call->private->waits_here && !defer(scheduler, call) && !provide_thread(scheduler)) {
            call_queue_remove(&scheduler->queue, call);
            call_release(call); // not the last reference: the caller has one
            done = error_set(error, ERROR_UNAVAILABLE, "no thread can be started to run calls");
        }
    }
    struct worker *ended = scheduler->ended;
    scheduler->ended = NULL;
    pthread_mutex_unlock(&scheduler->mutex);
    join_ended(ended);
    return done;
}

bool scheduler_take(struct scheduler *scheduler, struct call *call) {
    pthread_mutex_lock(&scheduler->mutex);
    bool ours = call->private->in_queue;
    if (ours) {
        call_queue_remove(&scheduler->queue, call);
    }
    pthread_mutex_unlock(&scheduler->mutex);
    return ours;
}

bool scheduler_run_here(struct scheduler *scheduler, struct call *call) {
    bool ours = scheduler_take(scheduler, call);
    if (ours) {
        scheduler->config.run(scheduler->config.context, call);
        call_release(call);
    }
    return ours;
}

void scheduler_counts(struct scheduler *scheduler, struct scheduler_counts *counts) {
    pthread_mutex_lock(&scheduler->mutex);
    counts->queued = scheduler->queue.count;
    counts->threads = scheduler->threads;
    counts->blocked = scheduler->blocked;
    pthread_mutex_unlock(&scheduler->mutex);
}
