#include "server/loops.h"

#include "base/clock.h"
#include "base/log.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#define THREAD_STACK_BYTES ((size_t)1024 * 1024)

enum {
    BATCH_NANOSECONDS = 250000, // after which connections come first again
    TICK_NANOSECONDS = 500000,  // a loop is taken between one and two of them
    QUIET_TICKS = 8,            // in which no loop ran calls, before the watcher sleeps
    IDLE_SECONDS = 5,           // before a thread beyond those needed ends
    FAILED_MILLISECONDS = 10,
    KEPT_MAX = 64,
};

struct loop {
    struct loops *loops;
    struct MHD_Daemon *daemon;
    int epoll, event; // the daemon's, and one to wake who waits for it
    // Even: its owner serves connections. Odd: the owner runs calls, and whoever makes it even is
    // the owner from then on.
    _Atomic uint64_t turn;
    _Atomic bool asleep; // the owner waits, or is about to look at `woken` before it does
    _Atomic bool woken;
    struct loop *next; // of those without a thread

    // The owner's.
    struct runtime_batch batch;
    bool reserved; // a spare thread, for the batch
    void *kept[KEPT_MAX];
    unsigned kept_count;
    bool quiesced;
    bool again; // the daemon is to run again before anybody waits
    struct loop_chore *chores;

    uint64_t seen; // the watcher's: `turn` at its last tick
};

struct loop_thread {
    pthread_t thread;
    struct loops *loops;
    struct loop *first;       // that it owns when it starts, or NULL
    pid_t number;             // for the kernel
    bool useless;             // for connections, after a call that a user's limits held for
    struct loop_thread *next; // of those that have ended
};

struct loops {
    struct loops_config config;
    struct loop *loops;
    unsigned started;        // daemons
    _Atomic unsigned open;   // that accept connections
    _Atomic unsigned spares; // threads without a loop that no loop has reserved
    _Atomic bool quiescing, ending;
    _Atomic bool watching; // the watcher ticks
    pthread_t watcher;
    bool has_watcher;
    _Atomic uint64_t calls, taken; // as loops_counts says

    pthread_mutex_t mutex; // guards what follows
    pthread_cond_t orphaned, ended, watch;
    struct loop *orphans; // taken, and not yet owned by another thread
    unsigned threads;
    struct loop_thread *over; // to be joined
};

// ---- Spare threads ------------------------------------------------------------------------------

static bool reserve(struct loops *loops) {
    unsigned spares = atomic_load_explicit(&loops->spares, memory_order_relaxed);
    while (spares > 0) {
        if (atomic_compare_exchange_weak(&loops->spares, &spares, spares - 1)) {
            return true;
        }
    }
    return false;
}

static void *thread_main(void *argument);

static int create_thread(pthread_t *thread, void *(*run)(void *argument), void *argument) {
    pthread_attr_t attributes;
    int number = pthread_attr_init(&attributes);
    if (number != 0) {
        return number;
    }
    number = pthread_attr_setstacksize(&attributes, THREAD_STACK_BYTES);
    if (number == 0) {
        // Those that interrupt guests come to the thread that runs them; others are not for these.
        sigset_t blocked, before;
        sigemptyset(&blocked);
        static const int others[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE, SIGCHLD, SIGALRM};
        for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
            sigaddset(&blocked, others[i]);
        }
        pthread_sigmask(SIG_BLOCK, &blocked, &before);
        number = pthread_create(thread, &attributes, run, argument);
        pthread_sigmask(SIG_SETMASK, &before, NULL);
    }
    pthread_attr_destroy(&attributes);
    return number;
}

// Adds a thread that owns a loop, or is spare. 0 or an errno value.
static int add_thread(struct loops *loops, struct loop *loop) {
    struct loop_thread *thread = calloc(1, sizeof *thread);
    if (thread == NULL) {
        return ENOMEM;
    }
    thread->loops = loops;
    thread->first = loop;
    // Under the mutex, so that `thread` is written before the thread can end and be joined.
    pthread_mutex_lock(&loops->mutex);
    int number = create_thread(&thread->thread, thread_main, thread);
    if (number == 0) {
        loops->threads++;
    }
    pthread_mutex_unlock(&loops->mutex);
    if (number != 0) {
        free(thread);
    } else if (loop == NULL) {
        atomic_fetch_add(&loops->spares, 1);
    }
    return number;
}

static void join_over(struct loops *loops) {
    pthread_mutex_lock(&loops->mutex);
    struct loop_thread *over = loops->over;
    loops->over = NULL;
    pthread_mutex_unlock(&loops->mutex);
    while (over != NULL) {
        struct loop_thread *next = over->next;
        pthread_join(over->thread, NULL);
        free(over);
        over = next;
    }
}

// One spare thread for each loop. Where there can be no more, calls are for the workers.
static void refill(struct loops *loops) {
    join_over(loops);
    pthread_mutex_lock(&loops->mutex);
    bool wanted = loops->threads < 2 * loops->config.count + loops->config.extra_threads;
    pthread_mutex_unlock(&loops->mutex);
    if (wanted && atomic_load(&loops->spares) < loops->config.count) {
        int number = add_thread(loops, NULL);
        if (number != 0) {
            struct error error;
            error_set_errno(&error, number, "a spare thread for connections");
            log_debug("%s", error.message);
        }
    }
}

// Under the mutex: the next loop that has lost its thread; NULL when this thread is to end.
static struct loop *wait_for_orphan(struct loops *loops) {
    while (loops->orphans == NULL && !atomic_load(&loops->ending)) {
        uint64_t until = clock_monotonic() + IDLE_SECONDS * 1000000000ull;
        const struct timespec time = {
            .tv_sec = (time_t)(until / 1000000000u),
            .tv_nsec = (long)(until % 1000000000u),
        };
        int number = pthread_cond_timedwait(&loops->orphaned, &loops->mutex, &time);
        if (number == ETIMEDOUT && loops->orphans == NULL &&
            atomic_load(&loops->spares) > loops->config.count && reserve(loops)) {
            return NULL;
        }
    }
    struct loop *loop = loops->orphans;
    if (loop != NULL) {
        loops->orphans = loop->next;
    }
    return loop;
}

// ---- Taking a loop from its thread --------------------------------------------------------------

// Takes the loop if its thread still runs the calls of that turn, and gives it to the thread that
// was reserved.
static bool take(struct loop *loop, uint64_t turn) {
    if (!atomic_compare_exchange_strong(&loop->turn, &turn, turn + 1)) {
        return false;
    }
    struct loops *loops = loop->loops;
    atomic_fetch_add_explicit(&loops->taken, 1, memory_order_relaxed);
    pthread_mutex_lock(&loops->mutex);
    loop->next = loops->orphans;
    loops->orphans = loop;
    pthread_cond_signal(&loops->orphaned);
    pthread_mutex_unlock(&loops->mutex);
    return true;
}

// Looks at each loop; whether any has run calls since the last time.
static bool tick(struct loops *loops) {
    bool active = false;
    for (unsigned i = 0; i < loops->config.count; i++) {
        struct loop *loop = &loops->loops[i];
        uint64_t turn = atomic_load(&loop->turn);
        bool same = turn == loop->seen;
        loop->seen = turn;
        active |= !same;
        if (same && turn % 2 == 1 && take(loop, turn)) {
            runtime_wake(loops->config.runtime);
        }
    }
    return active;
}

static bool any_runs_calls(const struct loops *loops) {
    for (unsigned i = 0; i < loops->config.count; i++) {
        if (atomic_load(&loops->loops[i].turn) % 2 == 1) {
            return true;
        }
    }
    return false;
}

static void *watch(void *context) {
    struct loops *loops = context;
    const struct timespec pause = {.tv_nsec = TICK_NANOSECONDS};
    unsigned quiet = 0;
    while (!atomic_load(&loops->ending)) {
        nanosleep(&pause, NULL);
        quiet = tick(loops) ? 0 : quiet + 1;
        if (quiet < QUIET_TICKS) {
            continue;
        }
        // A thread that begins says so first and looks second; here it is the other way round.
        pthread_mutex_lock(&loops->mutex);
        atomic_store(&loops->watching, false);
        if (!any_runs_calls(loops) && !atomic_load(&loops->ending)) {
            pthread_cond_wait(&loops->watch, &loops->mutex);
        }
        atomic_store(&loops->watching, true);
        pthread_mutex_unlock(&loops->mutex);
        quiet = 0;
    }
    return NULL;
}

// ---- Running a batch ----------------------------------------------------------------------------

struct round {
    struct loop *loop;
    uint64_t turn; // while the loop is ours
};

static void blocks(void *context) {
    const struct round *round = context;
    take(round->loop, round->turn);
}

// Runs calls in a turn of the loop. False when it has been taken meanwhile.
static bool run_batch(struct loop_thread *thread, struct loop *loop) {
    struct loops *loops = loop->loops;
    struct round round = {loop, atomic_load_explicit(&loop->turn, memory_order_relaxed) + 1};
    const struct runtime_helper helper = {
        .calls = 2 * loop->batch.count, // those of others may have their turns before
        .until = clock_monotonic() + BATCH_NANOSECONDS,
        .turn = &loop->turn,
        .own_turn = round.turn,
        .thread = thread->number,
        .blocks = blocks,
        .context = &round,
    };
    atomic_fetch_add_explicit(&loops->calls, loop->batch.count, memory_order_relaxed);
    loop->batch = (struct runtime_batch){0};
    loop->reserved = false;
    atomic_store(&loop->turn, round.turn);
    if (!atomic_load(&loops->watching)) {
        pthread_mutex_lock(&loops->mutex);
        pthread_cond_signal(&loops->watch);
        pthread_mutex_unlock(&loops->mutex);
    }
    thread->useless = !runtime_help(loops->config.runtime, &helper);
    uint64_t turn = round.turn;
    bool ours = atomic_compare_exchange_strong(&loop->turn, &turn, turn + 1);
    if (!thread->useless) {
        // The reserved thread was not needed; where it was, this one takes its place.
        atomic_fetch_add(&loops->spares, 1);
    }
    return ours;
}

// ---- Serving connections ------------------------------------------------------------------------

static void wake(struct loop *loop) {
    atomic_store(&loop->woken, true);
    if (atomic_exchange(&loop->asleep, false)) {
        eventfd_write(loop->event, 1);
    }
}

void loop_put_off(struct loop *loop, struct loop_chore *chore) {
    if (chore->link == NULL) {
        chore->next = loop->chores;
        chore->link = &loop->chores;
        if (chore->next != NULL) {
            chore->next->link = &chore->next;
        }
        loop->chores = chore;
    }
}

void loop_call_off(struct loop_chore *chore) {
    if (chore->link != NULL) {
        *chore->link = chore->next;
        if (chore->next != NULL) {
            chore->next->link = chore->link;
        }
        chore->link = NULL;
    }
}

static void run_chores(struct loop *loop) {
    while (loop->chores != NULL) {
        struct loop_chore *chore = loop->chores;
        loop_call_off(chore);
        chore->run(chore);
    }
}

// Waits until the daemon has something to do.
static void wait_for_events(struct loop *loop) {
    MHD_UNSIGNED_LONG_LONG timeout = 0;
    bool timed = MHD_get_timeout(loop->daemon, &timeout) == MHD_YES;
    if (loop->again || (timed && timeout == 0)) {
        return;
    }
    atomic_store(&loop->asleep, true);
    if (!atomic_load(&loop->woken)) {
        struct pollfd fds[] = {{.fd = loop->epoll, .events = POLLIN},
                               {.fd = loop->event, .events = POLLIN}};
        int wait = !timed ? -1 : timeout < INT32_MAX ? (int)timeout : INT32_MAX;
        if (poll(fds, 2, wait) > 0 && fds[1].revents != 0) {
            eventfd_t count;
            eventfd_read(loop->event, &count);
        }
    }
    atomic_store(&loop->asleep, false);
}

static void quiesce(struct loop *loop) {
    struct loops *loops = loop->loops;
    loop->quiesced = true;
    MHD_quiesce_daemon(loop->daemon);
    if (atomic_fetch_sub(&loops->open, 1) == 1) {
        loops->config.quiesced(loops->config.context);
    }
}

// Serves the loop until it is taken, or all is to end.
static void own(struct loop_thread *thread, struct loop *loop) {
    struct loops *loops = loop->loops;
    while (!atomic_load(&loops->ending)) {
        // What is done before a wake is seen after this.
        atomic_exchange(&loop->woken, false);
        if (atomic_load(&loops->quiescing) && !loop->quiesced) {
            quiesce(loop);
        }
        loop->again = false;
        if (MHD_run_wait(loop->daemon, 0) != MHD_YES) {
            poll(NULL, 0, FAILED_MILLISECONDS);
        }
        run_chores(loop);
        if (loop->batch.count > 0) {
            if (!run_batch(thread, loop)) {
                return;
            }
        } else if (loop->reserved) {
            loop->reserved = false;
            atomic_fetch_add(&loops->spares, 1);
        }
        wait_for_events(loop);
    }
}

static void *thread_main(void *argument) {
    struct loop_thread *thread = argument;
    struct loops *loops = thread->loops;
    struct loop *loop = thread->first;
    thread->number = gettid();
    for (;;) {
        if (loop != NULL) {
            own(thread, loop);
        }
        pthread_mutex_lock(&loops->mutex);
        loop = thread->useless ? NULL : wait_for_orphan(loops);
        if (loop == NULL) {
            break;
        }
        pthread_mutex_unlock(&loops->mutex);
        refill(loops);
    }
    loops->threads--;
    thread->next = loops->over;
    loops->over = thread;
    pthread_cond_signal(&loops->ended);
    pthread_mutex_unlock(&loops->mutex);
    return NULL;
}

// ---- What handlers do ---------------------------------------------------------------------------

void *loop_context(const struct loop *loop) {
    return loop->loops->config.context;
}

struct runtime_batch *loop_batch(struct loop *loop) {
    if (!loop->reserved) {
        loop->reserved = reserve(loop->loops);
    }
    return loop->reserved ? &loop->batch : NULL;
}

void loop_run_again(struct loop *loop) {
    loop->again = true;
}

void loop_keep(struct loop *loop, void *memory) {
    if (loop->kept_count < KEPT_MAX) {
        loop->kept[loop->kept_count++] = memory;
    } else {
        free(memory);
    }
}

void *loop_take_kept(struct loop *loop) {
    return loop->kept_count > 0 ? loop->kept[--loop->kept_count] : NULL;
}

void loop_resume(struct loop *loop, struct MHD_Connection *connection) {
    MHD_resume_connection(connection);
    wake(loop);
}

// ---- Their life ---------------------------------------------------------------------------------

static bool start_loop(struct loops *loops, struct loop *loop, struct error *error) {
    loop->loops = loops;
    loop->event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (loop->event < 0) {
        return error_set_errno(error, errno, "eventfd");
    }
    loop->daemon = loops->config.start(loops->config.context, loop);
    if (loop->daemon == NULL) {
        close(loop->event);
        return error_set(error, ERROR_IO, "an HTTP daemon did not start");
    }
    loops->started++;
    atomic_fetch_add(&loops->open, 1);
    const union MHD_DaemonInfo *info = MHD_get_daemon_info(loop->daemon, MHD_DAEMON_INFO_EPOLL_FD);
    loop->epoll = info != NULL ? info->epoll_fd : -1;
    return loop->epoll >= 0 || error_set(error, ERROR_IO, "an HTTP daemon has no epoll set");
}

static bool start(struct loops *loops, struct error *error) {
    unsigned count = loops->config.count;
    for (unsigned i = 0; i < count; i++) {
        if (!start_loop(loops, &loops->loops[i], error)) {
            return false;
        }
    }
    int number = create_thread(&loops->watcher, watch, loops);
    loops->has_watcher = number == 0;
    // Loops come last: once one is served, others may resume its connections.
    for (unsigned i = 0; i < 2 * count && number == 0; i++) {
        number = add_thread(loops, i < count ? NULL : &loops->loops[i - count]);
    }
    return number == 0 || error_set_errno(error, number, "threads for connections");
}

struct loops *loops_new(const struct loops_config *config, struct error *error) {
    struct loops *loops = calloc(1, sizeof *loops);
    struct loop *each = calloc(config->count, sizeof *each);
    if (loops == NULL || each == NULL) {
        free(loops);
        free(each);
        error_set(error, ERROR_MEMORY, "HTTP threads");
        return NULL;
    }
    loops->config = *config;
    loops->loops = each;
    atomic_init(&loops->watching, true);
    pthread_mutex_init(&loops->mutex, NULL);
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&loops->orphaned, &attributes);
    pthread_cond_init(&loops->ended, &attributes);
    pthread_cond_init(&loops->watch, &attributes);
    pthread_condattr_destroy(&attributes);
    if (!start(loops, error)) {
        loops_delete(loops);
        return NULL;
    }
    return loops;
}

static void wake_all(struct loops *loops) {
    for (unsigned i = 0; i < loops->started; i++) {
        wake(&loops->loops[i]);
    }
}

void loops_quiesce(struct loops *loops) {
    atomic_store(&loops->quiescing, true);
    wake_all(loops);
}

void loops_counts(struct loops *loops, struct loops_counts *counts) {
    counts->calls = atomic_load(&loops->calls);
    counts->taken = atomic_load(&loops->taken);
    pthread_mutex_lock(&loops->mutex);
    counts->threads = loops->threads;
    pthread_mutex_unlock(&loops->mutex);
}

static void end_threads(struct loops *loops) {
    pthread_mutex_lock(&loops->mutex);
    atomic_store(&loops->ending, true);
    wake_all(loops);
    pthread_cond_broadcast(&loops->orphaned);
    pthread_cond_signal(&loops->watch);
    while (loops->threads > 0) {
        pthread_cond_wait(&loops->ended, &loops->mutex);
    }
    pthread_mutex_unlock(&loops->mutex);
    join_over(loops);
    if (loops->has_watcher) {
        pthread_join(loops->watcher, NULL);
    }
}

void loops_delete(struct loops *loops) {
    if (loops == NULL) {
        return;
    }
    end_threads(loops);
    for (unsigned i = 0; i < loops->started; i++) {
        struct loop *loop = &loops->loops[i];
        // A daemon that was not quiesced would close the socket that all of them share.
        if (!loop->quiesced) {
            quiesce(loop);
        }
        MHD_stop_daemon(loop->daemon);
        while (loop->kept_count > 0) {
            free(loop_take_kept(loop));
        }
        close(loop->event);
    }
    pthread_cond_destroy(&loops->orphaned);
    pthread_cond_destroy(&loops->ended);
    pthread_cond_destroy(&loops->watch);
    pthread_mutex_destroy(&loops->mutex);
    free(loops->loops);
    free(loops);
}
