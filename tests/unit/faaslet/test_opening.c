// Growing: what a memory has grown by is there whoever gets to it first, and nothing behind it is.
#include "faaslet/extension.h"
#include "faaslet/opening.h"
#include "faaslet/region.h"
#include "faaslet/space.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include "fixture.h"

#if defined(__has_feature)
#if __has_feature(thread_sanitizer) || __has_feature(address_sanitizer)
#define SANITIZED 1
#endif
#endif

enum { INITIAL = 3, PAGE = 65536 };

static int pipe_ends[2];

// ---- Host functions -----------------------------------------------------------------------------

static int32_t host_sum(struct object_instance *instance, uint32_t address, uint32_t length) {
    const uint8_t *bytes = guest_range(instance, address, length);
    int32_t total = bytes == NULL ? -1 : 0;
    for (uint32_t i = 0; bytes != NULL && i < length; i++) {
        total += bytes[i];
    }
    return total;
}

// System calls that read and write what the guest names.
static int32_t host_send(struct object_instance *instance, uint32_t address, uint32_t length) {
    const void *bytes = guest_range(instance, address, length);
    return bytes == NULL ? -1 : (int32_t)write(pipe_ends[1], bytes, length);
}

static int32_t host_receive(struct object_instance *instance, uint32_t address, uint32_t length) {
    void *bytes = guest_buffer(instance, address, length);
    return bytes == NULL ? -1 : (int32_t)read(pipe_ends[0], bytes, length);
}

static int32_t host_string(struct object_instance *instance, uint32_t address, uint32_t capacity) {
    char text[256];
    assert_true(capacity <= sizeof text);
    return guest_read_string(instance, address, text, capacity) ? (int32_t)strlen(text) : -1;
}

static int32_t host_allocate(struct object_instance *instance, uint32_t length, uint32_t value) {
    uint32_t address = guest_allocate(instance, length);
    return address != 0 && guest_write_u32(instance, address + length - 4, value) ? (int32_t)address
                                                                                  : -1;
}

static void *map_shared(void *owner, char *address, uint64_t bytes, struct error *error) {
    (void)error;
    void *mapped = mmap(address, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED,
                        *(const int *)owner, 0);
    return mapped == MAP_FAILED ? NULL : mapped;
}

static void unmap_nothing(void *mapping) {
    (void)mapping;
}

static bool open_nothing(void *mapping, uint64_t offset, uint64_t length) {
    (void)mapping;
    (void)offset;
    (void)length;
    return false;
}

static int shared_file = -1;

static int32_t host_extend(struct object_instance *instance, uint32_t bytes, uint32_t unused) {
    static const struct extension_source source = {map_shared, unmap_nothing, open_nothing};
    struct error error;
    uint32_t address;
    (void)unused;
    return extension_map(instance, &source, &shared_file, bytes, &address, &error)
               ? (int32_t)address
               : -1;
}

static int32_t host_region(struct object_instance *instance, uint32_t address, uint32_t length) {
    struct error error;
    return region_map(instance, address, length, shared_file, 0, REGION_PRIVATE, &error) ? 0 : -1;
}

static const struct faaslet_host_function rows[] = {
    {"env", "sum", "ii:i", HOST_CODE(host_sum)},
    {"env", "send", "ii:i", HOST_CODE(host_send)},
    {"env", "receive", "ii:i", HOST_CODE(host_receive)},
    {"env", "string", "ii:i", HOST_CODE(host_string)},
    {"env", "allocate", "ii:i", HOST_CODE(host_allocate)},
    {"env", "extend", "ii:i", HOST_CODE(host_extend)},
    {"env", "region", "ii:i", HOST_CODE(host_region)},
};
enum { ROWS = sizeof rows / sizeof *rows };

#define PASSED_ON(name)                                                                            \
    "  (import \"env\" \"" name "\" (func $" name " (param i32 i32) (result i32)))"                \
    "  (export \"host_" name "\" (func $" name "))"

static const char text[] = "(module" PASSED_ON("sum") PASSED_ON("send") PASSED_ON("receive")
    PASSED_ON("string") PASSED_ON("allocate") PASSED_ON("extend") PASSED_ON(
        "region") "  (memory 3 2000)"
                  "  (data $passive \"passive\")"
                  "  (func (export \"grow\") (param i32 i32) (result i32) (memory.grow (local.get "
                  "0)))"
                  "  (func (export \"load\") (param i32 i32) (result i32) (i32.load8_u (local.get "
                  "0)))"
                  "  (func (export \"load8\") (param i32 i32) (result i64) (i64.load (local.get "
                  "0)))"
                  "  (func (export \"store\") (param i32 i32) (i32.store8 (local.get 0) (local.get "
                  "1)))"
                  "  (func (export \"fill\") (param i32 i32)"
                  "    (memory.fill (local.get 0) (i32.const 7) (local.get 1)))"
                  "  (func (export \"copy\") (param i32 i32)"
                  "    (memory.copy (local.get 0) (local.get 1) (i32.const 100000)))"
                  "  (func (export \"init\") (param i32 i32)"
                  "    (memory.init $passive (local.get 0) (i32.const 0) (local.get 1))))";

static struct faaslet *make(void) {
    return fixture_faaslet(text, rows, ROWS);
}

static struct object_instance *instance_of(struct faaslet *faaslet) {
    return faaslet_main_instance(faaslet);
}

static uint32_t size_of(struct faaslet *faaslet) {
    return (uint32_t)space_memory_record(faaslet, 0)->pages * PAGE;
}

// By so little that it waits, so often that a fault pays.
static void grow_waiting(struct faaslet *faaslet) {
    uint64_t end = opening_end(faaslet, 0);
    for (int i = 0; i < 5; i++) {
        assert_int_equal(fixture_value(faaslet, "grow", 1, 0), size_of(faaslet) / PAGE - 1);
    }
    assert_int_equal(opening_end(faaslet, 0), end);
}

static void assert_traps(struct faaslet *faaslet, const char *name, uint32_t first,
                         uint32_t second) {
    struct faaslet_result result;
    fixture_call(faaslet, name, first, second, &result);
    assert_int_equal(result.outcome, FAASLET_TRAPPED);
    assert_int_equal(result.trap, FAASLET_TRAP_MEMORY_BOUNDS);
}

static void assert_open(struct faaslet *faaslet) {
    assert_int_equal(opening_end(faaslet, 0), size_of(faaslet));
    uint32_t end = size_of(faaslet);
    assert_traps(faaslet, "load", end, 0);
    assert_traps(faaslet, "load8", end - 7, 0);
    assert_int_equal(fixture_value(faaslet, "host_sum", end - 4, 5), UINT32_MAX);
}

// ---- Guests -------------------------------------------------------------------------------------

static void the_guest_gets_there(void **state) {
    (void)state;
    struct faaslet *faaslet = make();
    grow_waiting(faaslet);
    fixture_value(faaslet, "store", size_of(faaslet) - 1, 3);
    assert_open(faaslet);
    grow_waiting(faaslet);
    assert_int_equal(fixture_value(faaslet, "load8", size_of(faaslet) - 5 * PAGE - 4, 0), 3u << 24);
    assert_open(faaslet);
    // An access across the end.
    grow_waiting(faaslet);
    assert_traps(faaslet, "load8", size_of(faaslet) - 4, 0);
    assert_open(faaslet);
    // Behind the end what waits keeps waiting.
    grow_waiting(faaslet);
    uint64_t end = opening_end(faaslet, 0);
    assert_traps(faaslet, "load", size_of(faaslet), 0);
    assert_int_equal(opening_end(faaslet, 0), end);
    faaslet_delete(faaslet);
}

static void bulk_operations_get_there(void **state) {
    (void)state;
    struct faaslet *faaslet = make();
    grow_waiting(faaslet);
    fixture_value(faaslet, "fill", size_of(faaslet) - 3 * PAGE, 3 * PAGE);
    assert_open(faaslet);
    assert_int_equal(fixture_value(faaslet, "load", size_of(faaslet) - 1, 0), 7);
    grow_waiting(faaslet);
    fixture_value(faaslet, "copy", size_of(faaslet) - 100000, 0);
    assert_open(faaslet);
    grow_waiting(faaslet);
    fixture_value(faaslet, "copy", 0, size_of(faaslet) - 100000);
    assert_open(faaslet);
    grow_waiting(faaslet);
    fixture_value(faaslet, "init", size_of(faaslet) - 7, 7);
    assert_open(faaslet);
    assert_int_equal(fixture_value(faaslet, "load", size_of(faaslet) - 1, 0), 'e');
    grow_waiting(faaslet);
    assert_traps(faaslet, "fill", size_of(faaslet) - PAGE, PAGE + 1);
    assert_traps(faaslet, "init", size_of(faaslet) - 6, 7);
    faaslet_delete(faaslet);
}

static void touching_each_time_opens_at_once(void **state) {
    (void)state;
    struct faaslet *faaslet = make();
    int faults = 0;
    for (int i = 0; i < 256; i++) {
        fixture_value(faaslet, "grow", 1, 0);
        faults += opening_end(faaslet, 0) < size_of(faaslet);
        fixture_value(faaslet, "store", size_of(faaslet) - 1, 1);
        assert_int_equal(opening_end(faaslet, 0), size_of(faaslet));
    }
    assert_in_range(faults, 1, 20);
    for (int i = 0; i < 128; i++) { // until it waits again
        fixture_value(faaslet, "grow", 1, 0);
    }
    assert_true(opening_end(faaslet, 0) < size_of(faaslet));
    fixture_value(faaslet, "store", size_of(faaslet) - 1, 1);
    grow_waiting(faaslet);
    faaslet_delete(faaslet);
}

static void much_opens_at_once(void **state) {
    (void)state;
    struct faaslet *faaslet = make();
    grow_waiting(faaslet);
    fixture_value(faaslet, "grow", 16, 0);
    assert_open(faaslet);
    faaslet_delete(faaslet);
}

static void shared_memories_open_at_once(void **state) {
    (void)state;
    struct faaslet *faaslet =
        fixture_faaslet("(module (memory 1 200 shared)"
                        "  (func (export \"grow\") (param i32 i32) (result i32)"
                        "    (memory.grow (local.get 0))))",
                        NULL, 0);
    for (int i = 0; i < 10; i++) {
        fixture_value(faaslet, "grow", 1, 0);
        assert_int_equal(opening_end(faaslet, 0), size_of(faaslet));
    }
    faaslet_delete(faaslet);
}

// ---- Hosts --------------------------------------------------------------------------------------

static void host_functions_get_there(void **state) {
    (void)state;
    struct faaslet *faaslet = make();
    grow_waiting(faaslet);
    assert_int_equal(fixture_value(faaslet, "host_sum", size_of(faaslet) - PAGE, PAGE), 0);
    assert_open(faaslet);
    grow_waiting(faaslet);
    assert_int_equal(fixture_value(faaslet, "host_string", size_of(faaslet) - 10, 100), 0);
    assert_open(faaslet);
    grow_waiting(faaslet);
    uint32_t before = size_of(faaslet);
    assert_int_equal(fixture_value(faaslet, "host_allocate", 3 * PAGE, 77), before);
    assert_int_equal(fixture_value(faaslet, "load", before + 3 * PAGE - 4, 0), 77);
    assert_open(faaslet);
    faaslet_delete(faaslet);
}

static void system_calls_get_there(void **state) {
    (void)state;
    struct faaslet *faaslet = make();
    assert_int_equal(pipe2(pipe_ends, O_CLOEXEC), 0);
    grow_waiting(faaslet);
    assert_int_equal(fixture_value(faaslet, "host_send", size_of(faaslet) - 4096, 4096), 4096);
    assert_open(faaslet);
    grow_waiting(faaslet);
    assert_int_equal(fixture_value(faaslet, "host_receive", size_of(faaslet) - 4096, 4096), 4096);
    assert_open(faaslet);
    close(pipe_ends[0]);
    close(pipe_ends[1]);
    faaslet_delete(faaslet);
}

// What is not accessible is at the end of a memory: what is mapped over it comes behind.
static void mappings_leave_nothing_waiting_before_them(void **state) {
    (void)state;
    struct faaslet *faaslet = make();
    shared_file = memfd_create("shared", MFD_CLOEXEC);
    assert_int_equal(ftruncate(shared_file, 4 * PAGE), 0);
    grow_waiting(faaslet);
    uint32_t before = size_of(faaslet);
    assert_int_equal(fixture_value(faaslet, "host_extend", 2 * PAGE, 0), before);
    assert_open(faaslet);
    fixture_value(faaslet, "store", before, 5);
    assert_int_equal(fixture_value(faaslet, "load", before - PAGE, 0), 0);
    grow_waiting(faaslet);
    assert_int_equal(fixture_value(faaslet, "host_region", size_of(faaslet) - 2 * PAGE, 4096), 0);
    assert_open(faaslet);
    assert_int_equal(fixture_value(faaslet, "load", size_of(faaslet) - 2 * PAGE, 0), 5);
    close(shared_file);
    faaslet_delete(faaslet);
}

// What was room for growing, behind a mapping, is watched no longer: nobody would open it there.
static void mappings_unwatch_the_room_behind_them(void **state) {
    (void)state;
    enum { GROWN = 40 };
    struct error error = {0};
    struct faaslet *original = make();
    struct proto_faaslet *proto = fixture_snapshot(original);
    struct faaslet *faaslet = fixture_restore(proto);
    shared_file = memfd_create("shared", MFD_CLOEXEC);
    assert_int_equal(ftruncate(shared_file, PAGE), 0);
    for (int round = 0; round < 5; round++) { // makes the room, and has it watched
        assert_int_equal(fixture_value(faaslet, "grow", GROWN, 0), INITIAL);
        for (uint32_t page = 0; page < GROWN; page++) {
            fixture_value(faaslet, "store", (INITIAL + page) * PAGE, 1);
        }
        assert_true(faaslet_reset(faaslet, &error));
    }
    assert_true(faaslet->kept[0].room >= GROWN * PAGE);
    assert_int_equal(fixture_value(faaslet, "host_extend", PAGE, 0), INITIAL * PAGE);
    assert_int_equal(faaslet->kept[0].room, 0);
    assert_int_equal(fixture_value(faaslet, "grow", GROWN, 0), INITIAL + 1);
    for (uint32_t page = 0; page < GROWN; page++) {
        uint32_t address = (INITIAL + 1 + page) * PAGE;
        assert_int_equal(fixture_value(faaslet, "load", address, 0), 0);
        fixture_value(faaslet, "store", address, 2);
    }
    close(shared_file);
    faaslet_delete(faaslet);
    faaslet_delete(original);
    proto_faaslet_release(proto);
}

// ---- At rest ------------------------------------------------------------------------------------

// Resolves every import to the memory of the first instance.
static bool resolve_memory(void *context, struct object_name module, struct object_name name,
                           struct faaslet_definition *definition) {
    (void)module;
    (void)name;
    struct object_instance *instance = context;
    *definition = (struct faaslet_definition){instance, &instance->object->exports[0]};
    return true;
}

// Nobody runs who would have the fault handled.
static void modules_and_snapshots_get_there(void **state) {
    (void)state;
    struct error error = {0};
    struct faaslet *faaslet =
        fixture_faaslet("(module (memory (export \"memory\") 1 200)"
                        "  (func (export \"grow\") (param i32 i32) (result i32)"
                        "    (memory.grow (local.get 0)))"
                        "  (func (export \"load\") (param i32 i32) (result i32)"
                        "    (i32.load8_u (local.get 0))))",
                        NULL, 0);
    assert_int_equal(fixture_value(faaslet, "grow", 2, 0), 1);
    assert_int_equal(opening_end(faaslet, 0), PAGE);
    uint32_t value = 0;
    assert_true(guest_read(instance_of(faaslet), 3 * PAGE - 4, &value, 4));
    assert_int_equal(fixture_value(faaslet, "grow", 2, 0), 3);
    struct faaslet_object *second = fixture_load("(module (import \"m\" \"memory\" (memory 1))"
                                                 "  (data (i32.const 300000) \"second\"))");
    const struct faaslet_resolver resolver = {resolve_memory, instance_of(faaslet)};
    assert_non_null(faaslet_instantiate(faaslet, second, NULL, &resolver, NULL, &error));
    faaslet_object_release(second);
    assert_int_equal(fixture_value(faaslet, "load", 300000, 0), 's');
    assert_int_equal(fixture_value(faaslet, "grow", 2, 0), 5);
    struct proto_faaslet *proto = fixture_snapshot(faaslet);
    struct faaslet *restored = fixture_restore(proto);
    assert_int_equal(opening_end(restored, 0), 7 * PAGE);
    assert_int_equal(fixture_value(restored, "load", 7 * PAGE - 1, 0), 0);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(fixture_value(restored, "grow", 3, 0), 7);
        assert_true(faaslet_reset(restored, &error));
        assert_int_equal(opening_end(restored, 0), 7 * PAGE);
        assert_traps(restored, "load", 7 * PAGE, 0);
        assert_true(faaslet_reset(restored, &error));
    }
    faaslet_delete(restored);
    proto_faaslet_release(proto);
    faaslet_delete(faaslet);
}

static uint32_t random_below(uint32_t *seed, uint32_t bound) {
    *seed = *seed * 1664525u + 1013904223u;
    return (*seed >> 8) % bound;
}

static void random_step(struct faaslet *faaslet, uint32_t *seed) {
    uint32_t address = random_below(seed, size_of(faaslet) - 8);
    switch (random_below(seed, 6)) {
    case 0:
        fixture_value(faaslet, "store", address, 0xab);
        break;
    case 1:
        fixture_value(faaslet, "fill", address, 1 + random_below(seed, 7));
        break;
    case 2:
        assert_true(guest_write_u32(instance_of(faaslet), address, 0x01020304));
        break;
    default:
        fixture_value(faaslet, "grow", random_below(seed, 20), 0);
    }
}

static void assert_as_at_first(struct faaslet *faaslet, struct faaslet *fresh) {
    assert_int_equal(size_of(faaslet), INITIAL * PAGE);
    assert_memory_equal(space_memory_base(faaslet, 0), space_memory_base(fresh, 0), INITIAL * PAGE);
    assert_traps(faaslet, "load", INITIAL * PAGE, 0);
    assert_int_equal(fixture_value(faaslet, "grow", 500, 0), INITIAL);
    const char *grown = guest_range(instance_of(faaslet), INITIAL * PAGE, 500 * PAGE);
    assert_non_null(grown);
    assert_true(grown[0] == 0 && memcmp(grown, grown + 1, 500 * PAGE - 1) == 0);
}

static void nothing_stays(bool drop_written) {
    struct error error = {0};
    struct faaslet *original = make();
    original->config.drop_written = drop_written;
    struct proto_faaslet *proto = fixture_snapshot(original);
    struct faaslet *faaslet = fixture_restore(proto);
    struct faaslet *fresh = fixture_restore(proto);
    uint32_t seed = 11;
    for (int round = 0; round < 150; round++) {
        uint32_t steps = random_below(&seed, 30);
        for (uint32_t i = 0; i < steps; i++) {
            random_step(faaslet, &seed);
        }
        assert_true(faaslet_reset(faaslet, &error));
        if (round % 5 == 0) {
            assert_as_at_first(faaslet, fresh);
            assert_true(faaslet_reset(faaslet, &error));
        }
    }
    faaslet_delete(faaslet);
    faaslet_delete(fresh);
    faaslet_delete(original);
    proto_faaslet_release(proto);
}

static void nothing_stays_of_what_was_opened(void **state) {
    (void)state;
    nothing_stays(false);
    nothing_stays(true);
}

// ---- Refusals -----------------------------------------------------------------------------------

static uint64_t data_bytes(void) {
    FILE *file = fopen("/proc/self/status", "r");
    char line[128];
    unsigned long long kilobytes = 0;
    assert_non_null(file);
    while (fgets(line, sizeof line, file) != NULL && sscanf(line, "VmData: %llu", &kilobytes) < 1) {
    }
    assert_int_equal(fclose(file), 0);
    return kilobytes * 1024;
}

// The kernel refuses to open more than 4 MiB from now on, or does not any longer.
static void set_refusal(bool on) {
    struct rlimit limit;
    assert_int_equal(getrlimit(RLIMIT_DATA, &limit), 0);
    limit.rlim_cur = on ? data_bytes() + (4 << 20) : limit.rlim_max;
    assert_int_equal(setrlimit(RLIMIT_DATA, &limit), 0);
}

static void a_refusal_is_a_trap(void **state) {
    (void)state;
#if defined(SANITIZED)
    skip(); // what they map themselves would be refused
#endif
    struct faaslet_result result;
    struct faaslet *faaslet = make();
    for (int i = 0; i < 20; i++) {
        fixture_value(faaslet, "grow", 15, 0); // 18.75 MiB
    }
    uint32_t last = size_of(faaslet) - 1;
    set_refusal(true);
    fixture_call(faaslet, "store", last, 1, &result);
    bool large = fixture_value(faaslet, "grow", 100, 0) != UINT32_MAX;
    int32_t sum = (int32_t)fixture_value(faaslet, "host_sum", last, 1);
    int32_t string = (int32_t)fixture_value(faaslet, "host_string", last, 1);
    struct faaslet_result filled;
    fixture_call(faaslet, "fill", last - 1000, 1000, &filled);
    set_refusal(false);
    assert_int_equal(result.trap, FAASLET_TRAP_MEMORY_BOUNDS);
    assert_non_null(strstr(result.message, "the system refused"));
    assert_int_equal(filled.trap, FAASLET_TRAP_MEMORY_BOUNDS);
    assert_false(large);
    assert_int_equal(sum, -1);
    assert_int_equal(string, -1);
    // And it is there once the system has memory again.
    fixture_value(faaslet, "store", last, 1);
    faaslet_delete(faaslet);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_guest_gets_there),
        cmocka_unit_test(bulk_operations_get_there),
        cmocka_unit_test(touching_each_time_opens_at_once),
        cmocka_unit_test(much_opens_at_once),
        cmocka_unit_test(shared_memories_open_at_once),
        cmocka_unit_test(host_functions_get_there),
        cmocka_unit_test(system_calls_get_there),
        cmocka_unit_test(mappings_leave_nothing_waiting_before_them),
        cmocka_unit_test(mappings_unwatch_the_room_behind_them),
        cmocka_unit_test(modules_and_snapshots_get_there),
        cmocka_unit_test(nothing_stays_of_what_was_opened),
        cmocka_unit_test(a_refusal_is_a_trap),
    };
    fixture_initialize();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
