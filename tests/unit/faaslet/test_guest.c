// Guest pointers: bounds, overflow, strings, allocation.
#include "fixture.h"

static struct object_instance *instance_of(struct faaslet *faaslet) {
    return faaslet_main_instance(faaslet);
}

static void ranges_are_checked(void **state) {
    (void)state;
    struct faaslet *faaslet = fixture_faaslet("(module (memory 2))", NULL, 0);
    struct object_instance *instance = instance_of(faaslet);
    const uint32_t size = 2 * OBJECT_PAGE_SIZE;
    char *base = guest_range(instance, 0, 0);
    assert_non_null(base);
    assert_ptr_equal(guest_range(instance, 0, size), base);
    assert_ptr_equal(guest_range(instance, size, 0), base + size);
    assert_ptr_equal(guest_range(instance, size - 1, 1), base + size - 1);
    assert_null(guest_range(instance, size - 1, 2));
    assert_null(guest_range(instance, size, 1));
    assert_null(guest_range(instance, size + 1, 0));
    assert_null(guest_range(instance, 0xffffffffu, 1));
    assert_null(guest_range(instance, 1, UINT64_MAX));
    assert_null(guest_range(instance, size, UINT64_MAX - size + 1));
    assert_ptr_equal(guest_array(instance, 8, size / 8 - 1, 8), base + 8);
    assert_null(guest_array(instance, 8, size / 8, 8));
    assert_null(guest_array(instance, 0, 0xffffffffu, SIZE_MAX));
    assert_null(guest_array(instance, 0, 0x80000000u, (size_t)1 << 33)); // the product is 2^64
    faaslet_delete(faaslet);
}

static void copies_are_whole_or_not_at_all(void **state) {
    (void)state;
    struct faaslet *faaslet = fixture_faaslet("(module (memory 1))", NULL, 0);
    struct object_instance *instance = instance_of(faaslet);
    uint64_t value = 0;
    assert_true(guest_write_u64(instance, 65528, 0x1122334455667788));
    assert_false(guest_write_u64(instance, 65529, 0));
    assert_true(guest_write_u32(instance, 65524, 7));
    assert_false(guest_write_u32(instance, 65533, 7));
    assert_true(guest_read(instance, 65528, &value, 8));
    assert_int_equal(value, 0x1122334455667788);
    assert_false(guest_read(instance, 65530, &value, 8));
    assert_int_equal(value, 0x1122334455667788);
    assert_true(guest_read(instance, 65536, &value, 0));
    assert_false(guest_read(instance, 65537, &value, 0));
    faaslet_delete(faaslet);
}

static void strings_end(void **state) {
    (void)state;
    struct faaslet *faaslet = fixture_faaslet(
        "(module (memory 1) (data (i32.const 10) \"hello\\00\") (data (i32.const 65533) \"abc\"))",
        NULL, 0);
    struct object_instance *instance = instance_of(faaslet);
    char text[8];
    assert_true(guest_read_string(instance, 10, text, sizeof text));
    assert_string_equal(text, "hello");
    assert_true(guest_read_string(instance, 10, text, 6));
    assert_false(guest_read_string(instance, 10, text, 5));
    assert_false(guest_read_string(instance, 10, text, 0));
    assert_false(guest_read_string(instance, 65533, text, sizeof text));
    assert_false(guest_read_string(instance, 65536, text, sizeof text));
    assert_false(guest_read_string(instance, 0xffffffffu, text, sizeof text));
    faaslet_delete(faaslet);
}

static void allocation_grows_the_memory(void **state) {
    (void)state;
    struct faaslet *faaslet = fixture_faaslet("(module (memory 1 4))", NULL, 0);
    struct object_instance *instance = instance_of(faaslet);
    uint32_t address = guest_allocate(instance, 65537);
    assert_int_equal(address, 65536);
    assert_non_null(guest_range(instance, address, 131072));
    assert_int_equal(guest_allocate(instance, 65537), 0);
    assert_int_equal(guest_allocate(instance, 1), 3 * 65536);
    assert_int_equal(guest_allocate(instance, 1), 0);
    assert_int_equal(guest_allocate(instance, UINT32_MAX), 0);
    assert_int_equal(faaslet_memory_bytes(faaslet), 4 * 65536);
    faaslet_delete(faaslet);
    faaslet = fixture_faaslet("(module (memory 0))", NULL, 0);
    assert_int_equal(guest_allocate(instance_of(faaslet), 1), 65536);
    faaslet_delete(faaslet);
}

static void modules_without_memory_have_no_ranges(void **state) {
    (void)state;
    struct faaslet *faaslet = fixture_faaslet("(module)", NULL, 0);
    char text[4];
    assert_null(guest_range(instance_of(faaslet), 0, 0));
    assert_false(guest_read_string(instance_of(faaslet), 0, text, sizeof text));
    assert_int_equal(guest_allocate(instance_of(faaslet), 1), 0);
    faaslet_delete(faaslet);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ranges_are_checked),
        cmocka_unit_test(copies_are_whole_or_not_at_all),
        cmocka_unit_test(strings_end),
        cmocka_unit_test(allocation_grows_the_memory),
        cmocka_unit_test(modules_without_memory_have_no_ranges),
    };
    fixture_initialize();
    return cmocka_run_group_tests_name("guest", tests, NULL, NULL);
}
