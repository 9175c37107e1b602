// LU decomposition in place, outer products, memory from malloc behind row pointers.
#include "kernel.h"

enum { N = 1300 };

static uint64_t kernel(void) {
    double **rows = kernel_allocate(N * sizeof *rows);
    for (int i = 0; i < N; i++) {
        rows[i] = kernel_allocate(N * sizeof **rows);
        for (int j = 0; j < N; j++) {
            rows[i][j] = i == j ? 2.0 * N : (double)((i * 13 + j * 7) % 31) / 31;
        }
    }
    for (int k = 0; k < N; k++) {
        for (int i = k + 1; i < N; i++) {
            rows[i][k] /= rows[k][k];
            for (int j = k + 1; j < N; j++) {
                rows[i][j] -= rows[i][k] * rows[k][j];
            }
        }
    }
    uint64_t checksum = 0;
    for (int i = 0; i < N; i++) {
        checksum = checksum_bytes(checksum, rows[i], N * sizeof **rows);
        free(rows[i]);
    }
    free(rows);
    return checksum;
}
