// Cholesky's factorisation of a symmetric matrix, then triangular solves with many right sides,
// forward and backward.
#include "kernel.h"

enum { N = 800, RIGHT_SIDES = 300 };

static double a[N][N], b[N][RIGHT_SIDES];

// By Newton's method, so that no C library matters.
static double square_root(double value) {
    double root = value > 1 ? value : 1;
    for (int i = 0; i < 60; i++) {
        root = 0.5 * (root + value / root);
    }
    return root;
}

static void factorise(void) {
    for (int i = 0; i < N; i++) {
        for (int j = 0; j < i; j++) {
            for (int k = 0; k < j; k++) {
                a[i][j] -= a[i][k] * a[j][k];
            }
            a[i][j] /= a[j][j];
        }
        for (int k = 0; k < i; k++) {
            a[i][i] -= a[i][k] * a[i][k];
        }
        a[i][i] = square_root(a[i][i]);
    }
}

static void solve(void) {
    for (int i = 0; i < N; i++) {
        for (int k = 0; k < i; k++) {
            for (int j = 0; j < RIGHT_SIDES; j++) {
                b[i][j] -= a[i][k] * b[k][j];
            }
        }
        for (int j = 0; j < RIGHT_SIDES; j++) {
            b[i][j] /= a[i][i];
        }
    }
    for (int i = N - 1; i >= 0; i--) {
        for (int j = 0; j < RIGHT_SIDES; j++) {
            for (int k = i + 1; k < N; k++) {
                b[i][j] -= a[k][i] * b[k][j];
            }
            b[i][j] /= a[i][i];
        }
    }
}

static uint64_t kernel(void) {
    for (int i = 0; i < N; i++) {
        for (int j = 0; j < N; j++) {
            a[i][j] = i == j ? N : 1.0 / (1 + (i > j ? i - j : j - i));
        }
        for (int j = 0; j < RIGHT_SIDES; j++) {
            b[i][j] = (double)((i + 3 * j) % 13) - 6;
        }
    }
    factorise();
    solve();
    return checksum_bytes(0, b, sizeof b);
}
