// Fast Fourier transform, radix 2, in place, with a table of roots of unity; forward and back.
#include "kernel.h"

enum { BITS = 16, N = 1 << BITS, ROUNDS = 80 };

struct complex {
    double re, im;
};

static struct complex data[N], roots[N / 2];

// The first root by its series, the others by products: the same everywhere.
static void make_roots(void) {
    double angle = -6.283185307179586 / N, square = angle * angle;
    struct complex first = {1 - square / 2 * (1 - square / 12 * (1 - square / 30)),
                            angle * (1 - square / 6 * (1 - square / 20 * (1 - square / 42)))};
    roots[0] = (struct complex){1, 0};
    roots[1] = first;
    for (int i = 2; i < N / 2; i++) { // through the half, so that errors stay small
        struct complex a = roots[i / 2], b = roots[i - i / 2];
        roots[i] = (struct complex){a.re * b.re - a.im * b.im, a.re * b.im + a.im * b.re};
    }
}

static void reorder(void) {
    for (uint32_t i = 0, j = 0; i < N; i++) {
        if (i < j) {
            struct complex swap = data[i];
            data[i] = data[j];
            data[j] = swap;
        }
        uint32_t bit = N >> 1;
        for (; j & bit; bit >>= 1) {
            j ^= bit;
        }
        j |= bit;
    }
}

static void transform(double direction) {
    reorder();
    for (int half = 1, stride = N / 2; half < N; half *= 2, stride /= 2) {
        for (int start = 0; start < N; start += 2 * half) {
            for (int k = 0; k < half; k++) {
                struct complex *low = &data[start + k], *high = &data[start + k + half];
                struct complex root = roots[k * stride];
                root.im *= direction;
                struct complex turned = {high->re * root.re - high->im * root.im,
                                         high->re * root.im + high->im * root.re};
                *high = (struct complex){low->re - turned.re, low->im - turned.im};
                *low = (struct complex){low->re + turned.re, low->im + turned.im};
            }
        }
    }
}

static uint64_t kernel(void) {
    make_roots();
    for (int i = 0; i < N; i++) {
        data[i] = (struct complex){(double)(kernel_random() % 2001) / 1000 - 1, 0};
    }
    for (int round = 0; round < ROUNDS; round++) {
        transform(1);
        for (int i = 0; i < N; i++) {
            data[i].re /= N;
            data[i].im /= N;
        }
        transform(-1);
    }
    return checksum_bytes(0, data, sizeof data);
}
