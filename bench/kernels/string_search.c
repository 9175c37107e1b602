// Searching a text: by skipping (Horspool), byte by byte, counting bytes of a class, and the length
// of strings.
#include "kernel.h"

enum { LENGTH = 4 << 20, PATTERNS = 24 };

static uint8_t *text;

static uint32_t count_with_skips(const uint8_t *pattern, size_t length) {
    size_t skip[256];
    for (int i = 0; i < 256; i++) {
        skip[i] = length;
    }
    for (size_t i = 0; i + 1 < length; i++) {
        skip[pattern[i]] = length - 1 - i;
    }
    uint32_t found = 0;
    for (size_t at = 0; at + length <= LENGTH; at += skip[text[at + length - 1]]) {
        size_t i = length;
        while (i > 0 && text[at + i - 1] == pattern[i - 1]) {
            i--;
        }
        found += i == 0;
    }
    return found;
}

static uint32_t count_simply(const uint8_t *pattern, size_t length) {
    uint32_t found = 0;
    for (size_t at = 0; at + length <= LENGTH; at++) {
        size_t i = 0;
        while (i < length && text[at + i] == pattern[i]) {
            i++;
        }
        found += i == length;
    }
    return found;
}

static uint32_t count_vowels(void) {
    uint32_t found = 0;
    for (size_t i = 0; i < LENGTH; i++) {
        uint8_t c = text[i];
        found += c == 'a' || c == 'e' || c == 'i' || c == 'o' || c == 'u';
    }
    return found;
}

static uint64_t kernel(void) {
    text = kernel_allocate(LENGTH);
    for (size_t i = 0; i < LENGTH; i++) {
        uint64_t random = kernel_random();
        text[i] = random % 6 == 0 ? ' ' : (uint8_t)('a' + (random >> 8) % 12);
    }
    uint64_t checksum = 0;
    for (int i = 0; i < PATTERNS; i++) {
        const uint8_t *pattern = text + (uint64_t)i * LENGTH / PATTERNS;
        size_t length = 4 + (size_t)i % 9;
        checksum = checksum_number(checksum, count_with_skips(pattern, length));
        checksum = checksum_number(checksum, count_simply(pattern, length));
        text[i * 17] = (uint8_t)('a' + i);
        checksum = checksum_number(checksum, count_vowels());
    }
    free(text);
    return checksum;
}
