// Fans out over one of the program's own functions by pointer: the sum of the squares of 1 to n, in
// parts of 1000 numbers. The input is n in decimal (default 10000, at most 1000000, so that the sum
// fits in 64 bits with room to spare); the output is the sum.
#include <faasm.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { PART = 1000, DEFAULT_COUNT = 10000, MAXIMUM_COUNT = 1000000 };

struct range {
    uint32_t first;
    uint32_t last;
};

// The entry of a chained call: its input is a struct range, its output the sum as uint64_t.
static int sum_range(void) {
    struct range range;
    if (read_call_input(&range, sizeof range) != sizeof range) {
        fprintf(stderr, "the input is not a range\n");
        return 1;
    }
    uint64_t sum = 0;
    for (uint64_t i = range.first; i <= range.last; i++) {
        sum += i * i;
    }
    write_call_output(&sum, sizeof sum);
    return 0;
}

static uint32_t read_count(void) {
    char text[16] = {0};
    size_t length = read_call_input(text, sizeof text - 1);
    return length ? (uint32_t)strtoul(text, NULL, 10) : DEFAULT_COUNT;
}

static int add_result(call_id call, uint64_t *sum) {
    void *output;
    size_t length;
    int code = await_call_output(call, &output, &length);
    if (code != 0 || length != sizeof *sum) {
        fprintf(stderr, "call %u failed with code %d and %zu bytes of output\n", call, code,
                length);
        return 1;
    }
    *sum += *(uint64_t *)output;
    return 0;
}

int main(void) {
    static call_id calls[MAXIMUM_COUNT / PART];
    uint32_t count = read_count();
    if (count > MAXIMUM_COUNT) {
        fprintf(stderr, "the input is more than %d\n", MAXIMUM_COUNT);
        return 1;
    }
    size_t parts = 0;
    for (uint32_t first = 1; first <= count; first += PART) {
        uint32_t last = count - first < PART ? count : first + PART - 1;
        struct range range = {first, last};
        calls[parts++] = chain_ptr(sum_range, &range, sizeof range);
    }
    uint64_t sum = 0;
    int failed = 0;
    for (size_t i = 0; i < parts; i++) {
        failed |= add_result(calls[i], &sum);
    }
    if (failed) {
        return 1;
    }
    char text[32];
    int length = snprintf(text, sizeof text, "%" PRIu64 "\n", sum);
    write_call_output(text, (size_t)length);
    return 0;
}
