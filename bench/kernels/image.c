// Bytes of an image: blurred with a kernel of integers, converted to grey, its histogram taken and
// evened out.
#include "kernel.h"

enum { WIDTH = 1280, HEIGHT = 720, FRAMES = 120 };

static uint8_t colours[HEIGHT][WIDTH][3], grey[HEIGHT][WIDTH], blurred[HEIGHT][WIDTH];

static void convert(void) {
    for (int y = 0; y < HEIGHT; y++) {
        for (int x = 0; x < WIDTH; x++) {
            const uint8_t *c = colours[y][x];
            grey[y][x] = (uint8_t)((c[0] * 77 + c[1] * 150 + c[2] * 29) >> 8);
        }
    }
}

static void blur(void) {
    for (int y = 1; y < HEIGHT - 1; y++) {
        for (int x = 1; x < WIDTH - 1; x++) {
            int sum = grey[y - 1][x - 1] + 2 * grey[y - 1][x] + grey[y - 1][x + 1] +
                      2 * grey[y][x - 1] + 4 * grey[y][x] + 2 * grey[y][x + 1] +
                      grey[y + 1][x - 1] + 2 * grey[y + 1][x] + grey[y + 1][x + 1];
            blurred[y][x] = (uint8_t)(sum / 16);
        }
    }
}

static void equalise(void) {
    uint32_t histogram[256] = {0};
    uint8_t map[256];
    for (int y = 0; y < HEIGHT; y++) {
        for (int x = 0; x < WIDTH; x++) {
            histogram[blurred[y][x]]++;
        }
    }
    uint32_t sum = 0;
    for (int i = 0; i < 256; i++) {
        sum += histogram[i];
        map[i] = (uint8_t)((uint64_t)sum * 255 / (WIDTH * HEIGHT));
    }
    for (int y = 0; y < HEIGHT; y++) {
        for (int x = 0; x < WIDTH; x++) {
            blurred[y][x] = map[blurred[y][x]];
        }
    }
}

static uint64_t kernel(void) {
    for (int y = 0; y < HEIGHT; y++) {
        for (int x = 0; x < WIDTH; x++) {
            for (int c = 0; c < 3; c++) {
                colours[y][x][c] = (uint8_t)(x * (c + 1) + y * 3 + (int)(kernel_random() % 16));
            }
        }
    }
    uint64_t checksum = 0;
    for (int frame = 0; frame < FRAMES; frame++) {
        colours[frame][frame][0] ^= 0xff;
        convert();
        blur();
        equalise();
        checksum = checksum_bytes(checksum, blurred, sizeof blurred / 8);
    }
    return checksum;
}
