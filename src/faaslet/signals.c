// Faults and interrupts: from a signal to a trap.
//
// Everything here runs in signal handlers, on the thread's alternate stack, at any point of guest
// or host code: no locks, no allocation, nothing but async-signal-safe calls. The unwinder is safe
// since glibc 2.35, where it finds unwind tables without a lock (_dl_find_object).
#include "base/clock.h"
#include "faaslet/dirty.h"
#include "faaslet/extensions.h"
#include "faaslet/opening.h"
#include "faaslet/region_list.h"
#include "faaslet/registry.h"
#include "faaslet/run.h"
#include "faaslet/sanitizer.h"
#include "faaslet/space.h"

#include <dlfcn.h>
#include <errno.h>
#include <link.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <unwind.h>

static const int fault_signals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL};
enum { FAULT_SIGNALS = sizeof fault_signals / sizeof *fault_signals };

// Process-wide, like signal handlers themselves: written once by run_install_handlers.
static struct {
    struct sigaction previous[FAULT_SIGNALS];
    const char *c_library; // text of the C library, where generated code calls memmove and memset
    const char *c_library_end;
    bool installed;
} handlers;

static const char *program_counter(const ucontext_t *context) {
    return (const char *)context->uc_mcontext.gregs[REG_RIP];
}

// ---- Ending a run -------------------------------------------------------------------------------

// When the handler returns, the thread goes on in run_unwind.
static void unwind_from(ucontext_t *context, struct faaslet_run *run, enum faaslet_trap_kind kind) {
    run_note_trap(run, kind);
    greg_t *registers = context->uc_mcontext.gregs;
    registers[REG_RIP] = (greg_t)(uintptr_t)run_unwind;
    registers[REG_RDI] = (greg_t)(uintptr_t)run;
    registers[REG_RSP] = (greg_t)(uintptr_t)run->saved_sp;
}

// ---- What generated code calls ------------------------------------------------------------------

struct caller_search {
    uintptr_t interrupted;
    uintptr_t caller;
    bool seen;
};

static _Unwind_Reason_Code search_caller(struct _Unwind_Context *context, void *argument) {
    struct caller_search *search = argument;
    uintptr_t address = _Unwind_GetIP(context);
    bool passes_on = SANITIZER_HAS_MEMMOVE && registry_find((const char *)(address - 1)) == NULL;
    if (search->seen && !passes_on) {
        search->caller = address;
        return _URC_END_OF_STACK;
    }
    search->seen = search->seen || address == search->interrupted;
    return _URC_NO_REASON;
}

// Is this code of the C library that generated code called directly (memmove for memory.copy)?
// Nobody checks for an interrupt after that, and it can be dropped like generated code itself:
// those functions hold nothing. A host function is no such thing: it is called through a pointer,
// where these are called by name, so that the instruction before the return address tells.
static bool in_called_library(const ucontext_t *context) {
    const char *code = program_counter(context);
    bool library = code >= handlers.c_library && code < handlers.c_library_end;
    if (!library && !SANITIZER_HAS_MEMMOVE) {
        return false;
    }
    struct caller_search search = {.interrupted = (uintptr_t)code};
    _Unwind_Backtrace(search_caller, &search);
    const uint8_t *caller = (const uint8_t *)search.caller;
    if (caller == NULL || registry_find(caller - 1) == NULL || registry_find(caller - 6) == NULL) {
        return false;
    }
    bool call_near = caller[-5] == 0xe8;
    bool call_through_table = caller[-6] == 0xff && caller[-5] == 0x15;
    return call_near || call_through_table;
}

// ---- Kinds of faults ----------------------------------------------------------------------------

// `ud1 kind(%eax), %eax` is what llvm.ubsantrap(kind) becomes: 67 0f b9 40 kind. Any other illegal
// instruction is a plain llvm.trap.
static enum faaslet_trap_kind illegal_instruction_kind(const uint8_t *code) {
    static const uint8_t ud1[] = {0x67, 0x0f, 0xb9, 0x40};
    for (size_t i = 0; i < sizeof ud1; i++) {
        if (code[i] != ud1[i]) {
            return FAASLET_TRAP_UNREACHABLE;
        }
    }
    uint8_t kind = code[sizeof ud1];
    return kind > OBJECT_TRAP_NONE && kind < OBJECT_TRAP_COUNT ? (enum faaslet_trap_kind)kind
                                                               : FAASLET_TRAP_UNREACHABLE;
}

static uint64_t register_value(const ucontext_t *context, unsigned number) {
    static const int by_encoding[] = {REG_RAX, REG_RCX, REG_RDX, REG_RBX, REG_RSP, REG_RBP,
                                      REG_RSI, REG_RDI, REG_R8,  REG_R9,  REG_R10, REG_R11,
                                      REG_R12, REG_R13, REG_R14, REG_R15};
    return (uint64_t)context->uc_mcontext.gregs[by_encoding[number]];
}

// The CPU reports division by zero and overflow of a quotient alike; the divisor tells. Generated
// code divides by registers after checks of its own, so that this is a second line of defence.
static enum faaslet_trap_kind division_kind(const ucontext_t *context, const siginfo_t *info) {
    if (info->si_code == FPE_INTOVF) {
        return FAASLET_TRAP_INTEGER_OVERFLOW;
    }
    const uint8_t *code = (const uint8_t *)program_counter(context);
    unsigned rex = 0;
    if ((code[0] & 0xf0) == 0x40) {
        rex = *code++;
    }
    if (code[0] != 0xf7 || code[1] >> 6 != 3) {
        return FAASLET_TRAP_DIVIDE_BY_ZERO;
    }
    uint64_t divisor = register_value(context, (code[1] & 7u) | (rex & 1u) << 3);
    divisor = rex & 8u ? divisor : (uint32_t)divisor;
    return divisor == 0 ? FAASLET_TRAP_DIVIDE_BY_ZERO : FAASLET_TRAP_INTEGER_OVERFLOW;
}

// An access of generated code, by address.
static enum faaslet_trap_kind access_kind(struct faaslet_run *run, const siginfo_t *info) {
    uint32_t memory = space_memory_at(run->faaslet, info->si_addr);
    if (memory == UINT32_MAX) {
        return FAASLET_TRAP_NONE;
    }
    run->fault_memory = memory;
    run->fault_address = info->si_addr;
    return FAASLET_TRAP_MEMORY_BOUNDS;
}

static enum faaslet_trap_kind fault_kind(struct faaslet_run *run, int number, const siginfo_t *info,
                                         const ucontext_t *context) {
    switch (number) {
    case SIGILL:
        return illegal_instruction_kind((const uint8_t *)program_counter(context));
    case SIGFPE:
        return division_kind(context, info);
    default:
        return access_kind(run, info);
    }
}

// ---- The guest stack ----------------------------------------------------------------------------

// Host code may finish on the yellow zone; the generated code it returns to ends the call.
static bool let_host_finish(struct faaslet_run *run) {
    if (run->stack->yellow_open || !stack_open_yellow(run->stack)) {
        return false;
    }
    uint32_t none = 0;
    atomic_compare_exchange_strong(&run->stop, &none, FAASLET_TRAP_STACK_EXHAUSTED);
    space_set_interrupts(run->faaslet, run->area, 1);
    return true;
}

// True when the fault was one of the guest stack and is dealt with.
static bool handle_stack(struct faaslet_run *run, const siginfo_t *info, ucontext_t *context,
                         bool generated) {
    enum stack_zone zone = stack_zone_of(run->stack, info->si_addr);
    if (zone == STACK_DEEP && !run->stack->deep_open) {
        return stack_open_deep(run->stack);
    }
    if (zone != STACK_YELLOW && zone != STACK_RED) {
        return false;
    }
    if (generated) {
        unwind_from(context, run, FAASLET_TRAP_STACK_EXHAUSTED);
        return true;
    }
    return zone == STACK_YELLOW && let_host_finish(run);
}

static bool handle_fault(struct faaslet_run *run, int number, const siginfo_t *info,
                         ucontext_t *context) {
    bool generated = registry_find(program_counter(context)) != NULL;
    bool access = number == SIGSEGV || number == SIGBUS;
    if (access && handle_stack(run, info, context, generated)) {
        return true;
    }
    if (!generated && number == SIGBUS) {
        return region_patch(run->faaslet, info->si_addr);
    }
    // The system may refuse to open what generated code has the C library fill or copy.
    if (!generated &&
        !(access && opening_waits(run->faaslet, info->si_addr) && in_called_library(context))) {
        return false;
    }
    enum faaslet_trap_kind kind = fault_kind(run, number, info, context);
    if (kind == FAASLET_TRAP_NONE) {
        return false;
    }
    unwind_from(context, run, kind);
    return true;
}

// ---- Faults that are not ours -------------------------------------------------------------------

static void report_crash(int number, const siginfo_t *info, const ucontext_t *context) {
    char line[160];
    int length =
        snprintf(line, sizeof line, "faasm: fatal signal %d at code %p, address %p%s\n", number,
                 (const void *)program_counter(context), info->si_addr,
                 registry_find(program_counter(context)) != NULL ? " (generated code)" : "");
    if (length > 0 && write(STDERR_FILENO, line, (size_t)length) < 0) {
        return;
    }
}

// To the handler that was there before; without one the default action happens when the
// instruction faults again.
static void pass_on(int number, siginfo_t *info, void *context) {
    const struct sigaction *previous = NULL;
    for (int i = 0; i < FAULT_SIGNALS; i++) {
        if (fault_signals[i] == number) {
            previous = &handlers.previous[i];
        }
    }
    if (previous->sa_flags & SA_SIGINFO) {
        previous->sa_sigaction(number, info, context);
    } else if (previous->sa_handler != SIG_DFL && previous->sa_handler != SIG_IGN) {
        previous->sa_handler(number);
    } else {
        report_crash(number, info, context);
        signal(number, SIG_DFL);
        if (info->si_code <= 0) { // sent by somebody: nothing faults again
            raise(number);
        }
    }
}

// Whoever pushes closes pages again and again, so that a thread may fault at one address often, but
// not so often in such a time: then the kernel has no memory for the page.
static bool worth_another_try(const void *address) {
    enum { FAULTS = 10000, NANOSECONDS = 200000000 };
    static __thread struct {
        const void *address;
        unsigned count;
        uint64_t since;
    } repeated __attribute__((tls_model("initial-exec")));
    if (repeated.address != address || repeated.count >= FAULTS) {
        repeated.address = address;
        repeated.count = 0;
        repeated.since = clock_monotonic();
    }
    return ++repeated.count < FAULTS || clock_monotonic() - repeated.since > NANOSECONDS;
}

// An access to what a memory of this thread's Faaslets has grown by, by a guest or a function of
// the C library that it called.
static bool let_access(const struct faaslet_run *run, const siginfo_t *info) {
    while (run != NULL && !opening_handle_fault(run->faaslet, info->si_addr)) {
        run = run->outer;
    }
    return run != NULL;
}

// A write to a page that is watched, of this thread's Faaslets: by one of its calls or, to its own
// guest, by a host function.
static bool let_write(const struct faaslet_run *run, const siginfo_t *info) {
    if (info->si_code != BUS_ADRERR) {
        return false;
    }
    bool opened = dirty_handle_fault(info->si_addr);
    for (; run != NULL && !opened; run = run->outer) {
        opened =
            extensions_open(run->faaslet, info->si_addr, 1) && worth_another_try(info->si_addr);
    }
    return opened;
}

static void on_fault(int number, siginfo_t *info, void *context) {
    int saved_errno = errno;
    struct faaslet_run *run = run_thread.run;
    bool opened = number == SIGBUS    ? let_write(run, info)
                  : number == SIGSEGV ? let_access(run, info)
                                      : false;
    if (!opened &&
        (run == NULL || run->saved_sp == NULL || !handle_fault(run, number, info, context))) {
        pass_on(number, info, context);
    }
    errno = saved_errno;
}

// ---- Interrupts ---------------------------------------------------------------------------------

// Host code that does not return to a check soon (or has just passed it) is looked at again.
static void retry_soon(void) {
    struct itimerspec soon = {.it_value = {.tv_nsec = 1000000}};
    timer_settime(run_thread.retry_timer, 0, &soon, NULL);
}

static void on_interrupt(int number, siginfo_t *info, void *context) {
    (void)number;
    (void)info;
    int saved_errno = errno;
    struct faaslet_run *run = run_thread.run;
    uint32_t stop = run == NULL ? 0 : atomic_load(&run->stop);
    if (stop != 0) {
        if (registry_find(program_counter(context)) != NULL || in_called_library(context)) {
            unwind_from(context, run, stop);
        } else {
            retry_soon();
        }
    }
    errno = saved_errno;
}

// ---- Installing ---------------------------------------------------------------------------------

static int find_c_library(struct dl_phdr_info *info, size_t size, void *context) {
    (void)size;
    uintptr_t inside = *(uintptr_t *)context;
    for (unsigned i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *segment = &info->dlpi_phdr[i];
        uintptr_t begin = info->dlpi_addr + segment->p_vaddr;
        if (segment->p_type == PT_LOAD && segment->p_flags & PF_X && inside >= begin &&
            inside < begin + segment->p_memsz) {
            handlers.c_library = (const char *)begin;
            handlers.c_library_end = (const char *)begin + segment->p_memsz;
            return 1;
        }
    }
    return 0;
}

static _Unwind_Reason_Code stop_at_once(struct _Unwind_Context *context, void *argument) {
    (void)context;
    (void)argument;
    return _URC_END_OF_STACK;
}

static bool install(int number, void (*handler)(int, siginfo_t *, void *),
                    struct sigaction *previous, struct error *error) {
    struct sigaction action = {
        .sa_sigaction = handler,
        .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_RESTART,
    };
    sigemptyset(&action.sa_mask);
    sigaddset(&action.sa_mask, RUN_INTERRUPT_SIGNAL);
    return sigaction(number, &action, previous) == 0 ||
           error_set_errno(error, errno, "handler of signal %d", number);
}

bool run_install_handlers(struct error *error) {
    if (handlers.installed) {
        return true;
    }
    void *memmove_address = dlsym(RTLD_DEFAULT, "memmove");
    uintptr_t inside = (uintptr_t)memmove_address;
    dl_iterate_phdr(find_c_library, &inside);
    // The unwinder sets itself up when it is first used, which must not be in a handler.
    _Unwind_Backtrace(stop_at_once, NULL);
    for (int i = 0; i < FAULT_SIGNALS; i++) {
        if (!install(fault_signals[i], on_fault, &handlers.previous[i], error)) {
            return false;
        }
    }
    handlers.installed = install(RUN_INTERRUPT_SIGNAL, on_interrupt, NULL, error);
    return handlers.installed;
}
