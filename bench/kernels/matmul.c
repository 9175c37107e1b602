// Dense matrix product, row by row, in double precision.
#include "kernel.h"

enum { N = 640, REPEATS = 4 };

static double a[N][N], b[N][N], c[N][N];

static uint64_t kernel(void) {
    for (int i = 0; i < N; i++) {
        for (int j = 0; j < N; j++) {
            a[i][j] = (double)(i * j % 17) / 17;
            b[i][j] = (double)((i + j) % 23) / 23;
        }
    }
    for (int repeat = 0; repeat < REPEATS; repeat++) {
        for (int i = 0; i < N; i++) {
            for (int k = 0; k < N; k++) {
                for (int j = 0; j < N; j++) {
                    c[i][j] += a[i][k] * b[k][j];
                }
            }
        }
    }
    return checksum_bytes(0, c, sizeof c);
}
