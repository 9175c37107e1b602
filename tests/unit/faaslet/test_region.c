// Regions: the guest works on a file's pages, and nothing of it stays when the Faaslet is put back.
#include "faaslet/region.h"
#include "faaslet/region_list.h"
#include "faaslet/space.h"

#include <fcntl.h>
#include <sys/mman.h>

#include "fixture.h"

enum { FILE_PAGES = 32 };

static int file = -1; // FILE_PAGES pages, of which every byte is the number of its page

static const char text[] =
    "(module"
    "  (import \"host\" \"sum\" (func $sum (param i32 i32) (result i32)))"
    "  (import \"host\" \"fill\" (func $fill (param i32 i32) (result i32)))"
    "  (memory (export \"memory\") 20 200)"
    "  (data (i32.const 5000) \"initial\")"
    "  (func (export \"load\") (param i32 i32) (result i32) (i32.load8_u (local.get 0)))"
    "  (func (export \"store\") (param i32 i32) (i32.store8 (local.get 0) (local.get 1)))"
    "  (func (export \"grow\") (param i32 i32) (result i32) (memory.grow (local.get 0)))"
    "  (func (export \"sum\") (param i32 i32) (result i32)"
    "    (call $sum (local.get 0) (local.get 1)))"
    "  (func (export \"fill\") (param i32 i32) (result i32)"
    "    (call $fill (local.get 0) (local.get 1))))";

// Adds up bytes of the guest, as a host function reads them.
static uint32_t sum(struct object_instance *instance, uint32_t address, uint32_t length) {
    const volatile uint8_t *bytes = guest_range(instance, address, length);
    uint32_t total = 0;
    for (uint32_t i = 0; bytes != NULL && i < length; i++) {
        total += bytes[i];
    }
    return total;
}

// Has the kernel write 0xee bytes to the guest; how many.
static uint32_t fill(struct object_instance *instance, uint32_t address, uint32_t length) {
    int source = memfd_create("source", 0);
    uint8_t bytes[8192];
    memset(bytes, 0xee, sizeof bytes);
    assert_int_equal(pwrite(source, bytes, sizeof bytes, 0), sizeof bytes);
    void *buffer = guest_buffer(instance, address, length);
    ssize_t got = buffer == NULL ? -1 : pread(source, buffer, length, 0);
    close(source);
    return (uint32_t)got;
}

static const struct faaslet_host_function rows[] = {
    {"host", "sum", "ii:i", HOST_CODE(sum)},
    {"host", "fill", "ii:i", HOST_CODE(fill)},
};

static void make_file(void) {
    uint8_t page[REGION_PAGE];
    file = memfd_create("file", MFD_CLOEXEC);
    assert_true(file >= 0);
    for (int i = 0; i < FILE_PAGES; i++) {
        memset(page, i + 1, sizeof page);
        assert_int_equal(pwrite(file, page, sizeof page, i * REGION_PAGE), REGION_PAGE);
    }
}

static int setup(void **state) {
    (void)state;
    make_file();
    return 0;
}

static int teardown(void **state) {
    (void)state;
    return close(file);
}

static void map(struct faaslet *faaslet, uint32_t address, uint32_t pages, uint32_t first,
                enum region_kind kind) {
    struct error error = {0};
    if (!region_map(faaslet_main_instance(faaslet), address, (uint64_t)pages * REGION_PAGE, file,
                    (uint64_t)first * REGION_PAGE, kind, &error)) {
        fail_msg("%s", error.message);
    }
}

static void clear(struct faaslet *faaslet, uint32_t address, uint32_t pages) {
    struct error error = {0};
    if (!region_clear(faaslet_main_instance(faaslet), address, (uint64_t)pages * REGION_PAGE,
                      &error)) {
        fail_msg("%s", error.message);
    }
}

static uint8_t byte_of_file(uint32_t offset) {
    uint8_t byte;
    assert_int_equal(pread(file, &byte, 1, offset), 1);
    return byte;
}

// The two Faaslets have the same memory, in size and in every byte.
static void assert_same_memory(const struct faaslet *left, const struct faaslet *right) {
    uint64_t pages = space_memory_record(left, 0)->pages;
    assert_int_equal(pages, space_memory_record(right, 0)->pages);
    assert_memory_equal(space_memory_base(left, 0), space_memory_base(right, 0),
                        pages * OBJECT_PAGE_SIZE);
}

static void the_guest_works_on_the_pages(void **state) {
    (void)state;
    struct faaslet *one = fixture_faaslet(text, rows, 2);
    struct faaslet *two = fixture_faaslet(text, rows, 2);
    map(one, 65536, 4, 2, REGION_SHARED);
    map(two, 131072, 4, 2, REGION_SHARED);
    assert_int_equal(fixture_value(one, "load", 65536, 0), 3);
    assert_int_equal(fixture_value(one, "load", 65536 + 3 * REGION_PAGE + 4095, 0), 6);
    assert_int_equal(fixture_value(one, "load", 65536 + 4 * REGION_PAGE, 0), 0);
    fixture_value(one, "store", 65536 + 10, 99);
    assert_int_equal(fixture_value(two, "load", 131072 + 10, 0), 99);
    assert_int_equal(byte_of_file(2 * REGION_PAGE + 10), 99);
    map(two, 131072, 1, 2, REGION_PRIVATE);
    fixture_value(two, "store", 131072 + 10, 50);
    assert_int_equal(fixture_value(one, "load", 65536 + 10, 0), 99);
    clear(one, 65536, 4);
    assert_int_equal(fixture_value(one, "load", 65536 + 10, 0), 0);
    assert_int_equal(byte_of_file(2 * REGION_PAGE + 10), 99);
    faaslet_delete(one);
    faaslet_delete(two);
}

static void refusals_change_nothing(void **state) {
    (void)state;
    struct error error;
    struct faaslet *faaslet = fixture_faaslet(text, rows, 2);
    struct object_instance *instance = faaslet_main_instance(faaslet);
    const struct {
        uint32_t address;
        uint64_t length, offset;
        int fd;
    } bad[] = {
        {1, 4096, 0, file},
        {4096, 4095, 0, file},
        {4096, 0, 0, file},
        {4096, 4096, 1, file},
        {4096, 4096, INT64_MAX, file},
        {4096, 4096, 0, -1},
        {20 * 65536, 4096, 0, file},
        {19 * 65536, 2 * 65536, 0, file},
        {0xfffff000u, 4096, 0, file},
        {4096, 1ull << 33, 0, file},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_false(region_map(instance, bad[i].address, bad[i].length, bad[i].fd, bad[i].offset,
                                REGION_PRIVATE, &error));
        assert_int_equal(error.code, ERROR_ARGUMENT);
    }
    int reading = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
    assert_false(region_map(instance, 4096, 4096, reading, 0, REGION_SHARED, &error));
    assert_int_equal(error.code, ERROR_PERMISSION);
    close(reading);
    assert_false(region_clear(instance, 20 * 65536, 4096, &error));
    assert_int_equal(fixture_value(faaslet, "load", 5000, 0), 'i');
    faaslet_delete(faaslet);
}

static void there_is_a_limit(void **state) {
    (void)state;
    struct error error;
    struct faaslet *faaslet = fixture_faaslet(text, rows, 2);
    struct object_instance *instance = faaslet_main_instance(faaslet);
    int mapped = 0;
    while (region_map(instance, (uint32_t)mapped * 2 * REGION_PAGE % (20 * 65536), REGION_PAGE,
                      file, 0, REGION_PRIVATE, &error)) {
        mapped++;
        if (mapped == 160) { // all places are taken: split large ones
            break;
        }
    }
    assert_int_equal(mapped, 160);
    fixture_value(faaslet, "grow", 100, 0);
    for (; region_map(instance, (uint32_t)mapped * 2 * REGION_PAGE, REGION_PAGE, file, 0,
                      REGION_PRIVATE, &error);
         mapped++) {
        assert_in_range(mapped, 0, REGIONS_MAX);
    }
    assert_int_equal(error.code, ERROR_TOO_LARGE);
    assert_in_range(mapped, REGIONS_MAX - 2, REGIONS_MAX);
    assert_int_equal(fixture_value(faaslet, "load", (uint64_t)(mapped - 1) * 2 * REGION_PAGE, 0),
                     1);
    assert_int_equal(fixture_value(faaslet, "load", (uint64_t)mapped * 2 * REGION_PAGE, 0), 0);
    faaslet_delete(faaslet);
}

// A guest can cut its file while it is mapped, and then hand the range to a host function.
static void a_file_that_got_shorter(void **state) {
    (void)state;
    struct faaslet *faaslet = fixture_faaslet(text, rows, 2);
    struct faaslet_result result;
    int copy = memfd_create("short", MFD_CLOEXEC);
    struct error error;
    assert_int_equal(ftruncate(copy, 8 * REGION_PAGE), 0);
    assert_int_equal(pwrite(copy, "\5", 1, 0), 1);
    assert_true(region_map(faaslet_main_instance(faaslet), 65536, 8 * REGION_PAGE, copy, 0,
                           REGION_SHARED, &error));
    assert_int_equal(ftruncate(copy, REGION_PAGE), 0);
    fixture_call(faaslet, "load", 65536 + 2 * REGION_PAGE, 0, &result);
    assert_int_equal(result.outcome, FAASLET_TRAPPED);
    assert_int_equal(result.trap, FAASLET_TRAP_MEMORY_BOUNDS);
    assert_int_equal(fixture_value(faaslet, "sum", 65536, 8 * REGION_PAGE), 5);
    assert_int_equal(fixture_value(faaslet, "fill", 65536 + 4 * REGION_PAGE, 100), 100);
    struct proto_faaslet *proto = fixture_snapshot(faaslet);
    proto_faaslet_release(proto);
    faaslet_delete(faaslet);
    close(copy);
}

// What regions show is in the image, untouched pages too; later changes of the file are not.
static void a_snapshot_holds_the_bytes(void **state) {
    (void)state;
    struct faaslet *faaslet = fixture_faaslet(text, rows, 2);
    map(faaslet, 65536, 4, 0, REGION_SHARED);
    map(faaslet, 65536 + 2 * REGION_PAGE, 1, 9, REGION_PRIVATE);
    fixture_value(faaslet, "store", 65536 + 2 * REGION_PAGE + 1, 77);
    int copy = memfd_create("short", MFD_CLOEXEC);
    struct error error;
    assert_int_equal(ftruncate(copy, REGION_PAGE), 0);
    assert_int_equal(pwrite(copy, "\5", 1, 0), 1);
    assert_true(region_map(faaslet_main_instance(faaslet), 131072, 2 * REGION_PAGE, copy, 0,
                           REGION_SHARED, &error));
    struct proto_faaslet *proto = fixture_snapshot(faaslet);
    assert_int_equal(pwrite(file, "\100", 1, 0), 1);
    struct faaslet *restored = fixture_restore(proto);
    assert_int_equal(fixture_value(restored, "load", 65536, 0), 1);
    assert_int_equal(fixture_value(restored, "load", 65536 + 3 * REGION_PAGE, 0), 4);
    assert_int_equal(fixture_value(restored, "load", 65536 + 2 * REGION_PAGE, 0), 10);
    assert_int_equal(fixture_value(restored, "load", 65536 + 2 * REGION_PAGE + 1, 0), 77);
    assert_int_equal(fixture_value(restored, "load", 131072, 0), 5);
    assert_int_equal(fixture_value(restored, "load", 131072 + REGION_PAGE, 0), 0);
    fixture_value(restored, "store", 65536, 55);
    assert_int_equal(byte_of_file(0), 64);
    close(copy);
    faaslet_delete(restored);
    faaslet_delete(faaslet);
    proto_faaslet_release(proto);
}

static uint32_t random_below(uint32_t *seed, uint32_t bound) {
    *seed = *seed * 1664525u + 1013904223u;
    return (*seed >> 8) % bound;
}

// One step of a guest that maps, clears, grows and writes all over.
static void step(struct faaslet *faaslet, uint32_t *seed, uint32_t lowest) {
    struct error error;
    uint32_t pages = (uint32_t)space_memory_record(faaslet, 0)->pages * 16;
    uint32_t page = lowest + random_below(seed, pages - lowest);
    uint32_t count = 1 + random_below(seed, 8);
    count = count < pages - page ? count : pages - page;
    switch (random_below(seed, 6)) {
    case 0:
        map(faaslet, page * REGION_PAGE, count, random_below(seed, FILE_PAGES - 8),
            random_below(seed, 2) == 0 ? REGION_SHARED : REGION_PRIVATE);
        break;
    case 1:
        clear(faaslet, page * REGION_PAGE, count);
        break;
    case 2:
        fixture_value(faaslet, "grow", random_below(seed, 5), 0);
        break;
    case 3: {
        // Two pages at least, whatever they are mapped from.
        uint32_t address = random_below(seed, pages - 2) * REGION_PAGE + 77;
        assert_int_equal(fixture_value(faaslet, "fill", address, 5000), 5000);
        assert_int_equal(fixture_value(faaslet, "sum", address, 5000), 5000 * 0xee);
        break;
    }
    default:
        fixture_value(faaslet, "store", random_below(seed, pages) * REGION_PAGE, 0xab);
        // Another function of the process reads it.
        assert_true(guest_read(faaslet_main_instance(faaslet), 0, &error, sizeof error));
    }
}

static void nothing_stays(bool drop_written, uint32_t lowest) {
    struct faaslet *original = fixture_faaslet(text, rows, 2);
    original->config.drop_written = drop_written;
    // Some of the memory comes from the image, some of it is a region's, the rest is zero.
    map(original, 10 * 65536, 4, 3, REGION_PRIVATE);
    struct proto_faaslet *proto = fixture_snapshot(original);
    struct faaslet *faaslet = fixture_restore(proto);
    struct faaslet *fresh = fixture_restore(proto);
    struct error error;
    uint32_t seed = 7 + lowest;
    for (int round = 0; round < 200; round++) {
        uint32_t steps = random_below(&seed, 20);
        // Between calls that map, some do not, so that pages are watched again.
        uint32_t from = round % 5 == 0 ? 0 : lowest;
        for (uint32_t i = 0; i < steps; i++) {
            step(faaslet, &seed, from);
        }
        assert_true(faaslet_reset(faaslet, &error));
        assert_same_memory(faaslet, fresh);
        fixture_value(faaslet, "store", (uint64_t)random_below(&seed, 320) * REGION_PAGE, 0xcd);
        assert_true(faaslet_reset(faaslet, &error));
        assert_same_memory(faaslet, fresh);
        assert_int_equal(fixture_value(faaslet, "grow", 40, 0), 20);
        for (uint32_t page = 320; page < 960; page++) {
            assert_int_equal(fixture_value(faaslet, "load", (uint64_t)page * REGION_PAGE, 0), 0);
        }
        assert_true(faaslet_reset(faaslet, &error));
    }
    faaslet_delete(faaslet);
    faaslet_delete(fresh);
    faaslet_delete(original);
    proto_faaslet_release(proto);
}

static void nothing_stays_of_regions_anywhere(void **state) {
    (void)state;
    nothing_stays(false, 0);
}

static void nothing_stays_of_regions_behind_the_image(void **state) {
    (void)state;
    nothing_stays(false, 319);
}

static void nothing_stays_without_watching(void **state) {
    (void)state;
    nothing_stays(true, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_guest_works_on_the_pages),
        cmocka_unit_test(refusals_change_nothing),
        cmocka_unit_test(there_is_a_limit),
        cmocka_unit_test(a_file_that_got_shorter),
        cmocka_unit_test(a_snapshot_holds_the_bytes),
        cmocka_unit_test(nothing_stays_of_regions_anywhere),
        cmocka_unit_test(nothing_stays_of_regions_behind_the_image),
        cmocka_unit_test(nothing_stays_without_watching),
    };
    fixture_initialize();
    return cmocka_run_group_tests(tests, setup, teardown);
}
