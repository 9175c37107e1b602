// Proto-Faaslets: what is restored, and that nothing of a call stays.
#include "faaslet/space.h"

#include "fixture.h"

static const char text[] =
    "(module"
    "  (memory (export \"memory\") 3 40)"
    "  (data (i32.const 1000) \"initial\")"
    "  (data $passive \"passive\")"
    "  (table $t (export \"t\") 5 100 funcref)"
    "  (table $x 3 50 externref)"
    "  (elem (table $t) (i32.const 0) func $one $two)"
    "  (elem $late func $two $one $two)"
    "  (global $count (mut i32) (i32.const 5))"
    "  (global $big (mut i64) (i64.const -1))"
    "  (func $one (result i32) (i32.const 1))"
    "  (func $two (result i32) (i32.const 2))"
    "  (func (export \"prepare\") (param i32 i32)"
    "    (global.set $count (i32.const 17))"
    "    (i32.store (i32.const 150000) (i32.const 99))"
    "    (drop (memory.grow (i32.const 2)))"
    "    (i32.store (i32.const 327676) (i32.const 77)))"
    "  (func (export \"count\") (param i32 i32) (result i32) (global.get $count))"
    "  (func (export \"load\") (param i32 i32) (result i32) (i32.load (local.get 0)))"
    "  (func (export \"store\") (param i32 i32) (i32.store (local.get 0) (local.get 1)))"
    "  (func (export \"size\") (param i32 i32) (result i32) (memory.size))"
    "  (func (export \"grow\") (param i32 i32) (result i32) (memory.grow (local.get 0)))"
    "  (func (export \"element\") (param i32 i32) (result i32)"
    "    (call_indirect $t (result i32) (local.get 0)))"
    "  (func (export \"table_size\") (param i32 i32) (result i32) (table.size $t))"
    "  (func (export \"init\") (param i32 i32)"
    "    (memory.init $passive (local.get 0) (i32.const 0) (i32.const 7)))"
    // Writes all over: memory, globals, tables, segments.
    "  (func (export \"leak\") (param i32 i32) (local $i i32)"
    "    (drop (memory.grow (i32.const 4)))"
    "    (loop $l"
    "      (i32.store8 (local.get $i) (i32.add (local.get $i) (i32.const 7)))"
    "      (local.set $i (i32.add (local.get $i) (i32.const 61)))"
    "      (br_if $l (i32.lt_u (local.get $i) (i32.mul (memory.size) (i32.const 65536)))))"
    "    (global.set $count (i32.const 1234567))"
    "    (global.set $big (i64.const 1234567890123))"
    "    (drop (table.grow $t (ref.func $one) (i32.const 60)))"
    "    (table.fill $t (i32.const 0) (ref.func $two) (i32.const 65))"
    "    (table.init $t $late (i32.const 2) (i32.const 0) (i32.const 3))"
    "    (drop (table.grow $x (ref.null extern) (i32.const 40)))"
    "    (elem.drop $late)"
    "    (data.drop $passive))"
    "  (func (export \"leak_and_trap\") (param i32 i32)"
    "    (global.set $count (i32.const 1))"
    "    (i32.store (i32.const 4) (i32.const 1))"
    "    (unreachable)))";

// A Proto-Faaslet of the module after its preparation.
static struct proto_faaslet *prepared(void) {
    struct faaslet *faaslet = fixture_faaslet(text, NULL, 0);
    fixture_value(faaslet, "prepare", 0, 0);
    struct proto_faaslet *proto = fixture_snapshot(faaslet);
    faaslet_delete(faaslet);
    return proto;
}

static void restored_as_it_was(void **state) {
    (void)state;
    struct proto_faaslet *proto = prepared();
    struct faaslet *faaslet = fixture_restore(proto);
    struct faaslet_result result;
    assert_int_equal(fixture_value(faaslet, "count", 0, 0), 17);
    assert_int_equal(fixture_value(faaslet, "load", 150000, 0), 99);
    assert_int_equal(fixture_value(faaslet, "load", 327676, 0), 77);
    assert_int_equal(fixture_value(faaslet, "load", 1000, 0), 0x74696e69); // "init"
    assert_int_equal(fixture_value(faaslet, "size", 0, 0), 5);
    assert_int_equal(fixture_value(faaslet, "element", 1, 0), 2);
    fixture_call(faaslet, "load", 5 * 65536, 0, &result);
    assert_string_equal(result.message, "address 0x50000 of memory 0 of 327680 bytes");
    assert_int_equal(fixture_value(faaslet, "grow", 3, 0), 5);
    assert_int_equal(fixture_value(faaslet, "load", 5 * 65536, 0), 0);
    assert_true(proto_faaslet_image_bytes(proto) > 0);
    assert_true(proto_faaslet_image_bytes(proto) < 64 << 10);
    faaslet_delete(faaslet);
    proto_faaslet_release(proto);
}

static void faaslets_share_nothing_they_write(void **state) {
    (void)state;
    struct proto_faaslet *proto = prepared();
    struct faaslet *one = fixture_restore(proto);
    struct faaslet *two = fixture_restore(proto);
    proto_faaslet_release(proto); // they hold it
    fixture_value(one, "store", 150000, 1);
    fixture_value(two, "store", 150000, 2);
    assert_int_equal(fixture_value(one, "load", 150000, 0), 1);
    assert_int_equal(fixture_value(two, "load", 150000, 0), 2);
    faaslet_delete(one);
    assert_int_equal(fixture_value(two, "load", 150000, 0), 2);
    faaslet_delete(two);
}

// Compares every byte a guest can change with those of a Faaslet that has run nothing.
static void assert_same_bytes(const struct faaslet *left, const struct faaslet *right) {
    assert_int_equal(left->contents.area_used, right->contents.area_used);
    assert_int_equal(left->open, right->open);
    assert_memory_equal(left->area, right->area, left->contents.area_used);
    assert_int_equal(left->contents.memory_count, right->contents.memory_count);
    for (uint32_t i = 0; i < left->contents.memory_count; i++) {
        uint64_t pages = space_memory_record(left, i)->pages;
        assert_int_equal(pages, space_memory_record(right, i)->pages);
        assert_memory_equal(space_memory_base(left, i), space_memory_base(right, i),
                            pages * OBJECT_PAGE_SIZE);
    }
}

static void nothing_leaks_into_the_next_call(void **state) {
    (void)state;
    struct proto_faaslet *proto = prepared();
    struct faaslet *faaslet = fixture_restore(proto);
    struct faaslet *fresh = fixture_restore(proto);
    struct error error;
    struct faaslet_result result;
    for (int round = 0; round < 3; round++) {
        fixture_value(faaslet, "leak", 0, 0);
        assert_int_equal(fixture_value(faaslet, "count", 0, 0), 1234567);
        assert_int_equal(fixture_value(faaslet, "size", 0, 0), 9);
        assert_int_equal(fixture_value(faaslet, "table_size", 0, 0), 65);
        fixture_call(faaslet, "init", 0, 0, &result);
        assert_int_equal(result.outcome, FAASLET_TRAPPED);
        faaslet_set_context(faaslet, &error);
        assert_true(faaslet_reset(faaslet, &error));
        assert_null(faaslet_context(faaslet));
        assert_same_bytes(faaslet, fresh);
        assert_int_equal(fixture_value(faaslet, "size", 0, 0), 5);
        assert_int_equal(fixture_value(faaslet, "table_size", 0, 0), 5);
        assert_int_equal(fixture_value(faaslet, "grow", 1, 0), 5);
        assert_int_equal(fixture_value(faaslet, "load", 5 * 65536, 0), 0);
        assert_int_equal(fixture_value(faaslet, "load", 5 * 65536 + 61 * 100, 0), 0);
        fixture_value(faaslet, "init", 0, 0);
        fixture_call(faaslet, "leak_and_trap", 0, 0, &result);
        assert_int_equal(result.outcome, FAASLET_TRAPPED);
        assert_true(faaslet_reset(faaslet, &error));
        assert_same_bytes(faaslet, fresh);
    }
    faaslet_delete(faaslet);
    faaslet_delete(fresh);
    proto_faaslet_release(proto);
}

static void snapshot_of_a_restored_faaslet(void **state) {
    (void)state;
    struct proto_faaslet *proto = prepared();
    struct faaslet *faaslet = fixture_restore(proto);
    struct error error;
    fixture_value(faaslet, "grow", 20, 0);
    fixture_value(faaslet, "store", 1500000, 31);
    struct proto_faaslet *second = fixture_snapshot(faaslet);
    struct faaslet *again = fixture_restore(second);
    assert_same_bytes(again, faaslet);
    assert_int_equal(fixture_value(again, "load", 150000, 0), 99);
    assert_int_equal(fixture_value(again, "load", 1500000, 0), 31);
    fixture_value(again, "store", 1500000, 32);
    assert_true(faaslet_reset(again, &error));
    assert_int_equal(fixture_value(again, "load", 1500000, 0), 31);
    faaslet_delete(again);
    faaslet_delete(faaslet);
    proto_faaslet_release(second);
    proto_faaslet_release(proto);
}

// What is instantiated after the restore is gone after the reset, and leaves nothing behind.
static void instances_added_later_go(void **state) {
    (void)state;
    struct faaslet *original = fixture_faaslet(
        "(module (func (export \"f\") (param i32 i32) (result i32) (i32.const 6)))", NULL, 0);
    struct proto_faaslet *proto = fixture_snapshot(original);
    struct faaslet *faaslet = fixture_restore(proto);
    struct faaslet *fresh = fixture_restore(proto);
    struct error error = {0};
    struct faaslet_object *object = fixture_load("(module (global i32 (i32.const 77)))");
    struct faaslet_object *large = fixture_load("(module (table 100000 funcref))");
    for (int round = 0; round < 3; round++) {
        assert_non_null(faaslet_instantiate(faaslet, object, NULL, NULL, NULL, &error));
        if (round == 1) {
            assert_non_null(faaslet_instantiate(faaslet, large, NULL, NULL, NULL, &error));
        }
        assert_true(faaslet_reset(faaslet, &error));
        assert_same_bytes(faaslet, fresh);
        assert_memory_equal(faaslet->area, fresh->area,
                            fresh->open < 1 << 20 ? fresh->open - SPACE_CONTROL : 1 << 20);
        assert_int_equal(faaslet->contents.instance_count, 1);
        assert_int_equal(fixture_value(faaslet, "f", 0, 0), 6);
    }
    faaslet_object_release(object);
    faaslet_object_release(large);
    faaslet_delete(fresh);
    faaslet_delete(faaslet);
    faaslet_delete(original);
    proto_faaslet_release(proto);
}

static void module_without_memory(void **state) {
    (void)state;
    struct faaslet *faaslet = fixture_faaslet(
        "(module (global $g (mut i32) (i32.const 3))"
        "  (func (export \"next\") (param i32 i32) (result i32)"
        "    (global.set $g (i32.add (global.get $g) (i32.const 1))) (global.get $g)))",
        NULL, 0);
    struct error error;
    assert_int_equal(fixture_value(faaslet, "next", 0, 0), 4);
    struct proto_faaslet *proto = fixture_snapshot(faaslet);
    struct faaslet *restored = fixture_restore(proto);
    assert_int_equal(fixture_value(restored, "next", 0, 0), 5);
    assert_true(faaslet_reset(restored, &error));
    assert_int_equal(fixture_value(restored, "next", 0, 0), 5);
    assert_int_equal(faaslet_memory_bytes(restored), 0);
    faaslet_delete(restored);
    proto_faaslet_release(proto);
    assert_false(faaslet_reset(faaslet, &error));
    assert_int_equal(error.code, ERROR_ARGUMENT);
    faaslet_delete(faaslet);
}

// A huge memory that is hardly touched is cheap to snapshot and to map.
static void sparse_memory_stays_sparse(void **state) {
    (void)state;
    struct faaslet *faaslet = fixture_faaslet(
        "(module (memory 65536)"
        "  (func (export \"store\") (param i32 i32) (i32.store (local.get 0) (local.get 1)))"
        "  (func (export \"load\") (param i32 i32) (result i32) (i32.load (local.get 0))))",
        NULL, 0);
    fixture_value(faaslet, "store", 0xfffffff0u, 5);
    fixture_value(faaslet, "store", 16, 6);
    struct proto_faaslet *proto = fixture_snapshot(faaslet);
    assert_true(proto_faaslet_image_bytes(proto) <= 4 * 4096);
    struct faaslet *restored = fixture_restore(proto);
    assert_int_equal(fixture_value(restored, "load", 0xfffffff0u, 0), 5);
    assert_int_equal(fixture_value(restored, "load", 16, 0), 6);
    assert_int_equal(fixture_value(restored, "load", 1 << 20, 0), 0);
    assert_int_equal(faaslet_memory_bytes(restored), 1ull << 32);
    faaslet_delete(restored);
    faaslet_delete(faaslet);
    proto_faaslet_release(proto);
}

// ThreadSanitizer leaves little address space, and has mappings of its own for each.
#if __has_feature(thread_sanitizer)
enum { MANY = 20, MAPPINGS_EACH = 60, MAPPINGS_LEFT = 1000 };
#else
enum { MANY = 2000, MAPPINGS_EACH = 3, MAPPINGS_LEFT = 3 };
#endif

// ---- Density ------------------------------------------------------------------------------------

static unsigned count_mappings(void) {
    FILE *maps = fopen("/proc/self/maps", "r");
    unsigned count = 0;
    assert_non_null(maps);
    for (int c = getc(maps); c != EOF; c = getc(maps)) {
        count += c == '\n';
    }
    fclose(maps);
    return count;
}

// vm.max_map_count is 65,530 by default and must have room for 10,000 Faaslets.
static void many_faaslets_live_side_by_side(void **state) {
    (void)state;
    struct proto_faaslet *proto = prepared();
    struct faaslet **faaslets = calloc(MANY, sizeof *faaslets);
    assert_non_null(faaslets);
    unsigned before = count_mappings();
    for (int i = 0; i < MANY; i++) {
        faaslets[i] = fixture_restore(proto);
        fixture_value(faaslets[i], "store", 150000, (uint64_t)i);
        fixture_value(faaslets[i], "grow", 1, 0);
    }
    unsigned each = (count_mappings() - before + MANY - 1) / MANY;
    assert_true(each <= MAPPINGS_EACH);
    for (int i = 0; i < MANY; i++) {
        assert_int_equal(fixture_value(faaslets[i], "load", 150000, 0), i);
        faaslet_delete(faaslets[i]);
    }
    assert_true(count_mappings() <= before + MAPPINGS_LEFT);
    free(faaslets);
    proto_faaslet_release(proto);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(restored_as_it_was),
        cmocka_unit_test(faaslets_share_nothing_they_write),
        cmocka_unit_test(nothing_leaks_into_the_next_call),
        cmocka_unit_test(snapshot_of_a_restored_faaslet),
        cmocka_unit_test(instances_added_later_go),
        cmocka_unit_test(module_without_memory),
        cmocka_unit_test(sparse_memory_stays_sparse),
        cmocka_unit_test(many_faaslets_live_side_by_side),
    };
    fixture_initialize();
    return cmocka_run_group_tests_name("snapshot", tests, NULL, NULL);
}
