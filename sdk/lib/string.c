// memcmp, strlen and strcspn by words of eight bytes, where wasi-libc goes byte by byte. Programs
// that look up keys and match patterns spend much of their time in these three.
//
// strlen and strcspn read whole aligned words, which may reach past the end of the string but, as a
// memory ends at a multiple of eight, not past the end of memory.
#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef uint64_t __attribute__((may_alias)) word;
typedef uint64_t __attribute__((may_alias, aligned(1))) loose_word;

#define EACH_BYTE 0x0101010101010101u
#define WORD      sizeof(word)

// The high bit of each byte that is zero, and perhaps of ones above the lowest of these.
static inline uint64_t zero_bytes(uint64_t value) {
    return (value - EACH_BYTE) & ~value & (EACH_BYTE << 7);
}

static inline unsigned first_byte(uint64_t marks) {
    return (unsigned)__builtin_ctzll(marks) / 8;
}

// Marks for the bytes of the word that a pointer is in, without those before the pointer.
static inline uint64_t from_pointer(const char *at) {
    return ~(uint64_t)0 << (uintptr_t)at % WORD * 8;
}

static inline const word *word_of(const char *at) {
    return (const word *)(at - (uintptr_t)at % WORD);
}

static inline uint64_t load(const unsigned char *at) {
    return __builtin_bswap64(*(const loose_word *)at);
}

__attribute__((no_builtin)) int memcmp(const void *left, const void *right, size_t length) {
    const unsigned char *a = left;
    const unsigned char *b = right;
    if (length < WORD) {
        for (; length > 0 && *a == *b; a++, b++, length--) {
        }
        return length == 0 ? 0 : *a - *b;
    }
    for (; length > WORD && load(a) == load(b); a += WORD, b += WORD, length -= WORD) {
    }
    if (length < WORD) { // the last word overlaps the one before, which is equal
        a -= WORD - length;
        b -= WORD - length;
    }
    return (load(a) > load(b)) - (load(a) < load(b));
}

__attribute__((no_builtin)) size_t strlen(const char *string) {
    const word *at = word_of(string);
    uint64_t marks = zero_bytes(*at | ~from_pointer(string));
    while (marks == 0) {
        marks = zero_bytes(*++at);
    }
    return (size_t)((const char *)at - string) + first_byte(marks);
}

// Up to the end or to one of two bytes, which may be the same.
static size_t span_of_others(const char *string, unsigned char one, unsigned char other) {
    const word *at = word_of(string);
    uint64_t outside = ~from_pointer(string);
    uint64_t marks;
    for (;; at++, outside = 0) {
        marks = zero_bytes(*at | outside) | zero_bytes((*at ^ EACH_BYTE * one) | outside) |
                zero_bytes((*at ^ EACH_BYTE * other) | outside);
        if (marks != 0) {
            return (size_t)((const char *)at - string) + first_byte(marks);
        }
    }
}

__attribute__((no_builtin)) size_t strcspn(const char *string, const char *reject) {
    const unsigned char *set = (const unsigned char *)reject;
    if (set[0] == 0 || set[1] == 0 || set[2] == 0) {
        return span_of_others(string, set[0], set[0] == 0 ? 0 : set[1]);
    }
    uint32_t member[8] = {1}; // the end is in every set
    for (; *set != 0; set++) {
        member[*set / 32] |= (uint32_t)1 << *set % 32;
    }
    const unsigned char *at = (const unsigned char *)string;
    while ((member[*at / 32] >> *at % 32 & 1) == 0) {
        at++;
    }
    return (size_t)((const char *)at - string);
}
