// Three-point smoothing of a line, back and forth between two arrays.
#include "kernel.h"

enum { N = 20000, STEPS = 18000 };

static double a[N], b[N];

static uint64_t kernel(void) {
    for (int i = 0; i < N; i++) {
        a[i] = (double)(i % 97) / 97;
        b[i] = (double)(i % 89) / 89;
    }
    for (int step = 0; step < STEPS; step++) {
        for (int i = 1; i < N - 1; i++) {
            b[i] = 0.33333 * (a[i - 1] + a[i] + a[i + 1]);
        }
        for (int i = 1; i < N - 1; i++) {
            a[i] = 0.33333 * (b[i - 1] + b[i] + b[i + 1]);
        }
    }
    return checksum_bytes(0, a, sizeof a);
}
