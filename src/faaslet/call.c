// Calling in, and every way out.
#include "faaslet/exception.h"
#include "faaslet/exclusive.h"
#include "faaslet/instance.h"
#include "faaslet/park_waiter.h"
#include "faaslet/run.h"
#include "faaslet/sanitizer.h"
#include "faaslet/space.h"
#include "faaslet/thread_set.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <unwind.h>

// What a thread has is one mapping, of which pages come as they are used: a guard, the signal
// stack, and memory for generated code. In thread-local storage that would be cleared at each start
// of a thread and of the program.
enum {
    GUARD_BYTES = 4096,
    SIGNAL_STACK_BYTES = (128 << 10) - GUARD_BYTES,
    OVERFLOW_BEGIN = GUARD_BYTES + SIGNAL_STACK_BYTES,
    EXCEPTION_BEGIN = OVERFLOW_BEGIN + (16 << 10),
    EXCEPTION_BYTES = sizeof(struct object_exception) + 8 * OBJECT_EXCEPTION_SLOTS,
    THREAD_BYTES = EXCEPTION_BEGIN + (16 << 10),
};
_Static_assert(OBJECT_OVERFLOW_BYTES <= EXCEPTION_BEGIN - OVERFLOW_BEGIN, "room for an overflow");
_Static_assert(EXCEPTION_BYTES <= THREAD_BYTES - EXCEPTION_BEGIN, "room for an exception");

__thread struct run_thread run_thread __attribute__((tls_model("initial-exec")));

// Frees what run_prepare_thread made when a thread ends.
static pthread_key_t thread_end_key;
static pthread_once_t thread_end_once = PTHREAD_ONCE_INIT;
static bool thread_end_key_made;

static void end_thread(void *argument) {
    struct run_thread *thread = argument;
    sigaltstack(&thread->previous_signal_stack, NULL);
    munmap(thread->memory, THREAD_BYTES);
    timer_delete(thread->retry_timer);
    stack_give(thread->spare);
    free(thread->exception_rows);
    *thread = (struct run_thread){0};
}

static void make_thread_end_key(void) {
    thread_end_key_made = pthread_key_create(&thread_end_key, end_thread) == 0;
}

static bool make_memory(struct run_thread *thread, struct error *error) {
    char *memory = mmap(NULL, THREAD_BYTES, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) {
        return error_set_errno(error, errno, "signal stack");
    }
    const stack_t new = {.ss_sp = memory + GUARD_BYTES, .ss_size = SIGNAL_STACK_BYTES};
    if (mprotect(memory + GUARD_BYTES, THREAD_BYTES - GUARD_BYTES, PROT_READ | PROT_WRITE) < 0 ||
        sigaltstack(&new, &thread->previous_signal_stack) < 0) {
        error_set_errno(error, errno, "signal stack");
        munmap(memory, THREAD_BYTES);
        return false;
    }
    thread->memory = memory;
    thread->overflow = memory + OVERFLOW_BEGIN;
    thread->exception = memory + EXCEPTION_BEGIN;
    return true;
}

static bool make_retry_timer(struct run_thread *thread, struct error *error) {
    struct sigevent event = {
        .sigev_notify = SIGEV_THREAD_ID,
        .sigev_signo = RUN_INTERRUPT_SIGNAL,
    };
    event._sigev_un._tid = thread->id;
    return timer_create(CLOCK_MONOTONIC, &event, &thread->retry_timer) == 0 ||
           error_set_errno(error, errno, "interrupt timer");
}

bool run_prepare_thread(struct error *error) {
    struct run_thread *thread = &run_thread;
    if (thread->ready) {
        return true;
    }
    pthread_once(&thread_end_once, make_thread_end_key);
    thread->id = (pid_t)syscall(SYS_gettid);
    if (!thread_end_key_made) {
        return error_set(error, ERROR_MEMORY, "thread-specific data");
    }
    if (!make_memory(thread, error)) {
        return false;
    }
    if (!make_retry_timer(thread, error)) {
        sigaltstack(&thread->previous_signal_stack, NULL);
        munmap(thread->memory, THREAD_BYTES);
        return false;
    }
    pthread_setspecific(thread_end_key, thread);
    thread->ready = true;
    return true;
}

// ---- Backtraces ---------------------------------------------------------------------------------

// Generated frames from the innermost on, to where the run was entered.
static _Unwind_Reason_Code note_frame(struct _Unwind_Context *context, void *argument) {
    struct faaslet_result *result = argument;
    int before_instruction = 0;
    uintptr_t address = _Unwind_GetIPInfo(context, &before_instruction);
    // A return address may be that of the next function.
    const char *code = (const char *)(address - (before_instruction ? 0 : 1));
    if (code >= run_enter_begin && code < run_enter_end) {
        return _URC_END_OF_STACK;
    }
    uint32_t function;
    if (faaslet_object_at(code, &function) != NULL && function != UINT32_MAX) {
        result->frames[result->frame_count++] = (void *)(uintptr_t)code;
    }
    return result->frame_count < FAASLET_BACKTRACE_FRAMES ? _URC_NO_REASON : _URC_END_OF_STACK;
}

void run_note_backtrace(struct faaslet_result *result) {
    result->frame_count = 0;
    _Unwind_Backtrace(note_frame, result);
}

void faaslet_backtrace(struct object_instance *instance, struct faaslet_result *result) {
    (void)instance;
    run_note_backtrace(result);
}

// ---- Ways out -----------------------------------------------------------------------------------

void run_note_trap(struct faaslet_run *run, enum faaslet_trap_kind kind) {
    run->result->outcome = FAASLET_TRAPPED;
    run->result->trap = kind;
    run_note_backtrace(run->result);
}

// The call that the instance's code runs in: the innermost of the thread, since code only runs
// there.
static struct faaslet_run *run_of(const struct object_instance *instance) {
    struct faaslet_run *run = run_thread.run;
    if (run == NULL || run->faaslet != faaslet_of(instance)) {
        fprintf(stderr, "faasm: a host function of a Faaslet ran outside of its call\n");
        abort();
    }
    return run;
}

__attribute__((noreturn)) static void leave(struct faaslet_run *run) {
    exclusive_give_up(run);
    run_unwind(run);
}

void run_trap(struct object_instance *instance, enum faaslet_trap_kind kind) {
    struct faaslet_run *run = run_of(instance);
    run_note_trap(run, kind);
    leave(run);
}

void run_check_stop(struct object_instance *instance) {
    if (__atomic_load_n(&instance->interrupt, __ATOMIC_ACQUIRE) != 0) {
        uint32_t kind = atomic_load(&run_of(instance)->stop);
        if (kind != 0) {
            run_trap(instance, kind);
        }
    }
}

void faaslet_exit(struct object_instance *instance, int exit_code) {
    struct faaslet_run *run = run_of(instance);
    run->result->outcome = FAASLET_EXITED;
    run->result->exit_code = exit_code;
    leave(run);
}

void faaslet_raise(struct object_instance *instance, enum faaslet_trap_kind kind,
                   const char *format, ...) {
    struct faaslet_run *run = run_of(instance);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(run->result->message, sizeof run->result->message, format, arguments);
    va_end(arguments);
    run_note_trap(run, kind);
    leave(run);
}

// ---- Entering -----------------------------------------------------------------------------------

void run_body(struct faaslet_run *run) {
    sanitizer_arrived_on_guest(run);
    const struct faaslet_function *function = run->function;
    function->type->entry(function->code, function->instance, run->values);
    sanitizer_leaving_guest(run);
}

static struct faaslet_stack *take_stack(size_t bytes, struct error *error) {
    struct faaslet_stack *spare = run_thread.spare;
    if (spare != NULL && spare->bytes == bytes) {
        run_thread.spare = NULL;
        return spare;
    }
    return stack_take(bytes, error);
}

static void give_stack(struct faaslet_stack *stack) {
    stack_close(stack);
    if (run_thread.spare == NULL) {
        run_thread.spare = stack;
    } else {
        stack_give(stack);
    }
}

// Where the innermost run of the guest thread is noted.
static struct faaslet_run **innermost(const struct faaslet_run *run) {
    return run->thread != NULL ? &run->thread->run : &run->faaslet->run;
}

// Under the lock: why the run is not even to begin, 0 if it is.
static uint32_t stop_at_begin(const struct faaslet_run *run) {
    const struct faaslet *faaslet = run->faaslet;
    if (run->previous != NULL) {
        return atomic_load(&run->previous->stop);
    }
    if (run->thread != NULL) {
        return faaslet->threads->stop;
    }
    return faaslet->stop != NULL ? atomic_load(faaslet->stop) : 0;
}

static void begin(struct faaslet_run *run) {
    struct faaslet *faaslet = run->faaslet;
    struct faaslet_run **place = innermost(run);
    run->outer = run_thread.run;
    run_thread.run = run;
    pthread_mutex_lock(&faaslet->lock);
    run->previous = *place;
    atomic_store_explicit(&run->stop, stop_at_begin(run), memory_order_relaxed);
    *place = run;
    pthread_mutex_unlock(&faaslet->lock);
}

// From here on faaslet_interrupt does not find the run. A stop that it was asked for has happened;
// if the call is nested in another one of the same Faaslet, that one is to stop, too.
static void end(struct faaslet_run *run) {
    struct faaslet *faaslet = run->faaslet;
    pthread_mutex_lock(&faaslet->lock);
    *innermost(run) = run->previous;
    uint32_t stop = atomic_load(&run->stop);
    if (stop != 0) {
        uint32_t outer_stop = 0;
        if (run->previous != NULL) {
            if (stop != FAASLET_TRAP_STACK_EXHAUSTED) {
                atomic_compare_exchange_strong(&run->previous->stop, &outer_stop, stop);
            }
            outer_stop = atomic_load(&run->previous->stop);
        }
        space_set_interrupts(faaslet, run->area, outer_stop != 0);
    }
    pthread_mutex_unlock(&faaslet->lock);
    run_thread.run = run->outer;
    exception_free_kept(run);
    if (stop != 0) {
        struct itimerspec never = {0};
        timer_settime(run_thread.retry_timer, 0, &never, NULL);
    }
}

static void describe_fault(struct faaslet_run *run) {
    unsigned long long bytes =
        space_pages(space_memory_record(run->faaslet, run->fault_memory)) * OBJECT_PAGE_SIZE;
    uint64_t address = (uint64_t)((const char *)run->fault_address -
                                  space_memory_base(run->faaslet, run->fault_memory));
    snprintf(run->result->message, sizeof run->result->message,
             "address 0x%llx of memory %u of %llu bytes%s", (unsigned long long)address,
             run->fault_memory, bytes, address < bytes ? ", which the system refused to open" : "");
}

// A call that cannot even begin ends as a trap of the host.
static void refuse(struct faaslet_result *result, const char *message) {
    result->outcome = FAASLET_TRAPPED;
    result->trap = FAASLET_TRAP_HOST;
    snprintf(result->message, sizeof result->message, "%s", message);
}

void run_function(struct faaslet *faaslet, struct faaslet_thread *thread,
                  const struct faaslet_function *function, uint64_t *values,
                  struct faaslet_result *result) {
    result->outcome = FAASLET_RETURNED;
    result->exit_code = 0;
    result->trap = FAASLET_TRAP_NONE;
    result->message[0] = '\0';
    result->frame_count = 0;
    struct error error;
    struct faaslet_run run = {
        .faaslet = faaslet,
        .thread = thread,
        .area = instance_area(function->instance),
        .function = function,
        .values = values,
        .result = result,
        .fault_memory = UINT32_MAX,
    };
    if (!run_prepare_thread(&error) ||
        (run.stack = take_stack(faaslet->config.stack_bytes, &error)) == NULL) {
        refuse(result, error.message);
        return;
    }
    run.thread_id = run_thread.id;
    begin(&run);
    uint32_t stop = run.previous == NULL ? atomic_load(&run.stop) : 0;
    if (stop != 0) {
        result->outcome = FAASLET_TRAPPED;
        result->trap = stop;
    } else {
        sanitizer_leaving_host(&run);
        bool unwound = run_enter(&run, run.stack->top);
        sanitizer_arrived_on_host(&run, unwound);
    }
    end(&run);
    if (run.fault_memory != UINT32_MAX) {
        describe_fault(&run);
    }
    give_stack(run.stack);
}

void faaslet_call(struct faaslet *faaslet, const struct faaslet_function *function,
                  uint64_t *values, struct faaslet_result *result) {
    const struct faaslet_run *outer = run_current(faaslet);
    run_function(faaslet, outer != NULL ? outer->thread : NULL, function, values, result);
    if (outer == NULL && faaslet_is_threaded(faaslet)) {
        threads_end(faaslet, result);
    }
}

// ---- Interrupting -------------------------------------------------------------------------------

void run_interrupt(struct faaslet_run *run, enum faaslet_trap_kind kind) {
    uint32_t none = 0;
    if (!atomic_compare_exchange_strong(&run->stop, &none, kind)) {
        return;
    }
    space_set_interrupts(run->faaslet, run->area, 1);
    // The queue of signals may be full for a moment; the thread is alive while the lock is held.
    while (syscall(SYS_tgkill, getpid(), run->thread_id, RUN_INTERRUPT_SIGNAL) < 0 &&
           errno == EAGAIN) {
        sched_yield();
    }
}

bool faaslet_interrupt(struct faaslet *faaslet, enum faaslet_trap_kind kind) {
    pthread_mutex_lock(&faaslet->lock);
    struct faaslet_run *run = faaslet->run;
    if (run != NULL) {
        run_interrupt(run, kind);
        threads_interrupt(faaslet, kind);
        park_interrupt_waiters(faaslet);
    }
    pthread_mutex_unlock(&faaslet->lock);
    return run != NULL;
}
