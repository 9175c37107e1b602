// Work done once for all calls: the zygote sieves the primes below ten million, the host keeps the
// memory with the result as the snapshot, and each call only looks up. The input is a number n in
// decimal (default 1000000); the output tells how many primes there are up to n.
#include <faasm.h>
#include <stdio.h>
#include <stdlib.h>

enum { LIMIT = 10000000, STRIDE = 1000 };

static uint8_t composite[LIMIT];
static uint32_t primes_before[LIMIT / STRIDE + 1]; // how many primes are below index * STRIDE
static uint32_t runs;                              // of the zygote

FAASM_ZYGOTE() {
    runs++;
    composite[0] = composite[1] = 1;
    for (uint32_t i = 2; (uint64_t)i * i < LIMIT; i++) {
        for (uint32_t k = i * i; !composite[i] && k < LIMIT; k += i) {
            composite[k] = 1;
        }
    }
    uint32_t count = 0;
    for (uint32_t i = 0; i < LIMIT; i++) {
        if (i % STRIDE == 0) {
            primes_before[i / STRIDE] = count;
        }
        count += !composite[i];
    }
    return 0;
}

int main(void) {
    char input[16] = {0};
    uint32_t number = 1000000;
    if (read_call_input(input, sizeof input - 1) > 0) {
        number = (uint32_t)strtoul(input, NULL, 10);
    }
    if (runs != 1) {
        fprintf(stderr, "the zygote ran %u times\n", runs);
        return 1;
    }
    if (number >= LIMIT) {
        fprintf(stderr, "%u is not below %u\n", number, LIMIT);
        return 1;
    }
    uint32_t count = primes_before[number / STRIDE];
    for (uint32_t i = number / STRIDE * STRIDE; i <= number; i++) {
        count += !composite[i];
    }
    // What a call writes is gone after it: were it not, the next call would see `runs` as 2.
    runs++;
    char output[64];
    int length = snprintf(output, sizeof output, "%u primes up to %u\n", count, number);
    write_call_output(output, (size_t)length);
    return 0;
}
