// Conjugate gradients with a sparse matrix in compressed rows: gathers through an index.
#include "kernel.h"

enum { SIDE = 260, N = SIDE * SIDE, STEPS = 500 };

static int starts[N + 1], *indices;
static double *values, x[N], r[N], p[N], q[N];

static void add_entry(int *count, int column, double value) {
    indices[*count] = column;
    values[(*count)++] = value;
}

static void make_matrix(void) {
    int count = 0;
    for (int i = 0; i < N; i++) {
        starts[i] = count;
        int row = i / SIDE, column = i % SIDE;
        if (row > 0) {
            add_entry(&count, i - SIDE, -1);
        }
        if (column > 0) {
            add_entry(&count, i - 1, -1);
        }
        add_entry(&count, i, 4.05);
        if (column < SIDE - 1) {
            add_entry(&count, i + 1, -1);
        }
        if (row < SIDE - 1) {
            add_entry(&count, i + SIDE, -1);
        }
    }
    starts[N] = count;
}

static double dot(const double *left, const double *right) {
    double sum = 0;
    for (int i = 0; i < N; i++) {
        sum += left[i] * right[i];
    }
    return sum;
}

static void multiply(void) {
    for (int i = 0; i < N; i++) {
        double sum = 0;
        for (int k = starts[i]; k < starts[i + 1]; k++) {
            sum += values[k] * p[indices[k]];
        }
        q[i] = sum;
    }
}

static uint64_t kernel(void) {
    indices = kernel_allocate(5 * N * sizeof *indices);
    values = kernel_allocate(5 * N * sizeof *values);
    make_matrix();
    for (int i = 0; i < N; i++) {
        r[i] = p[i] = (double)(i % 17) - 8;
    }
    double square = dot(r, r);
    for (int step = 0; step < STEPS; step++) {
        multiply();
        double alpha = square / dot(p, q);
        for (int i = 0; i < N; i++) {
            x[i] += alpha * p[i];
            r[i] -= alpha * q[i];
        }
        double next = dot(r, r), beta = next / square;
        square = next;
        for (int i = 0; i < N; i++) {
            p[i] = r[i] + beta * p[i];
        }
    }
    free(indices);
    free(values);
    return checksum_bytes(0, x, sizeof x);
}
