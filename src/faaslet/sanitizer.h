// Inside of the room: tells the sanitizers about switches of stacks. Empty without them.
#ifndef FAASM_FAASLET_SANITIZER_H
#define FAASM_FAASLET_SANITIZER_H

#include "faaslet/run.h"

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZER_ADDRESS 1
#endif
#if __has_feature(thread_sanitizer)
#define SANITIZER_THREAD 1
#endif
#endif

// memmove and its like are the sanitizer's own, in the program, and call those of the C library.
#if defined(SANITIZER_ADDRESS) || defined(SANITIZER_THREAD)
#define SANITIZER_HAS_MEMMOVE true
#else
#define SANITIZER_HAS_MEMMOVE false
#endif

#if defined(SANITIZER_ADDRESS)

#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>

static inline void sanitizer_leaving_host(struct faaslet_run *run) {
    __sanitizer_start_switch_fiber(&run->sanitizer_stack, run->stack->yellow,
                                   (size_t)(run->stack->top - run->stack->yellow));
}

static inline void sanitizer_arrived_on_guest(struct faaslet_run *run) {
    __sanitizer_finish_switch_fiber(NULL, &run->host_stack, &run->host_stack_bytes);
}

static inline void sanitizer_leaving_guest(struct faaslet_run *run) {
    __sanitizer_start_switch_fiber(NULL, run->host_stack, run->host_stack_bytes);
}

// Frames that were dropped leave their red zones behind.
static inline void sanitizer_arrived_on_host(struct faaslet_run *run, bool unwound) {
    if (unwound) {
        sanitizer_leaving_guest(run);
    }
    __sanitizer_finish_switch_fiber(run->sanitizer_stack, NULL, NULL);
    if (unwound) {
        __asan_unpoison_memory_region(run->stack->yellow,
                                      (size_t)(run->stack->top - run->stack->yellow));
    }
}

#elif defined(SANITIZER_THREAD)

#include <sanitizer/tsan_interface.h>

// Both switches are made on the host's side, so that the shadow call stacks stay balanced.
static inline __attribute__((always_inline)) void sanitizer_leaving_host(struct faaslet_run *run) {
    run->sanitizer_stack = __tsan_get_current_fiber();
    run->sanitizer_guest = __tsan_create_fiber(0);
    __tsan_switch_to_fiber(run->sanitizer_guest, 0);
}

static inline __attribute__((always_inline)) void sanitizer_arrived_on_host(struct faaslet_run *run,
                                                                            bool unwound) {
    (void)unwound;
    __tsan_switch_to_fiber(run->sanitizer_stack, 0);
    __tsan_destroy_fiber(run->sanitizer_guest);
}

static inline void sanitizer_arrived_on_guest(struct faaslet_run *run) {
    (void)run;
}

static inline void sanitizer_leaving_guest(struct faaslet_run *run) {
    (void)run;
}

#else

static inline void sanitizer_leaving_host(struct faaslet_run *run) {
    (void)run;
}

static inline void sanitizer_arrived_on_guest(struct faaslet_run *run) {
    (void)run;
}

static inline void sanitizer_leaving_guest(struct faaslet_run *run) {
    (void)run;
}

static inline void sanitizer_arrived_on_host(struct faaslet_run *run, bool unwound) {
    (void)run;
    (void)unwound;
}

#endif

#endif
