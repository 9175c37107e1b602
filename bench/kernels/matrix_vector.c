// Products of matrices and vectors, with the matrix as it is and transposed, as iterative solvers
// have them.
#include "kernel.h"

enum { N = 1400, REPEATS = 90 };

static double a[N][N], x[N], y[N], u[N], v[N];

static uint64_t kernel(void) {
    for (int i = 0; i < N; i++) {
        x[i] = 1 + (double)i / N;
        u[i] = (double)(i % 11) / N;
        for (int j = 0; j < N; j++) {
            a[i][j] = (double)((i * 7 + j) % N) / (5.0 * N);
        }
    }
    for (int repeat = 0; repeat < REPEATS; repeat++) {
        for (int i = 0; i < N; i++) {
            y[i] = 0;
            v[i] = v[i] * 0.5;
        }
        for (int i = 0; i < N; i++) {
            for (int j = 0; j < N; j++) {
                v[j] += a[i][j] * u[i];
            }
        }
        for (int i = 0; i < N; i++) {
            double sum = 0;
            for (int j = 0; j < N; j++) {
                sum += a[i][j] * x[j];
            }
            y[i] = sum / N;
        }
        for (int i = 0; i < N; i++) {
            x[i] = y[i] + v[i] / N;
        }
    }
    return checksum_bytes(checksum_bytes(0, x, sizeof x), v, sizeof v);
}
