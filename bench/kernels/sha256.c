// SHA-256 (FIPS 180-4) of 32 MiB, a block at a time.
#include "kernel.h"

enum { BLOCKS = 512 * 1024 };

static uint32_t constants[64];
static uint32_t state[8];

static uint32_t rotate(uint32_t value, int bits) {
    return value >> bits | value << (32 - bits);
}

// The first 32 bits of the fractional part of the cube (or square) root of a prime, by bisection on
// doubles.
static uint32_t root_bits(uint32_t prime, int degree) {
    uint64_t low = 0, high = (uint64_t)1 << 40;
    while (high - low > 1) {
        uint64_t middle = (low + high) / 2;
        double power = (double)middle / 4294967296.0;
        double product = degree == 3 ? power * power * power : power * power;
        if (product <= prime) {
            low = middle;
        } else {
            high = middle;
        }
    }
    return (uint32_t)low;
}

static void initialise(void) {
    int count = 0;
    for (uint32_t candidate = 2; count < 64; candidate++) {
        int prime = 1;
        for (uint32_t divisor = 2; divisor * divisor <= candidate; divisor++) {
            prime &= candidate % divisor != 0;
        }
        if (prime) {
            constants[count] = root_bits(candidate, 3);
            if (count < 8) {
                state[count] = root_bits(candidate, 2);
            }
            count++;
        }
    }
}

static void compress(const uint32_t block[16]) {
    uint32_t w[64];
    for (int i = 0; i < 16; i++) {
        w[i] = block[i];
    }
    for (int i = 16; i < 64; i++) {
        uint32_t s0 = rotate(w[i - 15], 7) ^ rotate(w[i - 15], 18) ^ w[i - 15] >> 3;
        uint32_t s1 = rotate(w[i - 2], 17) ^ rotate(w[i - 2], 19) ^ w[i - 2] >> 10;
        w[i] = w[i - 16] + s0 + w[i - 7] + s1;
    }
    uint32_t v[8];
    for (int i = 0; i < 8; i++) {
        v[i] = state[i];
    }
    for (int i = 0; i < 64; i++) {
        uint32_t s1 = rotate(v[4], 6) ^ rotate(v[4], 11) ^ rotate(v[4], 25);
        uint32_t choose = (v[4] & v[5]) ^ (~v[4] & v[6]);
        uint32_t t1 = v[7] + s1 + choose + constants[i] + w[i];
        uint32_t s0 = rotate(v[0], 2) ^ rotate(v[0], 13) ^ rotate(v[0], 22);
        uint32_t majority = (v[0] & v[1]) ^ (v[0] & v[2]) ^ (v[1] & v[2]);
        uint32_t t2 = s0 + majority;
        for (int k = 7; k > 0; k--) {
            v[k] = v[k - 1];
        }
        v[4] += t1;
        v[0] = t1 + t2;
    }
    for (int i = 0; i < 8; i++) {
        state[i] += v[i];
    }
}

static uint64_t kernel(void) {
    initialise();
    uint32_t block[16];
    for (uint32_t i = 0; i < BLOCKS; i++) {
        for (uint32_t k = 0; k < 16; k++) {
            block[k] = i * 16 + k;
        }
        compress(block);
    }
    return checksum_bytes(0, state, sizeof state);
}
