// Putting back: whoever wrote what, wherever and however the call ended, afterwards every byte is
// as the Proto-Faaslet says. Everything is done with the pages that were written being known, and
// with dropping what was written, as where there is no userfaultfd.
#include "faaslet/dirty.h"
#include "faaslet/space.h"

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "fixture.h"

#if defined(__has_feature)
#if __has_feature(thread_sanitizer) || __has_feature(address_sanitizer)
#define SANITIZED 1
#endif
#endif

enum { PAGE = 4096, INITIAL = 40, INITIAL_BYTES = INITIAL * 65536, LARGE = 200 };

static int source = -1; // a file that host_read reads

static uint64_t random_state = 88172645463325252ull;

static uint32_t random_below(uint32_t limit) {
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (uint32_t)(random_state >> 16) % limit;
}

// ---- Host functions that write ------------------------------------------------------------------

static void host_copy(struct object_instance *instance, uint32_t address, uint32_t length) {
    char *to = guest_range(instance, address, length);
    if (to != NULL) {
        memset(to, 0x5a, length);
    }
}

static int32_t host_read(struct object_instance *instance, uint32_t address, uint32_t length) {
    void *to = guest_buffer(instance, address, length);
    return to == NULL ? -1 : (int32_t)pread(source, to, length, 0);
}

static _Atomic int spinning;

static void host_mark(struct object_instance *instance) {
    (void)instance;
    atomic_store(&spinning, 1);
}

struct share {
    char *base;
    uint32_t number;
};

enum { WRITERS = 4 };

static void *write_share(void *argument) {
    const struct share *share = argument;
    for (uint32_t page = 0; page < INITIAL_BYTES / PAGE; page++) {
        char *byte = share->base + (size_t)page * PAGE + share->number;
        __atomic_store_n(byte, (char)(share->number + 1), __ATOMIC_RELAXED);
    }
    return NULL;
}

// Threads of the host that write to the same pages of a guest at once.
static void host_race(struct object_instance *instance) {
    pthread_t threads[WRITERS];
    struct share shares[WRITERS];
    for (uint32_t i = 0; i < WRITERS; i++) {
        shares[i] = (struct share){guest_range(instance, 0, INITIAL_BYTES), i};
        assert_int_equal(pthread_create(&threads[i], NULL, write_share, &shares[i]), 0);
    }
    for (int i = 0; i < WRITERS; i++) {
        pthread_join(threads[i], NULL);
    }
}

static const struct faaslet_host_function rows[] = {
    {"env", "copy", "ii", HOST_CODE(host_copy)},
    {"env", "read", "ii:i", HOST_CODE(host_read)},
    {"env", "mark", "", HOST_CODE(host_mark)},
    {"env", "race", "", HOST_CODE(host_race)},
};

static const char text[] =
    "(module"
    "  (import \"env\" \"copy\" (func $copy (param i32 i32)))"
    "  (import \"env\" \"read\" (func $read (param i32 i32) (result i32)))"
    "  (import \"env\" \"mark\" (func $mark))"
    "  (import \"env\" \"race\" (func $race))"
    "  (memory %u 1000)"
    "  (data (i32.const 4000) \"across the border of two pages: ________________________________"
    "________________________________________________________________________________\")"
    "  (data (i32.const 900000) \"far away\")"
    "  (func (export \"store\") (param i32 i32) (i64.store (local.get 0) (i64.const -1)))"
    "  (func (export \"load\") (param i32 i32) (result i64) (i64.load (local.get 0)))"
    "  (func (export \"fill\") (param i32 i32)"
    "    (memory.fill (local.get 0) (i32.const 7) (local.get 1)))"
    "  (func (export \"copy\") (param i32 i32) (call $copy (local.get 0) (local.get 1)))"
    "  (func (export \"read\") (param i32 i32) (result i32)"
    "    (call $read (local.get 0) (local.get 1)))"
    "  (func (export \"race\") (param i32 i32) (call $race))"
    "  (func (export \"grow\") (param i32 i32) (result i32)"
    "    (local.set 1 (memory.grow (local.get 0)))"
    "    (if (i32.ne (local.get 1) (i32.const -1))"
    "      (then (memory.fill (i32.mul (local.get 1) (i32.const 65536)) (i32.const 9)"
    "        (i32.mul (local.get 0) (i32.const 65536)))))"
    "    (local.get 1))"
    "  (func (export \"write_and_trap\") (param i32 i32)"
    "    (i64.store (local.get 0) (i64.const 5)) (unreachable))"
    "  (func (export \"write_and_leave\") (param i32 i32)" // out of bounds, after a part is written
    "    (call $copy (local.get 0) (local.get 1))"
    "    (memory.fill (i32.const 0) (i32.const 1) (i32.const 100000))"
    "    (i32.store (i32.const -8) (i32.const 1)))"
    "  (func (export \"write_and_spin\") (param i32 i32) (local $i i32)"
    "    (call $mark)"
    "    (loop $l"
    "      (i64.store (i32.and (local.get $i) (i32.const 1048568)) (i64.const 5))"
    "      (local.set $i (i32.add (local.get $i) (i32.const 4104)))"
    "      (br $l))))";

// ---- Faaslets -----------------------------------------------------------------------------------

struct pair {
    struct proto_faaslet *proto;
    struct faaslet *faaslet; // that is written to
    struct faaslet *fresh;   // that is not
};

static struct pair pair_new(uint32_t pages, bool drop_written) {
    struct error error = {0};
    char module[sizeof text + 16];
    snprintf(module, sizeof module, text, pages);
    struct faaslet_object *object = fixture_load(module);
    const struct faaslet_config config = {.drop_written = drop_written};
    struct faaslet *original = fixture_new(&config);
    struct faaslet_linker *linker = faaslet_linker_new(&error);
    assert_true(faaslet_linker_add(linker, rows, sizeof rows / sizeof *rows, &error));
    assert_non_null(faaslet_instantiate(original, object, linker, NULL, NULL, &error));
    struct pair pair = {.proto = fixture_snapshot(original)};
    pair.faaslet = fixture_restore(pair.proto);
    pair.fresh = fixture_restore(pair.proto);
    faaslet_linker_delete(linker);
    faaslet_object_release(object);
    faaslet_delete(original);
    return pair;
}

static void pair_delete(struct pair *pair) {
    faaslet_delete(pair->faaslet);
    faaslet_delete(pair->fresh);
    proto_faaslet_release(pair->proto);
}

// Puts back and compares all that a guest can see.
static void put_back_and_compare(struct pair *pair) {
    struct error error;
    struct faaslet_result result;
    assert_true(faaslet_reset(pair->faaslet, &error));
    uint64_t bytes = faaslet_memory_bytes(pair->fresh);
    assert_int_equal(faaslet_memory_bytes(pair->faaslet), bytes);
    assert_int_equal(
        memcmp(space_memory_base(pair->faaslet, 0), space_memory_base(pair->fresh, 0), bytes), 0);
    assert_memory_equal(pair->faaslet->area, pair->fresh->area, pair->fresh->contents.area_used);
    fixture_call(pair->faaslet, "load", bytes - 7, 0, &result);
    assert_int_equal(result.trap, FAASLET_TRAP_MEMORY_BOUNDS);
    fixture_call(pair->faaslet, "store", bytes, 0, &result);
    assert_int_equal(result.trap, FAASLET_TRAP_MEMORY_BOUNDS);
    assert_true(faaslet_reset(pair->faaslet, &error));
}

static void in_both_ways(void (*test)(struct pair *pair), uint32_t pages) {
    for (int drop_written = 0; drop_written < 2; drop_written++) {
        struct pair pair = pair_new(pages, drop_written != 0);
        test(&pair);
        pair_delete(&pair);
    }
}

static struct dirty_set *set_of(const struct pair *pair) {
    return pair->faaslet->kept == NULL ? NULL : pair->faaslet->kept[0].dirty;
}

// ---- Who writes ---------------------------------------------------------------------------------

static void writers(struct pair *pair) {
    static const uint32_t addresses[] = {0, 4092, 4093, 8190, 65532, 900000, INITIAL_BYTES - 8};
    for (int round = 0; round < 12; round++) {
        for (size_t i = 0; i < sizeof addresses / sizeof *addresses; i++) {
            uint32_t left = INITIAL_BYTES - addresses[i];
            uint32_t length = left < 10000 ? left : 10000;
            fixture_value(pair->faaslet, "store", addresses[i], 0);
            put_back_and_compare(pair);
            fixture_value(pair->faaslet, "fill", addresses[i], length);
            put_back_and_compare(pair);
            fixture_value(pair->faaslet, "copy", addresses[i], length);
            put_back_and_compare(pair);
            assert_int_equal(fixture_value(pair->faaslet, "read", addresses[i], length), length);
            put_back_and_compare(pair);
        }
    }
}

static void whoever_writes_it_is_put_back(void **state) {
    (void)state;
    in_both_ways(writers, INITIAL);
}

// The last bytes of a memory and the first of what is not mapped from the image.
static void one_read_over_all(struct pair *pair) {
    for (int round = 0; round < 4; round++) {
        assert_int_equal(fixture_value(pair->faaslet, "read", 1, INITIAL_BYTES - 1),
                         INITIAL_BYTES - 1);
        fixture_value(pair->faaslet, "grow", 2, 0);
        assert_int_equal(fixture_value(pair->faaslet, "read", 5, INITIAL_BYTES + 100000),
                         INITIAL_BYTES + 100000);
        assert_int_equal((int32_t)fixture_value(pair->faaslet, "read", 5, INITIAL_BYTES + 131072),
                         -1);
        put_back_and_compare(pair);
    }
}

static void system_calls_write_everywhere(void **state) {
    (void)state;
    in_both_ways(one_read_over_all, INITIAL);
}

static void races(struct pair *pair) {
    for (int round = 0; round < 10; round++) {
        fixture_value(pair->faaslet, "race", 0, 0);
        const char *base = space_memory_base(pair->faaslet, 0);
        for (size_t page = 0; page < INITIAL_BYTES / PAGE; page++) {
            for (int i = 0; i < WRITERS; i++) {
                assert_int_equal(base[page * PAGE + i], i + 1);
            }
        }
        put_back_and_compare(pair);
    }
}

static void threads_write_at_once(void **state) {
    (void)state;
    in_both_ways(races, INITIAL);
}

// ---- How calls end ------------------------------------------------------------------------------

static void *interrupt_soon(void *argument) {
    while (atomic_load(&spinning) == 0) {
    }
    usleep(random_below(1500));
    faaslet_interrupt(argument, FAASLET_TRAP_CANCELLED);
    return NULL;
}

static void ends(struct pair *pair) {
    struct faaslet_result result;
    for (int round = 0; round < 40; round++) {
        fixture_call(pair->faaslet, "write_and_trap", random_below(INITIAL_BYTES - 8), 0, &result);
        assert_int_equal(result.trap, FAASLET_TRAP_UNREACHABLE);
        put_back_and_compare(pair);
        fixture_call(pair->faaslet, "write_and_leave", 300000, 20000, &result);
        assert_int_equal(result.trap, FAASLET_TRAP_MEMORY_BOUNDS);
        put_back_and_compare(pair);
        if (FIXTURE_SIGNALS_ARE_LATE) {
            continue;
        }
        pthread_t thread;
        atomic_store(&spinning, 0);
        assert_int_equal(pthread_create(&thread, NULL, interrupt_soon, pair->faaslet), 0);
        fixture_call(pair->faaslet, "write_and_spin", 0, 0, &result);
        pthread_join(thread, NULL);
        assert_int_equal(result.trap, FAASLET_TRAP_CANCELLED);
        put_back_and_compare(pair);
    }
}

static void however_it_ends_it_is_put_back(void **state) {
    (void)state;
    in_both_ways(ends, INITIAL);
}

// ---- Growing ------------------------------------------------------------------------------------

// New pages are zero in every call, and gone after it.
static void growth(struct pair *pair) {
    static const uint32_t sizes[] = {1, 1, 3, 1, 16, 17, 2, 40, 1, 400, 900, 1};
    struct faaslet_result result;
    for (size_t i = 0; i < 2 * sizeof sizes / sizeof *sizes; i++) {
        uint32_t pages = sizes[i % (sizeof sizes / sizeof *sizes)];
        fixture_call(pair->faaslet, "load", INITIAL_BYTES, 0, &result);
        assert_int_equal(result.trap, FAASLET_TRAP_MEMORY_BOUNDS);
        assert_int_equal(fixture_value(pair->faaslet, "grow", pages, 0), INITIAL);
        assert_int_equal(fixture_value(pair->faaslet, "grow", 1, 0), INITIAL + pages);
        put_back_and_compare(pair);
        struct faaslet_function function;
        assert_true(faaslet_find_export(faaslet_main_instance(pair->faaslet), "grow", &function));
        assert_int_equal(guest_allocate(function.instance, pages * 65536), INITIAL_BYTES);
        const char *new = guest_range(function.instance, INITIAL_BYTES, pages * 65536);
        for (uint32_t at = 0; at < pages * 65536; at += 512) {
            assert_int_equal(new[at], 0);
        }
        put_back_and_compare(pair);
    }
    fixture_call(pair->faaslet, "grow", 961, 0, &result); // past the maximum
    assert_int_equal(result.outcome, FAASLET_RETURNED);
    put_back_and_compare(pair);
}

static void grown_memory_is_zero_and_goes(void **state) {
    (void)state;
    in_both_ways(growth, INITIAL);
}

// ---- Large sets ---------------------------------------------------------------------------------

// More pages than a set holds, then few, then many again: sets are given up and begun again.
static void overflow(struct pair *pair) {
    for (int round = 0; round < 60; round++) {
        if (round % 20 < 2) {
            fixture_value(pair->faaslet, "fill", 4096, LARGE * 65536 - 4096);
        }
        fixture_value(pair->faaslet, "store", 4094, 0);
        fixture_value(pair->faaslet, "copy", random_below(LARGE * 65536 - 70000), 70000);
        assert_int_equal(fixture_value(pair->faaslet, "read", 65536 * 150 + 17, 100000), 100000);
        put_back_and_compare(pair);
    }
}

static void too_many_pages_are_put_back(void **state) {
    (void)state;
    in_both_ways(overflow, LARGE);
}

// Pages that are not written any more leave the set, and enter it again.
static void ageing(struct pair *pair) {
    struct error error;
    for (int round = 0; round < 3; round++) {
        fixture_value(pair->faaslet, "fill", 1000, 300000);
        fixture_value(pair->faaslet, "grow", 3, 0);
        put_back_and_compare(pair);
        for (int i = 0; i < 300; i++) {
            fixture_value(pair->faaslet, "store", 500000, 0);
            assert_true(faaslet_reset(pair->faaslet, &error));
        }
        put_back_and_compare(pair);
        if (set_of(pair) != NULL) {
            assert_true(dirty_count(set_of(pair)) <= 2);
        }
    }
}

static void unused_pages_leave_the_set(void **state) {
    (void)state;
    in_both_ways(ageing, INITIAL);
}

// ---- At random ----------------------------------------------------------------------------------

static void random_call(struct faaslet *faaslet, struct faaslet_result *result) {
    static const char *const names[] = {"store", "fill",           "copy",
                                        "read",  "write_and_trap", "write_and_leave"};
    uint32_t length = 1 + random_below(random_below(8) == 0 ? 200000 : 9000);
    uint32_t address = random_below(INITIAL_BYTES - 200000);
    if (random_below(8) == 0) {
        fixture_call(faaslet, "grow", random_below(5), 0, result);
    }
    fixture_call(faaslet, names[random_below(6)], address, length, result);
}

static void rounds(struct pair *pair) {
    struct faaslet_result result;
    for (int round = 0; round < 1000; round++) {
        for (uint32_t calls = random_below(4); calls < 4; calls++) {
            random_call(pair->faaslet, &result);
            if (result.outcome != FAASLET_RETURNED) {
                break;
            }
        }
        put_back_and_compare(pair);
    }
}

static void random_rounds(void **state) {
    (void)state;
    in_both_ways(rounds, INITIAL);
}

// ---- System calls -------------------------------------------------------------------------------

#if !defined(SANITIZED) // which make system calls of their own

// From here on any system call but exit_group ends the process.
static void forbid_system_calls(void) {
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_exit_group, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
    };
    const struct sock_fprog program = {sizeof code / sizeof *code, code};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
        prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0) {
        _exit(2);
    }
}

static bool call_and_put_back(struct faaslet *faaslet, const struct faaslet_function *function,
                              uint32_t length) {
    struct error error;
    struct faaslet_result result;
    uint64_t values[2] = {70000, length};
    faaslet_call(faaslet, function, values, &result);
    return result.outcome == FAASLET_RETURNED && faaslet_reset(faaslet, &error);
}

// In a process of its own, since a filter stays, with a Faaslet made there: userfaultfd does not go
// with a fork.
static void steady_calls(void) {
    struct faaslet_function function;
    struct pair pair = pair_new(INITIAL, false);
    if (!faaslet_find_export(faaslet_main_instance(pair.faaslet), "fill", &function)) {
        _exit(3);
    }
    for (int i = 0; i < 100; i++) {
        if (!call_and_put_back(pair.faaslet, &function, 65536)) {
            _exit(4);
        }
    }
    forbid_system_calls();
    for (int i = 0; i < 10000; i++) {
        if (!call_and_put_back(pair.faaslet, &function, 65536)) {
            _exit(5);
        }
    }
    _exit(0);
}

static void no_system_calls_in_the_steady_state(void **state) {
    (void)state;
    struct pair pair = pair_new(INITIAL, false);
    put_back_and_compare(&pair);
    bool available = set_of(&pair) != NULL;
    pair_delete(&pair);
    if (!available) {
        skip();
    }
    char *const arguments[] = {(char *)"/proc/self/exe", (char *)"--steady", NULL};
    pid_t child;
    int status;
    assert_int_equal(posix_spawn(&child, "/proc/self/exe", NULL, NULL, arguments, environ), 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}

#endif

int main(int argument_count, char **arguments) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whoever_writes_it_is_put_back),
        cmocka_unit_test(system_calls_write_everywhere),
        cmocka_unit_test(threads_write_at_once),
        cmocka_unit_test(however_it_ends_it_is_put_back),
        cmocka_unit_test(grown_memory_is_zero_and_goes),
        cmocka_unit_test(too_many_pages_are_put_back),
        cmocka_unit_test(unused_pages_leave_the_set),
        cmocka_unit_test(random_rounds),
#if !defined(SANITIZED)
        cmocka_unit_test(no_system_calls_in_the_steady_state),
#endif
    };
    fixture_initialize();
    source = memfd_create("source", MFD_CLOEXEC);
    assert_true(source >= 0);
    for (unsigned i = 0; i < INITIAL_BYTES + 2 * 65536; i += PAGE) {
        char page[PAGE];
        memset(page, (int)(i / PAGE % 250 + 1), sizeof page);
        assert_int_equal(write(source, page, sizeof page), sizeof page);
    }
#if !defined(SANITIZED)
    if (argument_count == 2 && strcmp(arguments[1], "--steady") == 0) {
        steady_calls();
    }
#endif
    (void)argument_count;
    (void)arguments;
    return cmocka_run_group_tests_name("dirty", tests, NULL, NULL);
}
