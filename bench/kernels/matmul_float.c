// The product of two matrices of floats in memory from malloc, with factors, as BLAS has it, by
// columns of the second: the inner loop is a dot product.
#include "kernel.h"

enum { N = 560 };

static void multiply(size_t n, float alpha, const float *a, const float *b, float beta, float *c) {
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < n; j++) {
            c[i * n + j] *= beta;
        }
        for (size_t k = 0; k < n; k++) {
            for (size_t j = 0; j < n; j++) {
                c[i * n + j] += alpha * a[i * n + k] * b[k * n + j];
            }
        }
        for (size_t j = 0; j + 1 < n; j += 8) {
            float sum = 0;
            for (size_t k = 0; k < n; k++) {
                sum += a[i * n + k] * b[k * n + j];
            }
            c[i * n + j] += sum;
        }
    }
}

static uint64_t kernel(void) {
    float *a = kernel_allocate(N * N * sizeof *a);
    float *b = kernel_allocate(N * N * sizeof *b);
    float *c = kernel_allocate(N * N * sizeof *c);
    for (size_t i = 0; i < N * N; i++) {
        a[i] = (float)(i % 19) / 19;
        b[i] = (float)(i % 29) / 29;
        c[i] = (float)(i % 7) / 7;
    }
    for (int repeat = 0; repeat < 7; repeat++) {
        multiply(N, 1.5f, a, b, 0.5f, c);
    }
    uint64_t checksum = checksum_bytes(0, c, N * N * sizeof *c);
    free(a);
    free(b);
    free(c);
    return checksum;
}
