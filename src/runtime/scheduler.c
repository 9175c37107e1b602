#include "runtime/scheduler.h"

#include "base/clock.h"
#include "runtime/queue.h"
#include "runtime/runtime.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

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
    // Guarded by the scheduler's mutex.
    unsigned seat;
    pid_t number;            // of the thread, for the kernel
    struct queue_lane *lane; // of the call that it runs, NULL: none
    uint32_t begun;          // scheduler.looks then
    bool blocked;
    bool slow;                           // counts in scheduler.slow
    const struct runtime_helper *helper; // a lent thread, on whose stack this is; NULL: ours
    bool shown;                          // to scheduler_look
};

struct scheduler {
    struct scheduler_config config;
    pthread_mutex_t mutex;
    pthread_cond_t work;   // there is something to do for an idle thread
    pthread_cond_t ending; // a thread has ended
    struct call_queue queue;
    unsigned threads;      // that exist, starting ones and lent ones too
    unsigned lent;         // of those: they belong to somebody else and help
    unsigned idle;         // wait for work
    unsigned blocked;      // wait for something else, in a park
    unsigned running;      // run a call and are not blocked
    struct worker *ended;  // to be joined
    struct worker **seats; // as many as there may be threads
    bool stopping;
    // Calls that run for long do not keep those of other users from beginning (scheduler_look).
    bool crowded;   // somebody looks
    uint32_t looks; // so far
    unsigned slow;  // of those that run: begun before the last look but one
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
        // Signals that end or steer the process are for the thread that started it. All others must
        // come through, whoever starts the worker: a trap whose signal is blocked ends the process.
        sigset_t blocked, before;
        sigemptyset(&blocked);
        static const int steering[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE, SIGCHLD};
        for (size_t i = 0; i < sizeof steering / sizeof *steering; i++) {
            sigaddset(&blocked, steering[i]);
        }
        pthread_sigmask(SIG_SETMASK, &blocked, &before);
        number = pthread_create(&worker->thread, &attributes, worker_main, worker);
        pthread_sigmask(SIG_SETMASK, &before, NULL);
    }
    pthread_attr_destroy(&attributes);
    return number;
}

static unsigned seats(const struct scheduler_config *config) {
    return config->workers + config->extra_workers;
}

// Under the mutex, when there are fewer threads than seats.
static void take_seat(struct scheduler *scheduler, struct worker *worker) {
    while (scheduler->seats[worker->seat] != NULL) {
        worker->seat++;
    }
    scheduler->seats[worker->seat] = worker;
    scheduler->threads++;
}

static void leave_seat(struct scheduler *scheduler, struct worker *worker) {
    scheduler->seats[worker->seat] = NULL;
    scheduler->threads--;
    if (scheduler->stopping) {
        pthread_cond_broadcast(&scheduler->ending);
    }
}

static bool add_worker(struct scheduler *scheduler) {
    struct worker *worker = calloc(1, sizeof *worker);
    if (worker == NULL) {
        return false;
    }
    worker->scheduler = scheduler;
    take_seat(scheduler, worker);
    // Under the mutex, so that `thread` is written before the worker can end and be joined.
    if (start_thread(worker) != 0) {
        leave_seat(scheduler, worker);
        free(worker);
        return false;
    }
    return true;
}

// ---- Room ---------------------------------------------------------------------------------------

// Under the mutex: whether users compete, so that somebody must look.
static bool is_crowded(const struct scheduler *scheduler) {
    const struct call_queue *queue = &scheduler->queue;
    return queue->users_running > 1 ||
           (queue->users_running == 1 && call_queue_ready_below(queue, 1));
}

static void notice_crowd(struct scheduler *scheduler) {
    if (!scheduler->crowded && scheduler->config.crowded != NULL && is_crowded(scheduler)) {
        scheduler->crowded = true;
        scheduler->config.crowded(scheduler->config.context);
    }
}

// Under the mutex: whether only calls of users may begin that run fewer than user_threads.
static bool only_others(const struct scheduler *scheduler) {
    return scheduler->running >= scheduler->config.workers &&
           scheduler->running < scheduler->config.workers + scheduler->slow;
}

static bool has_room(const struct scheduler *scheduler) {
    if (only_others(scheduler)) {
        return call_queue_ready_below(&scheduler->queue, scheduler->config.user_threads);
    }
    return scheduler->running < scheduler->config.workers && call_queue_ready(&scheduler->queue);
}

// Under the mutex: takes the call that may begin now out of the queue; NULL where there is none.
static struct call *take_turn(struct scheduler *scheduler) {
    if (only_others(scheduler)) {
        return call_queue_pop_below(&scheduler->queue, scheduler->config.user_threads);
    }
    return scheduler->running < scheduler->config.workers ? call_queue_pop(&scheduler->queue)
                                                          : NULL;
}

// Under the mutex: sees to it that what is queued finds a thread, if one more may run. False when
// there is no thread at all.
static bool provide_thread(struct scheduler *scheduler) {
    notice_crowd(scheduler);
    if (!has_room(scheduler)) {
        return true;
    }
    if (scheduler->idle > 0) {
        pthread_cond_signal(&scheduler->work);
        return true;
    }
    // Those neither idle nor blocked are running or about to look at the queue.
    if (scheduler->threads - scheduler->blocked < scheduler->config.workers + scheduler->slow &&
        scheduler->threads < seats(&scheduler->config)) {
        add_worker(scheduler); // where it fails, the threads there are go on
    }
    return scheduler->threads > 0;
}

// Under the mutex.
static void set_slow(struct worker *worker, bool slow) {
    worker->scheduler->slow += (unsigned)slow - (unsigned)worker->slow;
    worker->slow = slow;
}

static void worker_blocks(void *context) {
    struct worker *worker = context;
    struct scheduler *scheduler = worker->scheduler;
    pthread_mutex_lock(&scheduler->mutex);
    worker->blocked = true;
    set_slow(worker, false);
    scheduler->blocked++;
    scheduler->running--;
    provide_thread(scheduler);
    pthread_mutex_unlock(&scheduler->mutex);
}

static void worker_resumes(void *context) {
    struct worker *worker = context;
    struct scheduler *scheduler = worker->scheduler;
    pthread_mutex_lock(&scheduler->mutex);
    worker->blocked = false;
    scheduler->blocked--;
    scheduler->running++;
    pthread_mutex_unlock(&scheduler->mutex);
}

// Under the mutex: whether a call that was put into the queue can be left there for the moment.
static bool defer(struct scheduler *scheduler, const struct call *call) {
    if (call->private->in_batch) {
        // Should the thread that helps leave it there, there is one that can be woken.
        return scheduler->threads > scheduler->lent;
    }
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
    return number != ETIMEDOUT || scheduler->threads - scheduler->lent <= scheduler->config.workers;
}

static struct call *next_call(struct scheduler *scheduler) {
    for (;;) {
        if (scheduler->stopping) {
            return NULL;
        }
        struct call *call = take_turn(scheduler);
        if (call != NULL) {
            return call;
        }
        if (!idle_wait(scheduler)) {
            return NULL;
        }
    }
}

// Under the mutex, but while the call runs.
static void run_call(struct worker *worker, struct call *call) {
    struct scheduler *scheduler = worker->scheduler;
    worker->lane = call->private->lane;
    worker->begun = scheduler->looks;
    scheduler->running++;
    if (worker->helper == NULL) {
        provide_thread(scheduler);
    }
    pthread_mutex_unlock(&scheduler->mutex);
    scheduler->config.run(scheduler->config.context, call);
    call_release(call);
    pthread_mutex_lock(&scheduler->mutex);
    scheduler->running--;
    set_slow(worker, false);
    call_queue_done(&scheduler->queue, worker->lane);
    worker->lane = NULL;
}

static void *worker_main(void *argument) {
    struct worker *worker = argument;
    struct scheduler *scheduler = worker->scheduler;
    park_set_hooks(&(struct park_hooks){worker_blocks, worker_resumes, worker});
    pthread_mutex_lock(&scheduler->mutex);
    worker->number = gettid();
    struct call *call;
    while ((call = next_call(scheduler)) != NULL) {
        run_call(worker, call);
    }
    leave_seat(scheduler, worker);
    worker->next = scheduler->ended;
    scheduler->ended = worker;
    provide_thread(scheduler);
    pthread_mutex_unlock(&scheduler->mutex);
    return NULL;
}

// ---- Threads of others --------------------------------------------------------------------------

static void helper_blocks(void *context) {
    const struct worker *worker = context;
    worker->helper->blocks(worker->helper->context);
    worker_blocks(context);
}

// Whether the thread is lost to its owner, and a worker until its call has ended.
static bool is_alone(const struct runtime_helper *helper) {
    return atomic_load(helper->turn) != helper->own_turn;
}

// Under the mutex: takes the call whose turn it is, if one more may run and it is brief.
static struct call *take_brief_turn(struct scheduler *scheduler) {
    unsigned most = only_others(scheduler) ? scheduler->config.user_threads : UINT_MAX;
    const struct call *next = call_queue_next_below(&scheduler->queue, most);
    return next != NULL && next->private->brief && !scheduler->stopping ? take_turn(scheduler)
                                                                        : NULL;
}

// Under the mutex.
static void help(struct worker *worker) {
    struct scheduler *scheduler = worker->scheduler;
    const struct runtime_helper *helper = worker->helper;
    struct call *call;
    for (unsigned i = 0;
         i < helper->calls && !is_alone(helper) && (i == 0 || clock_monotonic() < helper->until) &&
         (call = take_brief_turn(scheduler)) != NULL;
         i++) {
        run_call(worker, call);
    }
}

bool scheduler_help(struct scheduler *scheduler, const struct runtime_helper *helper) {
    struct worker worker = {.scheduler = scheduler, .helper = helper, .number = helper->thread};
    park_set_hooks(&(struct park_hooks){helper_blocks, worker_resumes, &worker});
    pthread_mutex_lock(&scheduler->mutex);
    if (scheduler->threads < seats(&scheduler->config)) {
        take_seat(scheduler, &worker);
        scheduler->lent++;
        help(&worker);
        scheduler->lent--;
        leave_seat(scheduler, &worker);
    }
    provide_thread(scheduler);
    pthread_mutex_unlock(&scheduler->mutex);
    park_set_hooks(NULL);
    return !worker.shown;
}

void scheduler_wake(struct scheduler *scheduler) {
    pthread_mutex_lock(&scheduler->mutex);
    provide_thread(scheduler);
    pthread_mutex_unlock(&scheduler->mutex);
}

// ---- The scheduler ------------------------------------------------------------------------------

struct scheduler *scheduler_new(const struct scheduler_config *config, struct error *error) {
    struct scheduler *scheduler = calloc(1, sizeof *scheduler);
    struct worker **all_seats = calloc(seats(config), sizeof *all_seats);
    if (scheduler == NULL || all_seats == NULL) {
        free(all_seats);
        free(scheduler);
        error_set(error, ERROR_MEMORY, "scheduler");
        return NULL;
    }
    scheduler->config = *config;
    scheduler->seats = all_seats;
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
    free(scheduler->seats);
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

bool scheduler_leave(struct scheduler *scheduler, const struct call *call) {
    pthread_mutex_lock(&scheduler->mutex);
    const struct call_private *private = call->private;
    bool more = scheduler->idle > 0 || scheduler->running > 1 ||
                scheduler->threads < seats(&scheduler->config);
    bool leave = !private->in_queue || (more && queue_lane_ready(private->lane));
    pthread_mutex_unlock(&scheduler->mutex);
    return leave;
}

bool scheduler_run_here(struct scheduler *scheduler, struct call *call) {
    bool ours = scheduler_take(scheduler, call);
    if (ours) {
        scheduler->config.run(scheduler->config.context, call);
        call_release(call);
    }
    return ours;
}

// ---- Users that compete -------------------------------------------------------------------------

static void look_at(struct worker *worker, struct scheduler_seat *views, unsigned *count) {
    struct scheduler *scheduler = worker->scheduler;
    if (worker->lane == NULL) {
        return;
    }
    set_slow(worker, !worker->blocked && scheduler->looks - worker->begun > 1);
    if (worker->helper != NULL && !is_alone(worker->helper)) {
        return; // it works for everybody
    }
    worker->shown = true;
    struct scheduler_seat *view = &views[(*count)++];
    view->number = worker->seat;
    view->thread = worker->number;
    snprintf(view->user, sizeof view->user, "%s", queue_lane_user(worker->lane));
}

bool scheduler_look(struct scheduler *scheduler, struct scheduler_seat *views, unsigned *count) {
    *count = 0;
    pthread_mutex_lock(&scheduler->mutex);
    scheduler->looks++;
    scheduler->crowded = is_crowded(scheduler) && !scheduler->stopping;
    for (unsigned i = 0; i < seats(&scheduler->config); i++) {
        if (scheduler->seats[i] != NULL) {
            look_at(scheduler->seats[i], views, count);
        }
    }
    bool go_on = scheduler->crowded;
    if (go_on) {
        provide_thread(scheduler);
    }
    pthread_mutex_unlock(&scheduler->mutex);
    return go_on;
}

unsigned scheduler_seats(const struct scheduler_config *config) {
    return seats(config);
}

void scheduler_counts(struct scheduler *scheduler, struct scheduler_counts *counts) {
    pthread_mutex_lock(&scheduler->mutex);
    counts->queued = scheduler->queue.count;
    counts->threads = scheduler->threads;
    counts->blocked = scheduler->blocked;
    pthread_mutex_unlock(&scheduler->mutex);
}
