// The guest of bench/calls.c. Its exports are called directly; main() runs as calls do, and what it
// does is its input: nothing, a letter and a number.
#include <faasm.h>
#include <stdint.h>
#include <stdlib.h>

static uint8_t pages[16][4096];

__attribute__((export_name("touch"))) void touch(void) {
    volatile uint32_t on_the_stack = 1;
    (void)on_the_stack;
}

__attribute__((export_name("dirty16"))) void dirty16(void) {
    for (int i = 0; i < 16; i++) {
        *(volatile uint8_t *)&pages[i][i] = 1;
    }
}

__attribute__((import_module("bench"), import_name("nothing"))) int nothing(int value);

// Calls a host function that does nothing.
__attribute__((export_name("host_calls"))) int host_calls(int count) {
    int value = 0;
    for (int i = 0; i < count; i++) {
        value += nothing(i);
    }
    return value;
}

// Grows the memory, a page at a time; how often it failed.
__attribute__((export_name("grow"))) int grow(int count) {
    int failed = 0;
    for (int i = 0; i < count; i++) {
        failed += __builtin_wasm_memory_grow(0, 1) == (size_t)-1;
    }
    return failed;
}

// The same, and writes to each page, as an allocator's user does.
__attribute__((export_name("grow_and_touch"))) int grow_and_touch(int count) {
    int failed = 0;
    for (int i = 0; i < count; i++) {
        size_t page = __builtin_wasm_memory_grow(0, 1);
        if (page == (size_t)-1) {
            failed++;
        } else {
            *(volatile uint8_t *)(page << 16) = 1;
        }
    }
    return failed;
}

static int chain_and_await(uint32_t count) {
    for (uint32_t i = 0; i < count; i++) {
        void *output;
        size_t length;
        if (await_call_output(chain_call("calls", NULL, 0), &output, &length) != 0) {
            return 1;
        }
    }
    return 0;
}

static int fan_out(uint32_t count) {
    call_id *ids = calloc(count, sizeof *ids);
    if (ids == NULL) {
        return 1;
    }
    for (uint32_t i = 0; i < count; i++) {
        ids[i] = chain_call("calls", NULL, 0);
    }
    for (uint32_t i = 0; i < count; i++) {
        if (await_call(ids[i]) != 0) {
            return 1;
        }
    }
    return 0;
}

int main(void) {
    struct {
        uint32_t what, count;
    } input = {0};
    if (read_call_input(&input, sizeof input) == 0) {
        return 0;
    }
    switch (input.what) {
    case 'c':
        return chain_and_await(input.count);
    case 'f':
        return fan_out(input.count);
    case 's':
        for (volatile uint32_t i = 0;; i++) {
        }
    default:
        return 2;
    }
}
