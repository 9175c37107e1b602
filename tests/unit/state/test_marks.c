// Which bytes are dirty, against a byte a byte.
#include "state/marks.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { CAPACITY = 1 << 17, STEPS = 3000 };

static void compare(const struct marks *marks, const uint8_t *model, uint64_t capacity) {
    uint64_t at = 0;
    uint64_t begin = 0, end;
    while (marks_next(marks, capacity, &begin, &end)) {
        assert_true(begin < end && begin >= at && end <= capacity);
        for (; at < begin; at++) {
            assert_int_equal(model[at], 0);
        }
        for (; at < end; at++) {
            assert_int_equal(model[at], 1);
        }
        assert_true(end == capacity || model[end] == 0); // the run is whole
        begin = end;
    }
    for (; at < capacity; at++) {
        assert_int_equal(model[at], 0);
    }
}

static uint64_t length_of(unsigned kind) {
    static const unsigned long most[] = {1, 8, 64, 5000, 40000, CAPACITY};
    return (uint64_t)rand() % (most[kind % 6] + 1);
}

static void test_random(void **state) {
    (void)state;
    struct marks marks;
    uint8_t *model = calloc(1, 2 * CAPACITY);
    assert_true(marks_create(&marks, CAPACITY, NULL));
    srand(1);
    for (int i = 0; i < STEPS; i++) {
        uint64_t offset = (uint64_t)rand() % CAPACITY;
        uint64_t length = length_of((unsigned)rand());
        length = length < CAPACITY - offset ? length : CAPACITY - offset;
        bool add = rand() % 2 == 0;
        (add ? marks_add : marks_remove)(&marks, offset, length);
        memset(model + offset, add, length);
        if (i % 10 == 0) {
            compare(&marks, model, CAPACITY);
        }
    }
    assert_true(marks_grow(&marks, 2 * CAPACITY, NULL));
    compare(&marks, model, 2 * CAPACITY);
    marks_remove(&marks, 0, UINT64_MAX);
    assert_false(marks_any(&marks));
    marks_destroy(&marks);
    free(model);
}

static void test_edges(void **state) {
    (void)state;
    struct marks marks;
    assert_true(marks_create(&marks, CAPACITY, NULL));
    assert_false(marks_any(&marks));
    marks_add(&marks, CAPACITY - 1, UINT64_MAX);
    marks_add(&marks, CAPACITY + 5, 7); // behind it: nothing
    marks_add(&marks, 100, 0);
    uint64_t begin = 0, end = 0;
    assert_true(marks_next(&marks, CAPACITY, &begin, &end));
    assert_int_equal(begin, CAPACITY - 1);
    assert_int_equal(end, CAPACITY);
    begin = 0;
    assert_false(marks_next(&marks, CAPACITY - 1, &begin, &end));
    marks_destroy(&marks);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random),
        cmocka_unit_test(test_edges),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
