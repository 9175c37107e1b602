// Escape times of the Mandelbrot set, scalar.
#include "kernel.h"

enum { WIDTH = 900, HEIGHT = 700, LIMIT = 900 };

static uint64_t kernel(void) {
    uint64_t total = 0;
    for (int y = 0; y < HEIGHT; y++) {
        for (int x = 0; x < WIDTH; x++) {
            double cr = 3.0 * x / WIDTH - 2.2, ci = 2.4 * y / HEIGHT - 1.2;
            double zr = 0, zi = 0;
            int n = 0;
            while (n < LIMIT && zr * zr + zi * zi <= 4) {
                double t = zr * zr - zi * zi + cr;
                zi = 2 * zr * zi + ci;
                zr = t;
                n++;
            }
            total = checksum_number(total, (uint64_t)n);
        }
    }
    return total;
}
