// Guest threads: 64 of them that lock, wait and notify; what ends them and the call; limits; their
// own instance data; memory that they grow and write; a Faaslet that is used again and again.
#include "base/clock.h"
#include "faaslet/thread.h"

#include <stdatomic.h>

#include "fixture.h"

enum { THREADS = 64, PAGE = 4096, WASM_PAGE = 65536, DIRTY = 1 << 20, MILLISECOND = 1000000 };

// What a thread does is a number at 32; how many are done is counted at 20.
enum mode {
    COUNT,     // under a lock (8) at 4 and without one at 0
    SPIN,      // forever
    WAIT,      // at 64 until notified or for the time at 40; results are counted by 80 + 4 * result
    WAIT64,    // likewise, at 128
    TRAP,      // number 7; the others wait
    EXIT,      // number 7; the others spin
    EXHAUST,   // number 7; the others wait
    SPAWN,     // one with a number less by one, before it ends
    WRITE,     // to a page of its own
    GROW,      // by one page, 4 times, and read and write the new ones
    GLOBALS,   // see whether they are its own
    BARRIER,   // 20 rounds of all
    PING_PONG, // with its neighbour, 100 times
    THROW,     // number 7; the others wait
};

static const char text[] =
    "(module"
    "  (import \"env\" \"memory\" (memory 32 600 shared))"
    "  (import \"wasi\" \"thread-spawn\" (func $spawn (param i32) (result i32)))"
    "  (import \"host\" \"exit\" (func $exit (param i32)))"
    "  (type $nothing (func))"
    "  (table 4 funcref) (elem (i32.const 1) $count)"
    "  (tag $thrown (param i32))"
    "  (global $own (mut i32) (i32.const 5))"
    "  (data \"passive\") (data (i32.const 1000) \"active\")"
    "  (start $start)"
    "  (func $start (drop (i32.atomic.rmw.add (i32.const 28) (i32.const 1)))"
    "    (global.set $own (i32.add (global.get $own) (i32.const 1))))"
    "  (func $lock"
    "    (loop $again"
    "      (if (i32.atomic.rmw.cmpxchg (i32.const 8) (i32.const 0) (i32.const 1))"
    "        (then (drop (memory.atomic.wait32 (i32.const 8) (i32.const 1) (i64.const -1)))"
    "              (br $again)))))"
    "  (func $unlock (i32.atomic.store (i32.const 8) (i32.const 0))"
    "    (drop (memory.atomic.notify (i32.const 8) (i32.const 1))))"
    "  (func $count (local $i i32)"
    "    (loop $next"
    "      (call $lock)"
    "      (i32.store (i32.const 4) (i32.add (i32.load (i32.const 4)) (i32.const 1)))"
    "      (call $unlock)"
    "      (drop (i32.atomic.rmw.add (i32.const 0) (i32.const 1)))"
    "      (br_if $next (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1)))"
    "                             (i32.const 100)))))"
    "  (func $spin (loop $l (br $l)))"
    "  (func $tally (param $result i32)"
    "    (drop (i32.atomic.rmw.add"
    "      (i32.add (i32.const 80) (i32.shl (local.get $result) (i32.const 2)))"
    "      (i32.const 1))))"
    "  (func $arrive (drop (i32.atomic.rmw.add (i32.const 24) (i32.const 1))))"
    "  (func $wait (call $arrive)"
    "    (call $tally (memory.atomic.wait32 (i32.const 64) (i32.const 0)"
    "                                       (i64.load (i32.const 40)))))"
    "  (func $wait64 (call $arrive)"
    "    (call $tally (memory.atomic.wait64 (i32.const 128) (i64.const 0)"
    "                                       (i64.load (i32.const 40)))))"
    "  (func $deep (param i32) (result i32)"
    "    (i32.add (call $deep (local.get 0)) (i32.const 1)))"
    "  (func $write (param $n i32)"
    "    (i32.store (i32.add (i32.const 1048576) (i32.mul (local.get $n) (i32.const 4096)))"
    "               (local.get $n)))"
    "  (func $grow (local $at i32) (local $i i32)"
    "    (loop $next"
    "      (if (i32.eq (local.tee $at (memory.grow (i32.const 1))) (i32.const -1))"
    "        (then unreachable))"
    "      (local.set $at (i32.mul (local.get $at) (i32.const 65536)))"
    "      (if (i32.load (local.get $at)) (then unreachable))"
    "      (i32.store offset=65532 (local.get $at) (i32.const 1))"
    "      (memory.fill (local.get $at) (i32.const 1) (i32.const 65536))"
    "      (if (i32.le_u (i32.mul (memory.size) (i32.const 65536)) (local.get $at))"
    "        (then unreachable))"
    "      (br_if $next (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1)))"
    "                             (i32.const 4)))))"
    "  (func $globals (param $n i32) (local $i i32)"
    "    (if (i32.ne (global.get $own) (i32.const 6)) (then unreachable))"
    "    (if (i32.ne (i32.load8_u (i32.const 1000)) (i32.const 120)) (then unreachable))"
    "    (if (i32.eqz (ref.is_null (table.get 0 (i32.const 2)))) (then unreachable))"
    "    (call_indirect (type $nothing) (i32.const 1))"
    "    (memory.init 0 (i32.const 1100) (i32.const 0) (i32.const 7))"
    "    (data.drop 0)"
    "    (table.set 0 (i32.const 2) (table.get 0 (i32.const 1)))"
    "    (loop $next"
    "      (global.set $own (local.get $n))"
    "      (drop (memory.atomic.wait32 (i32.const 200) (i32.const 0) (i64.const 10000)))"
    "      (if (i32.ne (global.get $own) (local.get $n)) (then unreachable))"
    "      (br_if $next (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1)))"
    "                             (i32.const 20)))))"
    "  (func $round (local $generation i32)"
    "    (local.set $generation (i32.atomic.load (i32.const 16)))"
    "    (if (i32.eq (i32.add (i32.atomic.rmw.add (i32.const 12) (i32.const 1)) (i32.const 1))"
    "                (i32.load (i32.const 36)))"
    "      (then (i32.atomic.store (i32.const 12) (i32.const 0))"
    "            (drop (i32.atomic.rmw.add (i32.const 16) (i32.const 1)))"
    "            (drop (memory.atomic.notify (i32.const 16) (i32.const -1))))"
    "      (else (loop $again"
    "        (drop (memory.atomic.wait32 (i32.const 16) (local.get $generation) (i64.const -1)))"
    "        (br_if $again (i32.eq (i32.atomic.load (i32.const 16)) (local.get $generation)))))))"
    "  (func $barrier (local $i i32)"
    "    (loop $next (call $round)"
    "      (br_if $next (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1)))"
    "                             (i32.const 20)))))"
    // Pairs share a cell, whose lowest bit says whose turn it is.
    "  (func $ping_pong (param $n i32) (local $at i32) (local $value i32)"
    "    (local.set $at (i32.add (i32.const 4096)"
    "      (i32.mul (i32.shr_u (local.get $n) (i32.const 1)) (i32.const 64))))"
    "    (loop $next"
    "      (local.set $value (i32.atomic.load (local.get $at)))"
    "      (if (i32.lt_u (local.get $value) (i32.const 200)) (then"
    "        (if (i32.eq (i32.and (local.get $value) (i32.const 1))"
    "                    (i32.and (local.get $n) (i32.const 1)))"
    "          (then (i32.atomic.store (local.get $at) (i32.add (local.get $value) (i32.const 1)))"
    "                (drop (memory.atomic.notify (local.get $at) (i32.const 1))))"
    "          (else (drop (memory.atomic.wait32 (local.get $at) (local.get $value)"
    "                                            (i64.const -1)))))"
    "        (br $next)))))"
    "  (func $seventh_or_wait (param $n i32) (result i32)"
    "    (if (i32.ne (local.get $n) (i32.const 7)) (then (call $wait)))"
    "    (i32.eq (local.get $n) (i32.const 7)))"
    "  (func $work (param $n i32)"
    "    (block $throw (block $ping_pong (block $barrier (block $globals (block $grow"
    "    (block $write (block $spawns (block $exhaust (block $exits (block $trap (block $wait64"
    "    (block $wait (block $spin (block $count"
    "      (br_table $count $spin $wait $wait64 $trap $exits $exhaust $spawns $write $grow"
    "                $globals $barrier $ping_pong $throw (i32.load (i32.const 32))))"
    "      (call $count) (return))"
    "      (call $spin) (return))"
    "      (call $wait) (return))"
    "      (call $wait64) (return))"
    "      (if (call $seventh_or_wait (local.get $n)) (then unreachable)) (return))"
    "      (if (i32.eq (local.get $n) (i32.const 7)) (then (call $exit (i32.const 42))))"
    "      (call $spin) (return))"
    "      (if (call $seventh_or_wait (local.get $n))"
    "        (then (drop (call $deep (i32.const 0))))) (return))"
    "      (if (local.get $n) (then"
    "        (if (i32.lt_s (call $spawn (i32.sub (local.get $n) (i32.const 1))) (i32.const 1))"
    "          (then unreachable)))) (return))"
    "      (call $write (local.get $n)) (return))"
    "      (call $grow) (return))"
    "      (call $globals (local.get $n)) (return))"
    "      (call $barrier) (return))"
    "      (call $ping_pong (local.get $n)) (return))"
    "      (if (call $seventh_or_wait (local.get $n)) (then (throw $thrown (i32.const 1)))))"
    "  (func $wasi_thread_start (export \"wasi_thread_start\") (param $tid i32) (param $n i32)"
    "    (if (i32.lt_s (local.get $tid) (i32.const 1)) (then unreachable))"
    "    (call $work (local.get $n))"
    "    (drop (i32.atomic.rmw.add (i32.const 20) (i32.const 1)))"
    "    (drop (memory.atomic.notify (i32.const 20) (i32.const 1))))"
    // How many could be started.
    "  (func $start_all (export \"start\") (param $mode i32) (param $n i32) (result i32)"
    "    (local $i i32)"
    "    (i32.store (i32.const 32) (local.get $mode))"
    "    (i32.store (i32.const 36) (local.get $n))"
    "    (block $full (loop $next"
    "      (br_if $full (i32.ge_u (local.get $i) (local.get $n)))"
    "      (br_if $full (i32.lt_s (call $spawn (local.get $i)) (i32.const 0)))"
    "      (local.set $i (i32.add (local.get $i) (i32.const 1)))"
    "      (br $next)))"
    "    (local.get $i))"
    "  (func $wait_all (param $n i32) (local $done i32)"
    "    (loop $again"
    "      (local.set $done (i32.atomic.load (i32.const 20)))"
    "      (if (i32.lt_u (local.get $done) (local.get $n))"
    "        (then (drop (memory.atomic.wait32 (i32.const 20) (local.get $done) (i64.const -1)))"
    "              (br $again)))))"
    "  (func (export \"run\") (param $mode i32) (param $n i32) (result i32)"
    "    (call $wait_all (call $start_all (local.get $mode) (local.get $n)))"
    "    (i32.atomic.load (i32.const 20)))"
    // Starts n threads and the chain that the last one is, and waits for all of that.
    "  (func (export \"chain\") (param $mode i32) (param $n i32) (result i32)"
    "    (i32.store (i32.const 32) (local.get $mode))"
    "    (drop (call $spawn (local.get $n)))"
    "    (call $wait_all (i32.add (local.get $n) (i32.const 1)))"
    "    (i32.atomic.load (i32.const 20)))"
    // Starts n waiters, wakes `few` of them, then all; the first number and 1000 times the second.
    "  (func (export \"wake\") (param $mode i32) (param $n i32) (result i32)"
    "    (local $at i32) (local $first i32) (local $second i32)"
    "    (local.set $at (select (i32.const 128) (i32.const 64)"
    "                           (i32.eq (local.get $mode) (i32.const 3))))"
    "    (i64.store (i32.const 40) (i64.const -1))"
    "    (drop (call $start_all (local.get $mode) (local.get $n)))"
    "    (loop $again (local.set $first (i32.add (local.get $first)"
    "      (memory.atomic.notify (local.get $at)"
    "        (i32.sub (i32.const 10) (local.get $first)))))"
    "      (br_if $again (i32.lt_u (local.get $first) (i32.const 10))))"
    "    (loop $again (local.set $second (i32.add (local.get $second)"
    "      (memory.atomic.notify (local.get $at) (i32.const -1))))"
    "      (br_if $again (i32.lt_u (i32.add (local.get $first) (local.get $second))"
    "                              (local.get $n))))"
    "    (call $wait_all (local.get $n))"
    "    (i32.add (local.get $first) (i32.mul (local.get $second) (i32.const 1000))))"
    "  (func (export \"time\") (param $mode i32) (param $nanoseconds i64) (result i32)"
    "    (i64.store (i32.const 40) (local.get $nanoseconds))"
    "    (call $wait_all (call $start_all (local.get $mode) (i32.const 64)))"
    "    (i32.load (i32.const 88)))"
    // All are in their wait or spinning when the main thread does the last.
    "  (func (export \"leave\") (param $mode i32) (param $n i32) (result i32)"
    "    (i64.store (i32.const 40) (i64.const -1))"
    "    (call $start_all (local.get $mode) (local.get $n)))"
    "  (func (export \"stay\") (param $mode i32) (param $n i32)"
    "    (i64.store (i32.const 40) (i64.const 0x7fffffffffffffff))"
    "    (drop (call $start_all (local.get $mode) (local.get $n)))"
    "    (call $wait_all (i32.const -1)))"
    "  (func (export \"stay_on\") (param $mode i32) (param $n i32)"
    "    (i64.store (i32.const 40) (i64.const -1))"
    "    (drop (call $start_all (local.get $mode) (local.get $n)))"
    "    (call $spin))"
    "  (func (export \"load\") (param $at i32) (param i32) (result i32)"
    "    (i32.load (local.get $at)))"
    "  (func (export \"store\") (param $at i32) (param $value i32)"
    "    (i32.store (local.get $at) (local.get $value)))"
    "  (func (export \"size\") (param i32 i32) (result i32) (memory.size))"
    "  (func (export \"own\") (param i32 i32) (result i32) (global.get $own)))";

static struct proto_faaslet *proto;
static struct faaslet *faaslet;

static int32_t spawn(struct object_instance *instance, uint32_t argument) {
    uint32_t id;
    struct error error = {0};
    if (faaslet_thread_spawn(instance, argument, &id, &error)) {
        return (int32_t)id;
    }
    if (error.code == ERROR_BUSY) {
        return -6;
    }
    faaslet_raise(instance, FAASLET_TRAP_HOST, "%s", error.message);
}

static void leave(struct object_instance *instance, int32_t code) {
    faaslet_exit(instance, code);
}

static const struct faaslet_host_function rows[] = {
    {"wasi", "thread-spawn", "i:i", HOST_CODE(spawn)},
    {"host", "exit", "i:", HOST_CODE(leave)},
};

static int start(void **state) {
    (void)state;
    fixture_take_signals();
    faaslet = fixture_restore(proto);
    return 0;
}

static int end(void **state) {
    (void)state;
    fixture_take_signals();
    faaslet_delete(faaslet);
    return 0;
}

static void put_back(void) {
    struct error error = {0};
    if (!faaslet_reset(faaslet, &error)) {
        fail_msg("%s", error.message);
    }
}

static uint32_t load(uint32_t at) {
    return (uint32_t)fixture_value(faaslet, "load", at, 0);
}

static void expect_trap(const char *name, enum mode mode, enum faaslet_trap_kind kind) {
    struct faaslet_result result;
    fixture_call(faaslet, name, mode, THREADS, &result);
    assert_int_equal(result.outcome, FAASLET_TRAPPED);
    assert_string_equal(faaslet_trap_name(result.trap), faaslet_trap_name(kind));
}

// ---- What threads do ----------------------------------------------------------------------------

static void exclude_each_other(void **state) {
    (void)state;
    fixture_take_signals();
    assert_int_equal(fixture_value(faaslet, "run", COUNT, THREADS), THREADS);
    assert_int_equal(load(4), 100 * THREADS);
    assert_int_equal(load(0), 100 * THREADS);
}

static void have_instances_of_their_own(void **state) {
    (void)state;
    fixture_take_signals();
    fixture_value(faaslet, "load", 0, 0);
    struct faaslet_result result;
    fixture_call(faaslet, "store", 1000, 'x', &result); // active segments must not be copied again
    assert_int_equal(fixture_value(faaslet, "run", GLOBALS, 40), 40);
    assert_int_equal(fixture_value(faaslet, "own", 0, 0), 6);
    assert_int_equal(load(28), 1 + 40); // the start function runs for each
    assert_int_equal(load(4), 100 * 40);
}

static void wait_for_each_other(void **state) {
    (void)state;
    fixture_take_signals();
    assert_int_equal(fixture_value(faaslet, "run", BARRIER, THREADS), THREADS);
    assert_int_equal(load(16), 20);
    put_back();
    assert_int_equal(fixture_value(faaslet, "run", PING_PONG, THREADS), THREADS);
    for (uint32_t pair = 0; pair < THREADS / 2; pair++) {
        assert_int_equal(load(4096 + pair * 64), 200);
    }
}

static void notify_says_how_many(void **state) {
    (void)state;
    fixture_take_signals();
    assert_int_equal(fixture_value(faaslet, "wake", WAIT, THREADS), 10 + 1000 * (THREADS - 10));
    assert_int_equal(load(80), THREADS);
    put_back();
    assert_int_equal(fixture_value(faaslet, "wake", WAIT64, THREADS), 10 + 1000 * (THREADS - 10));
    assert_int_equal(load(80), THREADS);
}

static void time_out(void **state) {
    (void)state;
    fixture_take_signals();
    for (int mode = WAIT; mode <= WAIT64; mode++) {
        assert_int_equal(fixture_value(faaslet, "time", mode, 0), THREADS);
        put_back();
        uint64_t before = clock_monotonic();
        assert_int_equal(fixture_value(faaslet, "time", mode, 20 * MILLISECOND), THREADS);
        assert_true(clock_monotonic() - before >= 20 * MILLISECOND);
        put_back();
        struct faaslet_result result;
        fixture_call(faaslet, "store", mode == WAIT ? 64 : 128, 1, &result); // not as expected
        assert_int_equal(fixture_value(faaslet, "time", mode, (uint64_t)-1), 0);
        assert_int_equal(load(84), THREADS);
        put_back();
    }
}

static void start_threads_themselves(void **state) {
    (void)state;
    fixture_take_signals();
    assert_int_equal(fixture_value(faaslet, "chain", SPAWN, THREADS), THREADS + 1);
}

static void grow_memory_together(void **state) {
    (void)state;
    fixture_take_signals();
    assert_int_equal(fixture_value(faaslet, "run", GROW, THREADS), THREADS);
    assert_int_equal(fixture_value(faaslet, "size", 0, 0), 32 + 4 * THREADS);
    for (uint32_t page = 32; page < 32 + 4 * THREADS; page++) {
        assert_int_equal(load(page * WASM_PAGE + 16), 0x01010101);
    }
    put_back();
    assert_int_equal(fixture_value(faaslet, "size", 0, 0), 32);
    struct faaslet_result result;
    fixture_call(faaslet, "load", 32 * WASM_PAGE, 0, &result);
    assert_int_equal(result.trap, FAASLET_TRAP_MEMORY_BOUNDS);
}

// ---- What ends them -----------------------------------------------------------------------------

static void end_with_the_call(void **state) {
    (void)state;
    fixture_take_signals();
    assert_int_equal(fixture_value(faaslet, "leave", WAIT, THREADS), THREADS);
    put_back();
    if (!FIXTURE_SIGNALS_ARE_LATE) {
        assert_int_equal(fixture_value(faaslet, "leave", SPIN, THREADS), THREADS);
        put_back();
    }
    assert_int_equal(fixture_value(faaslet, "run", COUNT, 2), 2);
}

static void a_trap_ends_all(void **state) {
    (void)state;
    fixture_take_signals();
    struct buffer trace = {0};
    struct faaslet_result result;
    struct error error;
    fixture_call(faaslet, "stay", TRAP, THREADS, &result);
    assert_int_equal(result.outcome, FAASLET_TRAPPED);
    assert_int_equal(result.trap, FAASLET_TRAP_UNREACHABLE);
    assert_true(faaslet_result_backtrace(&result, &trace, &error));
    assert_true(buffer_append(&trace, "", 1, &error));
    assert_non_null(strstr((const char *)trace.data, "work"));
    assert_non_null(strstr((const char *)trace.data, "wasi_thread_start (function"));
    buffer_destroy(&trace);
    put_back();
    expect_trap("stay", EXHAUST, FAASLET_TRAP_STACK_EXHAUSTED);
    put_back();
    expect_trap("stay", THROW, FAASLET_TRAP_EXCEPTION);
    put_back();
    if (!FIXTURE_SIGNALS_ARE_LATE) {
        expect_trap("stay_on", TRAP, FAASLET_TRAP_UNREACHABLE);
    }
}

static void an_exit_ends_all(void **state) {
    (void)state;
    fixture_take_signals();
    if (FIXTURE_SIGNALS_ARE_LATE) {
        return;
    }
    struct faaslet_result result;
    fixture_call(faaslet, "stay", EXIT, THREADS, &result);
    assert_int_equal(result.outcome, FAASLET_EXITED);
    assert_int_equal(result.exit_code, 42);
    put_back();
    fixture_call(faaslet, "stay_on", EXIT, THREADS, &result);
    assert_int_equal(result.outcome, FAASLET_EXITED);
}

static void *interrupt_soon(void *argument) {
    usleep(30000);
    while (!faaslet_interrupt(faaslet, *(enum faaslet_trap_kind *)argument)) {
        usleep(1000);
    }
    return NULL;
}

static void interrupted_in(const char *name, enum mode mode, enum faaslet_trap_kind kind) {
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, interrupt_soon, &kind), 0);
    expect_trap(name, mode, kind);
    assert_int_equal(pthread_join(thread, NULL), 0);
    put_back();
}

static void an_interrupt_ends_all(void **state) {
    (void)state;
    fixture_take_signals();
    interrupted_in("stay", WAIT, FAASLET_TRAP_DEADLINE);
    interrupted_in("stay", WAIT64, FAASLET_TRAP_CANCELLED);
    if (!FIXTURE_SIGNALS_ARE_LATE) {
        interrupted_in("stay", SPIN, FAASLET_TRAP_CPU_LIMIT);
        interrupted_in("stay_on", SPIN, FAASLET_TRAP_DEADLINE);
        interrupted_in("stay_on", WAIT, FAASLET_TRAP_DEADLINE);
    }
    assert_int_equal(fixture_value(faaslet, "run", COUNT, 3), 3);
}

// ---- Limits -------------------------------------------------------------------------------------

static void are_limited(void **state) {
    (void)state;
    fixture_take_signals();
    assert_int_equal(fixture_value(faaslet, "leave", WAIT, 1000), THREAD_DEFAULT_LIMIT);
    put_back();
    // Those that have ended do not count.
    for (int round = 0; round < 5; round++) {
        assert_int_equal(fixture_value(faaslet, "run", WRITE, THREADS), THREADS);
        put_back();
    }
}

// ---- Used again ---------------------------------------------------------------------------------

static void leave_nothing_behind(void **state) {
    (void)state;
    fixture_take_signals();
    for (uint32_t round = 0; round < 1000; round++) {
        uint32_t threads = 1 + round % 8;
        assert_int_equal(fixture_value(faaslet, "run", WRITE, threads), threads);
        for (uint32_t i = 0; i < threads; i++) {
            assert_int_equal(load(DIRTY + i * PAGE), i);
        }
        put_back();
        assert_int_equal(load(20), 0);
        assert_int_equal(load(28), 1);
        for (uint32_t i = 0; i < 8; i++) {
            assert_int_equal(load(DIRTY + i * PAGE), 0);
        }
    }
}

static void have_their_writes_undone(void **state) {
    (void)state;
    fixture_take_signals();
    for (int round = 0; round < 40; round++) {
        assert_int_equal(fixture_value(faaslet, "run", round % 2 ? WRITE : GROW, THREADS), THREADS);
        put_back();
        for (uint32_t i = 0; i < THREADS; i++) {
            assert_int_equal(load(DIRTY + i * PAGE), 0);
        }
        assert_int_equal(fixture_value(faaslet, "size", 0, 0), 32);
    }
}

static void are_not_in_a_snapshot(void **state) {
    (void)state;
    fixture_take_signals();
    struct faaslet *first = fixture_faaslet(text, rows, sizeof rows / sizeof *rows);
    struct faaslet_result result;
    assert_int_equal(fixture_value(first, "run", GROW, 8), 8);
    fixture_call(first, "store", 20, 0, &result);
    assert_int_equal(fixture_value(first, "leave", WAIT, 8), 8);
    struct proto_faaslet *later = fixture_snapshot(first);
    faaslet_delete(first);
    struct faaslet *restored = fixture_restore(later);
    assert_int_equal(fixture_value(restored, "size", 0, 0), 32 + 4 * 8);
    assert_int_equal(fixture_value(restored, "load", 33 * WASM_PAGE + 16, 0), 0x01010101);
    fixture_call(restored, "store", 20, 0, &result);
    assert_int_equal(fixture_value(restored, "run", COUNT, 8), 8);
    assert_int_equal(fixture_value(restored, "load", 4, 0), 800);
    faaslet_delete(restored);
    proto_faaslet_release(later);
}

// ---- Programs that cannot have threads ----------------------------------------------------------

#define UNFIT(memory, start)                                                                       \
    "(module (import \"wasi\" \"thread-spawn\" (func $spawn (param i32) (result i32)))" memory     \
    " (func (export \"go\") (param i32 i32) (result i32) (call $spawn (i32.const 0)))" start ")"
#define SHARED "(import \"env\" \"memory\" (memory 1 2 shared))"

static void unfit(const char *module, const char *message) {
    struct faaslet *bad = fixture_faaslet(module, rows, 2);
    struct faaslet_result result;
    fixture_call(bad, "go", 0, 0, &result);
    assert_int_equal(result.outcome, FAASLET_TRAPPED);
    assert_int_equal(result.trap, FAASLET_TRAP_HOST);
    assert_non_null(strstr(result.message, message));
    faaslet_delete(bad);
}

static void need_a_fit_program(void **state) {
    (void)state;
    fixture_take_signals();
    unfit(UNFIT(SHARED, ""), "does not export wasi_thread_start");
    unfit(UNFIT(SHARED, "(func (export \"wasi_thread_start\") (param i32))"), "(i32, i32) -> ()");
    unfit(UNFIT(SHARED, "(func (export \"wasi_thread_start\") (param i32 i64))"),
          "(i32, i32) -> ()");
    unfit(UNFIT(SHARED, "(global (export \"wasi_thread_start\") i32 (i32.const 0))"),
          "does not export wasi_thread_start");
    unfit(UNFIT("(memory 1 2)", "(func (export \"wasi_thread_start\") (param i32 i32))"),
          "not shared");
    unfit(UNFIT("", "(func (export \"wasi_thread_start\") (param i32 i32))"), "not shared");
    unfit(UNFIT(SHARED "(memory 1 2)", "(func (export \"wasi_thread_start\") (param i32 i32))"),
          "not shared");
}

static void only_shared_memory_is_made(void **state) {
    (void)state;
    fixture_take_signals();
    struct error error = {0};
    struct faaslet_object *object = fixture_load("(module (import \"env\" \"memory\" (memory 1)))");
    struct faaslet *empty = fixture_new(NULL);
    assert_null(faaslet_instantiate(empty, object, NULL, NULL, NULL, &error));
    assert_int_equal(error.code, ERROR_UNLINKABLE);
    faaslet_delete(empty);
    faaslet_object_release(object);
    object = fixture_load("(module (import \"env\" \"memory\" (memory 10 20 shared)))");
    empty = fixture_new(&(struct faaslet_config){.memory_limit_pages = 5});
    assert_null(faaslet_instantiate(empty, object, NULL, NULL, NULL, &error));
    assert_int_equal(error.code, ERROR_TOO_LARGE);
    faaslet_delete(empty);
    faaslet_object_release(object);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(exclude_each_other, start, end),
        cmocka_unit_test_setup_teardown(have_instances_of_their_own, start, end),
        cmocka_unit_test_setup_teardown(wait_for_each_other, start, end),
        cmocka_unit_test_setup_teardown(notify_says_how_many, start, end),
        cmocka_unit_test_setup_teardown(time_out, start, end),
        cmocka_unit_test_setup_teardown(start_threads_themselves, start, end),
        cmocka_unit_test_setup_teardown(grow_memory_together, start, end),
        cmocka_unit_test_setup_teardown(end_with_the_call, start, end),
        cmocka_unit_test_setup_teardown(a_trap_ends_all, start, end),
        cmocka_unit_test_setup_teardown(an_exit_ends_all, start, end),
        cmocka_unit_test_setup_teardown(an_interrupt_ends_all, start, end),
        cmocka_unit_test_setup_teardown(are_limited, start, end),
        cmocka_unit_test_setup_teardown(leave_nothing_behind, start, end),
        cmocka_unit_test_setup_teardown(have_their_writes_undone, start, end),
        cmocka_unit_test(are_not_in_a_snapshot),
        cmocka_unit_test(need_a_fit_program),
        cmocka_unit_test(only_shared_memory_is_made),
    };
    fixture_initialize();
    struct faaslet *first = fixture_faaslet(text, rows, sizeof rows / sizeof *rows);
    proto = fixture_snapshot(first);
    faaslet_delete(first);
    int failed = cmocka_run_group_tests_name("guest threads", tests, NULL, NULL);
    proto_faaslet_release(proto);
    return failed;
}
