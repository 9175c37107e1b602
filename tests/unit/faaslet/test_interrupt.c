// faaslet_interrupt: from another thread, wherever the call may be.
#include "base/clock.h"

#include <stdatomic.h>

#include "fixture.h"

enum { PATIENCE_MILLISECONDS = 2000 };

// ---- Host functions -----------------------------------------------------------------------------

static struct park host_park;
static _Atomic int host_entered;
static _Atomic int host_result;

static uint32_t host_wait(struct object_instance *instance) {
    atomic_fetch_add(&host_entered, 1);
    enum park_result result = park_wait(&host_park, faaslet_of(instance), PARK_FOREVER);
    atomic_store(&host_result, (int)result + 1);
    return result;
}

// A host function that takes its time and cannot be stopped, but ends.
static void host_busy(struct object_instance *instance) {
    (void)instance;
    atomic_fetch_add(&host_entered, 1);
    uint64_t until = clock_monotonic() + 50 * 1000000ull;
    while (clock_monotonic() < until) {
    }
}

static _Atomic int inner_go_on;
static _Atomic int inner_outcome;

// Runs the inner Faaslet's function, which spins until it is let go.
static void host_nest(struct object_instance *instance) {
    struct faaslet_result result;
    struct faaslet *inner = faaslet_context(faaslet_of(instance));
    fixture_call(inner, "until", 0, 0, &result);
    atomic_store(&inner_outcome, (int)result.outcome + 1);
}

static uint32_t host_may_go_on(struct object_instance *instance) {
    (void)instance;
    atomic_fetch_add(&host_entered, 1);
    return (uint32_t)atomic_load(&inner_go_on);
}

static void host_mark(struct object_instance *instance) {
    (void)instance;
    atomic_fetch_add(&host_entered, 1);
}

static const struct faaslet_host_function rows[] = {
    {"env", "mark", "", HOST_CODE(host_mark)},
    {"env", "wait", ":i", HOST_CODE(host_wait)},
    {"env", "busy", "", HOST_CODE(host_busy)},
    {"env", "nest", "", HOST_CODE(host_nest)},
    {"env", "may_go_on", ":i", HOST_CODE(host_may_go_on)},
};
enum { ROWS = sizeof rows / sizeof *rows };

static const char text[] =
    "(module"
    "  (import \"env\" \"wait\" (func $wait (result i32)))"
    "  (import \"env\" \"busy\" (func $busy))"
    "  (import \"env\" \"nest\" (func $nest))"
    "  (import \"env\" \"may_go_on\" (func $may_go_on (result i32)))"
    "  (import \"env\" \"mark\" (func $mark))"
    "  (memory 512) (table 8 externref)"
    "  (global $sink (export \"sink\") (mut i64) (i64.const 0))"
    "  (func (export \"spin\") (param i32 i32)"
    "    (call $mark) (loop $l (global.set $sink (i64.add (global.get $sink) (i64.const 1))) (br "
    "$l)))"
    "  (func (export \"copy\") (param i32 i32)"
    "    (call $mark) (loop $l (memory.copy (local.get 0) (i32.const 16777216) (i32.const "
    "16777216))"
    "      (br $l)))"
    "  (func (export \"grow\") (param i32 i32)"
    "    (call $mark) (loop $l (drop (table.grow 0 (ref.null extern) (i32.const 0))) (br $l)))"
    "  (func $deep (export \"deep\") (param i32 i32) (result i32)"
    "    (call $mark) (loop $l (drop (call $fall (i32.const 2000))) (br $l)) (unreachable))"
    "  (func $fall (param i32) (result i32)"
    "    (if (result i32) (local.get 0)"
    "      (then (i32.add (call $fall (i32.sub (local.get 0) (i32.const 1))) (i32.const 1)))"
    "      (else (i32.const 0))))"
    "  (func (export \"wait\") (param i32 i32) (result i32) (call $wait))"
    "  (func (export \"busy\") (param i32 i32) (loop $l (call $busy) (br $l)))"
    "  (func (export \"nest\") (param i32 i32) (call $nest) (unreachable))"
    "  (func (export \"until\") (param i32 i32)"
    "    (loop $l (br_if $l (i32.eqz (call $may_go_on)))))"
    "  (func (export \"add\") (param i32 i32) (result i32)"
    "    (i32.add (local.get 0) (local.get 1))))";

// ---- A thread that calls ------------------------------------------------------------------------

struct caller {
    pthread_t thread;
    struct faaslet *faaslet;
    const char *function;
    struct faaslet_result result;
    _Atomic bool started;
    _Atomic bool ended;
};

static void *run_caller(void *argument) {
    struct caller *caller = argument;
    atomic_store(&caller->started, true);
    fixture_call(caller->faaslet, caller->function, 0, 0, &caller->result);
    atomic_store(&caller->ended, true);
    return NULL;
}

static void start(struct caller *caller, struct faaslet *faaslet, const char *function) {
    *caller = (struct caller){.faaslet = faaslet, .function = function};
    assert_int_equal(pthread_create(&caller->thread, NULL, run_caller, caller), 0);
    while (!atomic_load(&caller->started)) {
    }
}

// Interrupts until the call has ended (it may not have begun at the first try); how long it took.
static void stop(struct caller *caller, enum faaslet_trap_kind kind) {
    uint64_t begin = clock_monotonic();
    while (!atomic_load(&caller->ended)) {
        faaslet_interrupt(caller->faaslet, kind);
        usleep(500);
        if (clock_monotonic() - begin > PATIENCE_MILLISECONDS * 1000000ull) {
            fprintf(stderr, "%s: not stopped\n", caller->function);
            abort();
        }
    }
    pthread_join(caller->thread, NULL);
}

static void stops_generated_code(void **state) {
    (void)state;
    static const char *const functions[] = {"spin", "copy", "grow", "deep", "busy"};
    struct faaslet *faaslet = fixture_faaslet(text, rows, ROWS);
    for (size_t i = 0; i < sizeof functions / sizeof *functions; i++) {
        for (unsigned pause = 0; pause < 40000; pause = 3 * pause + 100) {
            struct caller caller;
            start(&caller, faaslet, functions[i]);
            usleep(pause);
            stop(&caller, FAASLET_TRAP_DEADLINE);
            assert_int_equal(caller.result.outcome, FAASLET_TRAPPED);
            assert_int_equal(caller.result.trap, FAASLET_TRAP_DEADLINE);
            assert_int_equal(fixture_value(faaslet, "add", 1, 2), 3);
        }
    }
    faaslet_delete(faaslet);
}

// In the middle of one instruction that would take seconds: what it had not reached is untouched.
static void stops_a_fill_of_four_gigabytes(void **state) {
    (void)state;
    static const char large[] =
        "(module (import \"env\" \"mark\" (func $mark)) (memory 65536)"
        "  (func (export \"fill\") (param i32 i32)"
        "    (call $mark) (memory.fill (i32.const 0) (i32.const 7) (i32.const -1)))"
        "  (func (export \"byte\") (param i32 i32) (result i32) (i32.load8_u (local.get 0))))";
    struct faaslet *faaslet = fixture_faaslet(large, rows, ROWS);
    const enum faaslet_trap_kind kinds[] = {FAASLET_TRAP_CANCELLED, FAASLET_TRAP_DEADLINE};
    for (int i = 0; i < 2; i++) {
        struct caller caller;
        atomic_store(&host_entered, 0);
        start(&caller, faaslet, "fill");
        while (atomic_load(&host_entered) == 0) {
        }
        usleep(5000);
        faaslet_interrupt(faaslet, kinds[i]);
        pthread_join(caller.thread, NULL);
        assert_int_equal(caller.result.trap, kinds[i]);
        assert_int_equal(fixture_value(faaslet, "byte", 0xfffffff0u, 0), 0);
    }
    faaslet_delete(faaslet);
}

// One interrupt must do, wherever the call is: no second one may be needed.
static void one_interrupt_is_enough(void **state) {
    (void)state;
    static const char *const functions[] = {"spin", "copy", "grow", "deep"};
    struct faaslet *faaslet = fixture_faaslet(text, rows, ROWS);
    for (int round = 0; round < 100; round++) {
        struct caller caller;
        atomic_store(&host_entered, 0);
        start(&caller, faaslet, functions[round % 4]);
        while (atomic_load(&host_entered) == 0) {
        }
        usleep((unsigned)round * 17);
        uint64_t begin = clock_monotonic();
        faaslet_interrupt(faaslet, FAASLET_TRAP_CANCELLED);
        while (!atomic_load(&caller.ended)) {
            if (clock_monotonic() - begin > PATIENCE_MILLISECONDS * 1000000ull) {
                fprintf(stderr, "%s: not stopped\n", caller.function);
                abort();
            }
        }
        pthread_join(caller.thread, NULL);
        assert_int_equal(caller.result.trap, FAASLET_TRAP_CANCELLED);
    }
    faaslet_delete(faaslet);
}

static void wakes_a_parked_call(void **state) {
    (void)state;
    struct faaslet *faaslet = fixture_faaslet(text, rows, ROWS);
    for (int round = 0; round < 20; round++) {
        struct caller caller;
        atomic_store(&host_entered, 0);
        atomic_store(&host_result, 0);
        start(&caller, faaslet, "wait");
        while (atomic_load(&host_entered) == 0) {
        }
        usleep(round % 2 == 0 ? 0 : 2000);
        faaslet_interrupt(faaslet, FAASLET_TRAP_CANCELLED);
        pthread_join(caller.thread, NULL);
        assert_int_equal(atomic_load(&host_result), PARK_INTERRUPTED + 1);
        assert_int_equal(caller.result.outcome, FAASLET_TRAPPED);
        assert_int_equal(caller.result.trap, FAASLET_TRAP_CANCELLED);
    }
    faaslet_delete(faaslet);
}

static void interrupt_uses_up_no_wake(void **state) {
    (void)state;
    struct faaslet *faaslet = fixture_faaslet(text, rows, ROWS);
    struct caller caller;
    start(&caller, faaslet, "wait");
    usleep(2000);
    park_wake(&host_park);
    pthread_join(caller.thread, NULL);
    assert_int_equal(caller.result.outcome, FAASLET_RETURNED);
    park_wake(&host_park); // before the wait
    assert_int_equal(fixture_value(faaslet, "wait", 0, 0), PARK_WOKEN);
    assert_int_equal(park_wait(&host_park, NULL, clock_monotonic() + 1000000), PARK_TIMED_OUT);
    faaslet_delete(faaslet);
}

static void outer_of_nested_calls_stops_when_it_is_its_turn(void **state) {
    (void)state;
    struct faaslet *outer = fixture_faaslet(text, rows, ROWS);
    struct faaslet *inner = fixture_faaslet(text, rows, ROWS);
    faaslet_set_context(outer, inner);
    for (int round = 0; round < 10; round++) {
        struct caller caller;
        atomic_store(&host_entered, 0);
        atomic_store(&inner_go_on, 0);
        start(&caller, outer, "nest");
        while (atomic_load(&host_entered) == 0) {
        }
        faaslet_interrupt(outer, FAASLET_TRAP_DEADLINE);
        usleep(5000);
        assert_false(atomic_load(&caller.ended));
        atomic_store(&inner_go_on, 1);
        pthread_join(caller.thread, NULL);
        assert_int_equal(atomic_load(&inner_outcome), FAASLET_RETURNED + 1);
        assert_int_equal(caller.result.outcome, FAASLET_TRAPPED);
        assert_int_equal(caller.result.trap, FAASLET_TRAP_DEADLINE);
    }
    faaslet_delete(outer);
    faaslet_delete(inner);
}

static void inner_of_nested_calls_stops_alone(void **state) {
    (void)state;
    struct faaslet *outer = fixture_faaslet(text, rows, ROWS);
    struct faaslet *inner = fixture_faaslet(text, rows, ROWS);
    struct caller caller;
    faaslet_set_context(outer, inner);
    atomic_store(&host_entered, 0);
    atomic_store(&inner_go_on, 0);
    start(&caller, outer, "nest");
    while (atomic_load(&host_entered) == 0) {
    }
    faaslet_interrupt(inner, FAASLET_TRAP_CPU_LIMIT);
    pthread_join(caller.thread, NULL);
    assert_int_equal(atomic_load(&inner_outcome), FAASLET_TRAPPED + 1);
    assert_int_equal(caller.result.trap, FAASLET_TRAP_UNREACHABLE);
    faaslet_delete(outer);
    faaslet_delete(inner);
}

static void late_interrupts_hit_nobody(void **state) {
    (void)state;
    struct faaslet *faaslet = fixture_faaslet(text, rows, ROWS);
    faaslet_interrupt(faaslet, FAASLET_TRAP_CANCELLED);
    assert_int_equal(fixture_value(faaslet, "add", 20, 3), 23);
    // Calls that end by themselves while another thread interrupts: each is whole or cancelled.
    for (int round = 0; round < 300; round++) {
        struct caller caller;
        start(&caller, faaslet, "add");
        faaslet_interrupt(faaslet, FAASLET_TRAP_CANCELLED);
        pthread_join(caller.thread, NULL);
        assert_true(caller.result.outcome == FAASLET_RETURNED ||
                    caller.result.trap == FAASLET_TRAP_CANCELLED);
        assert_int_equal(fixture_value(faaslet, "add", 20, 3), 23);
    }
    faaslet_delete(faaslet);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stops_generated_code),
        cmocka_unit_test(stops_a_fill_of_four_gigabytes),
        cmocka_unit_test(one_interrupt_is_enough),
        cmocka_unit_test(wakes_a_parked_call),
        cmocka_unit_test(interrupt_uses_up_no_wake),
        cmocka_unit_test(outer_of_nested_calls_stops_when_it_is_its_turn),
        cmocka_unit_test(inner_of_nested_calls_stops_alone),
        cmocka_unit_test(late_interrupts_hit_nobody),
    };
    fixture_initialize();
    return cmocka_run_group_tests_name("interrupt", tests, NULL, NULL);
}
