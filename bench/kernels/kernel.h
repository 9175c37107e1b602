// What each kernel is built with: it defines kernel(), which does the work and gives a checksum of
// all that it computed; main() here prints that and the milliseconds taken. Builds are compared by
// both, so results must not depend on the order of floating-point operations or on a C library.
#ifndef KERNEL_H
#define KERNEL_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static uint64_t kernel(void);

static uint64_t kernel_random_state = 88172645463325252u;

// Xorshift: the same numbers everywhere.
static inline uint64_t kernel_random(void) {
    kernel_random_state ^= kernel_random_state << 13;
    kernel_random_state ^= kernel_random_state >> 7;
    kernel_random_state ^= kernel_random_state << 17;
    return kernel_random_state;
}

static inline uint64_t checksum_number(uint64_t checksum, uint64_t number) {
    return (checksum ^ number) * 0x100000001b3u;
}

static inline uint64_t checksum_bytes(uint64_t checksum, const void *bytes, size_t length) {
    const uint8_t *at = bytes;
    for (size_t i = 0; i < length; i++) {
        checksum = (checksum ^ at[i]) * 0x100000001b3u;
    }
    return checksum;
}

static inline void *kernel_allocate(size_t size) {
    void *memory = malloc(size);
    if (memory == NULL) {
        fprintf(stderr, "out of memory\n");
        exit(1);
    }
    return memory;
}

// Time of the thread, so that other work on the machine counts less.
static double kernel_milliseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

int main(void) {
    double begin = kernel_milliseconds();
    uint64_t checksum = kernel();
    printf("%016llx %.3f\n", (unsigned long long)checksum, kernel_milliseconds() - begin);
    return 0;
}

#endif
