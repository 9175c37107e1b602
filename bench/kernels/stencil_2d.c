// Five-point stencil on a plane, back and forth, then a sweep in place (each point needs the ones
// before it).
#include "kernel.h"

enum { N = 700, STEPS = 220, SWEEPS = 40 };

static void smooth(int n, double a[n][n], double b[n][n]) {
    for (int i = 1; i < n - 1; i++) {
        for (int j = 1; j < n - 1; j++) {
            b[i][j] = 0.2 * (a[i][j] + a[i][j - 1] + a[i][1 + j] + a[1 + i][j] + a[i - 1][j]);
        }
    }
}

static double a[N][N], b[N][N];

static uint64_t kernel(void) {
    for (int i = 0; i < N; i++) {
        for (int j = 0; j < N; j++) {
            a[i][j] = (double)i * (j + 2) / N;
            b[i][j] = (double)i * (j + 3) / N;
        }
    }
    for (int step = 0; step < STEPS; step++) {
        smooth(N, a, b);
        smooth(N, b, a);
    }
    for (int sweep = 0; sweep < SWEEPS; sweep++) {
        for (int i = 1; i < N - 1; i++) {
            for (int j = 1; j < N - 1; j++) {
                a[i][j] = (a[i - 1][j] + a[i][j - 1] + a[i][j] + a[i][j + 1] + a[i + 1][j]) / 5.0;
            }
        }
    }
    return checksum_bytes(0, a, sizeof a);
}
