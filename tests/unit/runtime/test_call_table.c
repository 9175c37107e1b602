// The table of calls: which records are kept, and how much of them.
#include "scheduler_fixture.h"

static struct call *add(struct call_table *table, uint32_t parent) {
    struct call *call = new_call("");
    call->parent = parent;
    assert_true(call_table_add(table, call, NULL, NULL));
    return call;
}

static void end(struct call_table *table, struct call *call) {
    call_begin(call);
    call_end(call, CALL_SUCCEEDED);
    call_table_finished(table, call);
}

static bool remembered(struct call_table *table, uint32_t id) {
    struct call *call = call_table_find(table, id);
    call_release(call);
    return call != NULL;
}

static void test_ids(void **state) {
    (void)state;
    struct call_table table;
    assert_true(call_table_create(&table, 10, 1 << 20, NULL));
    table.next_id = INT32_MAX;
    struct call *last = add(&table, 0), *first = add(&table, 0);
    assert_int_equal(last->id, INT32_MAX);
    assert_int_equal(first->id, 1);
    table.next_id = INT32_MAX; // both are taken
    struct call *next = add(&table, 0);
    assert_int_equal(next->id, 2);
    assert_ptr_equal(call_table_find(&table, 2), next);
    call_release(next); // of the find
    assert_null(call_table_find(&table, 77));
    call_table_destroy(&table);
    call_release(last);
    call_release(first);
    call_release(next);
}

static void test_oldest_records_go(void **state) {
    (void)state;
    struct call_table table;
    assert_true(call_table_create(&table, 2, 1 << 20, NULL));
    struct call *calls[4];
    for (int i = 0; i < 4; i++) {
        calls[i] = add(&table, 0);
    }
    for (int i = 1; i < 4; i++) {
        end(&table, calls[i]);
    }
    assert_true(remembered(&table, calls[0]->id)); // runs
    assert_false(remembered(&table, calls[1]->id));
    assert_true(remembered(&table, calls[2]->id));
    assert_true(remembered(&table, calls[3]->id));
    for (int i = 0; i < 4; i++) {
        call_release(calls[i]);
    }
    call_table_destroy(&table);
}

static void test_bytes_of_records(void **state) {
    (void)state;
    struct call_table table;
    assert_true(call_table_create(&table, 1000, 64 << 10, NULL));
    struct call *first = add(&table, 0), *second = add(&table, 0);
    assert_true(buffer_reserve(&first->output, 40 << 10, NULL));
    assert_true(buffer_reserve(&second->output, 40 << 10, NULL));
    end(&table, first);
    assert_true(remembered(&table, first->id));
    end(&table, second);
    assert_false(remembered(&table, first->id));
    assert_true(remembered(&table, second->id));
    call_release(first);
    call_release(second);
    call_table_destroy(&table);
}

static void test_children_stay_until_awaited(void **state) {
    (void)state;
    struct call_table table;
    assert_true(call_table_create(&table, 1, 1 << 20, NULL));
    struct call *parent = add(&table, 0);
    struct call *awaited = add(&table, parent->id), *left = add(&table, parent->id);
    struct call *other = add(&table, 0), *another = add(&table, 0);
    end(&table, awaited);
    end(&table, left);
    end(&table, other);
    end(&table, another);
    assert_true(remembered(&table, awaited->id));
    assert_true(remembered(&table, left->id));
    assert_false(remembered(&table, other->id));

    atomic_store(&awaited->awaited, true);
    call_table_awaited(&table, awaited); // now it is the newest of those kept
    assert_false(remembered(&table, another->id));
    assert_true(remembered(&table, awaited->id));
    end(&table, parent); // nobody can await `left` any more
    assert_true(remembered(&table, parent->id));
    assert_false(remembered(&table, awaited->id));
    assert_false(remembered(&table, left->id));
    assert_int_equal(table.pinned_bytes, 0);
    struct call *all[] = {parent, awaited, left, other, another};
    for (int i = 0; i < 5; i++) {
        call_release(all[i]);
    }
    call_table_destroy(&table);
}

static void test_log_is_bounded(void **state) {
    (void)state;
    struct call *call = new_call("");
    char text[1000];
    memset(text, 'x', sizeof text);
    for (int i = 0; i < 10; i++) {
        call_log(call, (struct bytes){(const uint8_t *)text, sizeof text});
    }
    assert_true(call->log_cut);
    static const char mark[] = "\n[log cut at 4096 bytes]\n";
    assert_int_equal(call->log.length, 4096 + strlen(mark));
    assert_memory_equal(call->log.data + 4096, mark, strlen(mark));
    struct error error;
    assert_false(call_set_output(call, (struct bytes){(uint8_t *)text, 5000}, &error));
    assert_int_equal(error.code, ERROR_TOO_LARGE);
    call_release(call);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ids),
        cmocka_unit_test(test_oldest_records_go),
        cmocka_unit_test(test_bytes_of_records),
        cmocka_unit_test(test_children_stay_until_awaited),
        cmocka_unit_test(test_log_is_bounded),
    };
    return cmocka_run_group_tests(tests, initialize, NULL);
}
