#include "faaslet/instance.h"
#include "faaslet/park_waiter.h"
#include "faaslet/thread_libraries.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// Carries run_function; guest code and host functions run on a guest stack. Thread-local storage
// lies in it, too.
#define THREAD_STACK_BYTES ((size_t)256 << 10)

// Of the process, whose limit it is.
static _Atomic uint32_t thread_total;

void faaslet_set_thread_watch(struct faaslet *faaslet, const struct faaslet_thread_watch *watch) {
    faaslet->watch = watch;
}

bool faaslet_is_threaded(const struct faaslet *faaslet) {
    return atomic_load_explicit(&faaslet->threaded, memory_order_relaxed);
}

uint32_t faaslet_thread_id(void) {
    const struct faaslet_run *run = run_thread.run;
    return run != NULL && run->thread != NULL ? run->thread->id : 0;
}

// ---- The list, under the lock -------------------------------------------------------------------

static bool id_is_used(const struct thread_set *set, uint32_t id) {
    const struct faaslet_thread *thread = set->first;
    while (thread != NULL && thread->id != id) {
        thread = thread->next;
    }
    return thread != NULL;
}

// Ids are not used again before all have been.
static void enlist(struct thread_set *set, struct faaslet_thread *thread) {
    do {
        set->last_id = set->last_id < THREAD_ID_MAX ? set->last_id + 1 : 1;
    } while (id_is_used(set, set->last_id));
    thread->id = set->last_id;
    thread->next = set->first;
    thread->link = &set->first;
    if (thread->next != NULL) {
        thread->next->link = &thread->next;
    }
    set->first = thread;
    set->count++;
}

static void delist(struct thread_set *set, const struct faaslet_thread *thread) {
    *thread->link = thread->next;
    if (thread->next != NULL) {
        thread->next->link = thread->link;
    }
    if (--set->count == 0) {
        park_wake(&set->empty);
    }
}

void threads_interrupt(struct faaslet *faaslet, enum faaslet_trap_kind kind) {
    struct thread_set *set = faaslet->threads;
    if (set == NULL) {
        return;
    }
    set->stop = set->stop != 0 ? set->stop : kind;
    for (struct faaslet_thread *thread = set->first; thread != NULL; thread = thread->next) {
        if (thread->run != NULL) {
            run_interrupt(thread->run, kind);
        }
    }
}

// ---- The end ------------------------------------------------------------------------------------

// The first thread that traps or exits ends the call, unless that is ending anyway.
static void end_call(struct faaslet *faaslet, const struct faaslet_result *result) {
    struct thread_set *set = faaslet->threads;
    if (set->stop != 0) {
        return;
    }
    set->ended = true;
    set->result = *result;
    threads_interrupt(faaslet, FAASLET_TRAP_CANCELLED);
    if (faaslet->run != NULL) {
        run_interrupt(faaslet->run, FAASLET_TRAP_CANCELLED);
    }
    park_interrupt_waiters(faaslet);
}

void threads_end(struct faaslet *faaslet, struct faaslet_result *result) {
    struct thread_set *set = faaslet->threads;
    pthread_mutex_lock(&faaslet->lock);
    threads_interrupt(faaslet, FAASLET_TRAP_CANCELLED);
    park_interrupt_waiters(faaslet);
    while (set->count > 0) {
        pthread_mutex_unlock(&faaslet->lock);
        park_wait(&set->empty, NULL, PARK_FOREVER);
        pthread_mutex_lock(&faaslet->lock);
    }
    if (set->ended) {
        *result = set->result;
    }
    set->stop = 0;
    set->ended = false;
    set->last_id = 0;
    thread_data_free(&set->unused_data);
    atomic_store(&set->empty.state, 0);
    pthread_mutex_unlock(&faaslet->lock);
    atomic_store(&faaslet->threaded, false);
}

void threads_delete(struct faaslet *faaslet) {
    if (faaslet->threads != NULL) {
        thread_data_free(&faaslet->threads->unused_data);
    }
    free(faaslet->threads);
}

// ---- A thread -----------------------------------------------------------------------------------

static void fail(struct faaslet_result *result, const char *message) {
    result->outcome = FAASLET_TRAPPED;
    result->trap = FAASLET_TRAP_HOST;
    snprintf(result->message, sizeof result->message, "thread: %s", message);
}

static void run_guest(struct faaslet_thread *thread, struct faaslet_result *result) {
    struct object_instance *instance = thread->area.instance;
    struct faaslet_function function;
    uint64_t values[2] = {0};
    thread_libraries_run(thread, result);
    if (result->outcome == FAASLET_RETURNED &&
        faaslet_find_export(instance, "wasi_thread_start", &function)) {
        values[0] = thread->id;
        values[1] = thread->argument;
        run_function(thread->faaslet, thread, &function, values, result);
    }
}

static void run_watched(struct faaslet_thread *thread, struct faaslet_result *result) {
    const struct faaslet_thread_watch *watch = thread->faaslet->watch;
    struct error error;
    if (watch == NULL) {
        run_guest(thread, result);
    } else if (!watch->begins(thread->faaslet->context, &error)) {
        fail(result, error.message);
    } else {
        run_guest(thread, result);
        watch->ends(thread->faaslet->context);
    }
}

static void forget(struct faaslet_thread *thread, const struct faaslet_result *result) {
    struct faaslet *faaslet = thread->faaslet;
    // What waits for the last one may have the Faaslet deleted once the lock is given up.
    pthread_mutex_lock(&faaslet->lock);
    thread_data_give_back(thread);
    if (result->outcome != FAASLET_RETURNED) {
        end_call(faaslet, result);
    }
    delist(faaslet->threads, thread);
    pthread_mutex_unlock(&faaslet->lock);
    thread_area_destroy(&thread->area);
    atomic_fetch_sub(&thread_total, 1);
    free(thread);
}

static void *thread_main(void *argument) {
    struct faaslet_thread *thread = argument;
    struct faaslet_result result = {.outcome = FAASLET_RETURNED};
    run_watched(thread, &result);
    forget(thread, &result);
    return NULL;
}

// ---- Starting -----------------------------------------------------------------------------------

// Of all signals only those come through that a guest thread needs: faults, and the interrupt.
static void block_signals(sigset_t *before) {
    static const int needed[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT, SIGPROF};
    sigset_t blocked;
    sigfillset(&blocked);
    for (size_t i = 0; i < sizeof needed / sizeof *needed; i++) {
        sigdelset(&blocked, needed[i]);
    }
    sigdelset(&blocked, RUN_INTERRUPT_SIGNAL);
    pthread_sigmask(SIG_SETMASK, &blocked, before);
}

static bool start(struct faaslet_thread *thread, struct error *error) {
    pthread_attr_t attributes;
    pthread_t native;
    sigset_t before;
    int number = pthread_attr_init(&attributes);
    if (number == 0) {
        pthread_attr_setstacksize(&attributes, THREAD_STACK_BYTES);
        pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
        block_signals(&before);
        number = pthread_create(&native, &attributes, thread_main, thread);
        pthread_sigmask(SIG_SETMASK, &before, NULL);
        pthread_attr_destroy(&attributes);
    }
    return number == 0 || error_set(error, ERROR_BUSY, "a thread: %s", strerror(number));
}

// Takes a place for the thread among those that there may be.
static bool take_place(struct faaslet *faaslet, struct faaslet_thread *thread,
                       struct error *error) {
    bool taken = false;
    pthread_mutex_lock(&faaslet->lock);
    if (faaslet->threads == NULL) {
        faaslet->threads = calloc(1, sizeof *faaslet->threads);
    }
    struct thread_set *set = faaslet->threads;
    if (set == NULL) {
        error_set(error, ERROR_MEMORY, "threads of a Faaslet");
    } else if (set->stop != 0 || atomic_load(&run_thread.run->stop) != 0) {
        error_set(error, ERROR_BUSY, "the call is about to end");
    } else if (set->count >= faaslet->config.threads) {
        error_set(error, ERROR_BUSY, "more than %u threads in one call", faaslet->config.threads);
    } else if (atomic_fetch_add(&thread_total, 1) >= THREADS_MAX) {
        atomic_fetch_sub(&thread_total, 1);
        error_set(error, ERROR_BUSY, "more than %d threads in all calls", THREADS_MAX);
    } else {
        enlist(set, thread);
        atomic_store(&faaslet->threaded, true);
        taken = true;
    }
    pthread_mutex_unlock(&faaslet->lock);
    return taken;
}

static void give_place(struct faaslet *faaslet, struct faaslet_thread *thread) {
    pthread_mutex_lock(&faaslet->lock);
    thread_data_give_back(thread);
    delist(faaslet->threads, thread);
    pthread_mutex_unlock(&faaslet->lock);
    atomic_fetch_sub(&thread_total, 1);
}

bool faaslet_thread_spawn(struct object_instance *instance, uint32_t argument, uint32_t *id,
                          struct error *error) {
    struct faaslet *faaslet = faaslet_of(instance);
    if (!thread_area_check(faaslet, error)) {
        return false;
    }
    struct faaslet_thread *thread = calloc(1, sizeof *thread);
    if (thread == NULL) {
        return error_set(error, ERROR_MEMORY, "a thread");
    }
    thread->faaslet = faaslet;
    thread->argument = argument;
    if (!take_place(faaslet, thread, error)) {
        free(thread);
        return false;
    }
    // Once it has started it may end, and be freed, at any moment.
    uint32_t taken = thread->id;
    bool made = thread_area_create(&thread->area, faaslet, error);
    if (made && thread_data_allocate(thread, error) && start(thread, error)) {
        *id = taken;
        return true;
    }
    give_place(faaslet, thread);
    if (made) {
        thread_area_destroy(&thread->area);
    }
    free(thread);
    return false;
}
