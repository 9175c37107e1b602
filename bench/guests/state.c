// Figures of state as a function sees them; argv: get BYTES | lock | contended. Prints nanoseconds.
#include <faasm.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { ROUNDS = 200000, HAND_OVERS = 2000 };

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

static double get(size_t bytes) {
    volatile char *value = get_state("value", bytes);
    value[0] = 1;
    double begin = now();
    for (int i = 0; i < ROUNDS; i++) {
        value = get_state("value", bytes);
    }
    return (now() - begin) / ROUNDS;
}

static double lock(void) {
    lock_state_write("lock");
    unlock_state_write("lock");
    double begin = now();
    for (int i = 0; i < ROUNDS; i++) {
        lock_state_write("lock");
        unlock_state_write("lock");
    }
    return (now() - begin) / ROUNDS;
}

// Counts on while the count is even (or odd), under the lock.
static int pass(void) {
    char odd;
    read_call_input(&odd, 1);
    volatile uint32_t *counter = get_state("counter", 4);
    for (uint32_t count = 0; count < HAND_OVERS;) {
        lock_state_write("lock");
        count = *counter;
        if (count < HAND_OVERS && count % 2 == (uint32_t)odd) {
            *counter = count + 1;
        }
        unlock_state_write("lock");
        sched_yield();
    }
    return 0;
}

static double contended(void) {
    volatile uint32_t *counter = get_state("counter", 4);
    *counter = 0;
    double begin = now();
    call_id even = chain_ptr(pass, "\0", 1), odd = chain_ptr(pass, "\1", 1);
    await_call(even);
    await_call(odd);
    return (now() - begin) / HAND_OVERS;
}

int main(int argc, char **argv) {
    double result = argc > 2                            ? get((size_t)strtoul(argv[2], NULL, 0))
                    : strcmp(argv[1], "contended") == 0 ? contended()
                                                        : lock();
    printf("%.1f\n", result);
    return 0;
}
