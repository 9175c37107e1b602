// The allocator of faasm-codegen, which replaces malloc in this program, too.
#include "base/sanitized.h"

#include <errno.h>
#include <malloc.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { LARGEST = 3 << 20 };

static void fill(void *memory, size_t size, unsigned seed) {
    memset(memory, (int)(seed & 0xff), size);
}

static void check_filled(const void *memory, size_t size, unsigned seed) {
    const unsigned char *bytes = memory;
    for (size_t i = 0; i<size; i += size> 4096 ? 509 : 1) {
        assert_int_equal(bytes[i], seed & 0xff);
    }
    assert_true(size == 0 || bytes[size - 1] == (seed & 0xff));
}

static void blocks_of_all_sizes_are_apart(void **state) {
    (void)state;
    static struct {
        void *memory;
        size_t size;
    } blocks[4000];
    enum { COUNT = sizeof blocks / sizeof blocks[0], ROUNDS = 40000 };
    uint32_t random = 1;
    for (unsigned round = 0; round < ROUNDS; round++) {
        random = random * 1664525 + 1013904223;
        unsigned i = (random >> 8) % COUNT;
        if (blocks[i].memory != NULL) {
            check_filled(blocks[i].memory, blocks[i].size, i);
            free(blocks[i].memory);
            blocks[i].memory = NULL;
            continue;
        }
        size_t most = round % 500 == 0 ? LARGEST : round % 10 == 0 ? 40000 : 700;
        blocks[i].size = (random >> 4) % most;
        blocks[i].memory = malloc(blocks[i].size);
        assert_non_null(blocks[i].memory);
        assert_int_equal((uintptr_t)blocks[i].memory % 16, 0);
        assert_true(malloc_usable_size(blocks[i].memory) >= blocks[i].size);
        fill(blocks[i].memory, blocks[i].size, i);
    }
    for (unsigned i = 0; i < COUNT; i++) {
        if (blocks[i].memory != NULL) {
            check_filled(blocks[i].memory, blocks[i].size, i);
            free(blocks[i].memory);
        }
    }
}

static void sizes_at_the_edges_of_classes_fit(void **state) {
    (void)state;
    for (size_t size = 1; size < (size_t)LARGEST; size = size < 64 ? size + 1 : size * 9 / 8) {
        for (size_t near = size - 1; near <= size + 1; near++) {
            void *memory = malloc(near);
            size_t usable = malloc_usable_size(memory);
            assert_true(usable >= near);
            assert_true(usable <= near + near / 4 + 16 || near > 1 << 20);
            fill(memory, usable, 7);
            free(memory);
        }
    }
}

static void memory_of_calloc_is_zero(void **state) {
    (void)state;
    static const size_t sizes[] = {1, 100, 5000, 70000, LARGEST};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        void *dirty = malloc(sizes[i]);
        fill(dirty, sizes[i], 255);
        free(dirty);
        void *memory = calloc(sizes[i], 1);
        check_filled(memory, sizes[i], 0);
        free(memory);
    }
    volatile size_t much = SIZE_MAX / 2;
    errno = 0;
    assert_null(calloc(much, 4));
    assert_int_equal(errno, ENOMEM);
}

static void realloc_keeps_what_was_there(void **state) {
    (void)state;
    char *memory = realloc(NULL, 1);
    memory[0] = 'a';
    for (size_t size = 2; size < (size_t)LARGEST * 2; size *= 2) {
        memory = realloc(memory, size);
        assert_non_null(memory);
        check_filled(memory, size / 2, 'a');
        fill(memory, size, 'a');
    }
    memory = realloc(memory, 5);
    check_filled(memory, 5, 'a');
    free(memory);
}

static void alignment_is_as_asked_for(void **state) {
    (void)state;
    void *kept[64];
    unsigned count = 0;
    for (size_t alignment = 8; alignment <= 65536; alignment *= 2) {
        for (size_t size = 1; size <= 200000; size *= 60) {
            assert_int_equal(posix_memalign(&kept[count], alignment, size), 0);
            assert_int_equal((uintptr_t)kept[count] % alignment, 0);
            fill(kept[count], size, count);
            count++;
        }
    }
    for (unsigned i = 0; i < count; i++) {
        assert_int_equal(*(unsigned char *)kept[i], i);
        free(kept[i]);
    }
    void *untouched = &untouched;
    assert_int_equal(posix_memalign(&untouched, 1 << 20, 8), ENOMEM);
    assert_ptr_equal(untouched, &untouched);
}

static void without_memory_malloc_fails(void **state) {
    (void)state;
    static const size_t sizes[] = {SIZE_MAX, PTRDIFF_MAX, (size_t)1 << 46};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        volatile size_t size = sizes[i];
        errno = 0;
        assert_null(malloc(size));
        assert_int_equal(errno, ENOMEM);
    }
}

static void freed_blocks_are_used_again(void **state) {
    (void)state;
    void *first = malloc(300);
    uintptr_t address = (uintptr_t)first;
    free(first);
    void *second = malloc(299);
    assert_int_equal((uintptr_t)second, address);
    free(second);
}

int main(void) {
    if (SANITIZED) {
        return 0; // the sanitizer brings its own allocator
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blocks_of_all_sizes_are_apart),
        cmocka_unit_test(sizes_at_the_edges_of_classes_fit),
        cmocka_unit_test(memory_of_calloc_is_zero),
        cmocka_unit_test(realloc_keeps_what_was_there),
        cmocka_unit_test(alignment_is_as_asked_for),
        cmocka_unit_test(without_memory_malloc_fails),
        cmocka_unit_test(freed_blocks_are_used_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
