// Compression: matches found through a hash of four bytes, their lengths and distances written as
// bits with a variable length, read again and compared with the input; CRC-32 by table of both.
#include "kernel.h"

enum { LENGTH = 3 << 20, WINDOW = 1 << 15, HASH_BITS = 14, MATCH_MAXIMUM = 255 };

static uint8_t *input, *packed, *output;
static uint64_t bits;
static int bit_count;
static size_t position;
static uint32_t crc_table[256];

static void put(uint32_t value, int width) {
    bits |= (uint64_t)value << bit_count;
    bit_count += width;
    while (bit_count >= 8) {
        packed[position++] = (uint8_t)bits;
        bits >>= 8;
        bit_count -= 8;
    }
}

static uint32_t get(int width) {
    while (bit_count < width) {
        bits |= (uint64_t)packed[position++] << bit_count;
        bit_count += 8;
    }
    uint32_t value = (uint32_t)bits & ((1u << width) - 1);
    bits >>= width;
    bit_count -= width;
    return value;
}

// The number of digits, then the digits without the leading one.
static void put_number(uint32_t value) {
    int digits = 31 - __builtin_clz(value);
    put((uint32_t)digits, 4);
    put(value & ((1u << digits) - 1), digits);
}

static uint32_t get_number(void) {
    int digits = (int)get(4);
    return 1u << digits | get(digits);
}

static uint32_t load32(const uint8_t *at) {
    uint32_t value;
    memcpy(&value, at, sizeof value);
    return value;
}

static size_t pack(void) {
    static uint32_t heads[1 << HASH_BITS];
    bits = 0, bit_count = 0, position = 0;
    for (size_t at = 0; at < LENGTH;) {
        uint32_t length = 0, distance = 0;
        if (at + 4 <= LENGTH) {
            uint32_t hash = load32(input + at) * 2654435761u >> (32 - HASH_BITS);
            size_t candidate = heads[hash];
            heads[hash] = (uint32_t)at;
            if (candidate < at && at - candidate < WINDOW) {
                size_t limit = LENGTH - at < MATCH_MAXIMUM ? LENGTH - at : MATCH_MAXIMUM;
                while (length < limit && input[candidate + length] == input[at + length]) {
                    length++;
                }
                distance = (uint32_t)(at - candidate);
            }
        }
        if (length >= 4) {
            put(1, 1);
            put_number(length);
            put_number(distance);
            at += length;
        } else {
            put(0, 1);
            put(input[at++], 8);
        }
    }
    put(0, 7);
    return position;
}

static void unpack(void) {
    bits = 0, bit_count = 0, position = 0;
    for (size_t at = 0; at < LENGTH;) {
        if (get(1) == 0) {
            output[at++] = (uint8_t)get(8);
            continue;
        }
        uint32_t length = get_number();
        uint32_t distance = get_number();
        for (uint32_t i = 0; i < length; i++, at++) {
            output[at] = output[at - distance];
        }
    }
}

static uint32_t crc_of(const uint8_t *data, size_t length) {
    uint32_t crc = ~0u;
    for (size_t i = 0; i < length; i++) {
        crc = crc_table[(crc ^ data[i]) & 0xff] ^ crc >> 8;
    }
    return ~crc;
}

static void make_input(void) {
    for (size_t at = 0; at < LENGTH;) {
        uint64_t random = kernel_random();
        size_t length = 1 + random % 24;
        size_t distance = 1 + (random >> 16) % (WINDOW - 1);
        for (size_t i = 0; i < length && at < LENGTH; i++, at++) {
            input[at] = (random >> 40) % 3 != 0 && at > distance ? input[at - distance]
                                                                 : (uint8_t)(kernel_random() % 64);
        }
    }
}

static uint64_t kernel(void) {
    input = kernel_allocate(LENGTH);
    packed = kernel_allocate(2 * LENGTH);
    output = kernel_allocate(LENGTH);
    for (uint32_t i = 0; i < 256; i++) {
        uint32_t crc = i;
        for (int bit = 0; bit < 8; bit++) {
            crc = crc & 1 ? 0xedb88320u ^ crc >> 1 : crc >> 1;
        }
        crc_table[i] = crc;
    }
    make_input();
    uint64_t checksum = 0;
    for (int round = 0; round < 7; round++) {
        size_t size = pack();
        checksum = checksum_number(checksum, crc_of(packed, size));
        unpack();
        checksum = checksum_number(checksum, crc_of(output, LENGTH));
        checksum = checksum_number(checksum, (uint64_t)memcmp(input, output, LENGTH));
        input[round * 1000] ^= 1;
    }
    free(input);
    free(packed);
    free(output);
    return checksum;
}
