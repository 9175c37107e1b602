// memcmp, strlen and strcspn, beside plain loops: each alignment, lengths around that of a word,
// bytes that words could take for others, and strings that end where memory ends.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROOM = 64, PAGE = 65536 };

static int failures;
static const unsigned char bytes[] = {1, 0x7f, 0x80, 0x81, 0xff, 'a', 'b', 0};

// Calls through these are not folded by the compiler.
static int (*volatile compare)(const void *, const void *, size_t) = memcmp;
static size_t (*volatile measure)(const char *) = strlen;
static size_t (*volatile span)(const char *, const char *) = strcspn;

static int sign(int value) {
    return (value > 0) - (value < 0);
}

static int plain_compare(const unsigned char *a, const unsigned char *b, size_t length) {
    for (size_t i = 0; i < length; i++) {
        if (a[i] != b[i]) {
            return a[i] < b[i] ? -1 : 1;
        }
    }
    return 0;
}

static size_t plain_span(const char *string, const char *reject) {
    size_t length = 0;
    for (; string[length] != 0; length++) {
        for (const char *each = reject; *each != 0; each++) {
            if (*each == string[length]) {
                return length;
            }
        }
    }
    return length;
}

static void expect(int holds, const char *what, size_t at, size_t length) {
    if (!holds) {
        printf("%s at %zu of %zu\n", what, at, length);
        failures++;
    }
}

static void fill(unsigned char *to, size_t length, int zeros) {
    for (size_t i = 0; i < length; i++) {
        to[i] = bytes[(unsigned)rand() % (sizeof bytes - (zeros ? 0 : 1))];
    }
}

static void try_compare(unsigned char *left, unsigned char *right) {
    for (size_t length = 0; length < 20; length++) {
        for (size_t at = 0; at < 8; at++) {
            fill(left, ROOM, 1);
            memcpy(right, left + at, length);
            expect(compare(left + at, right, length) == 0, "memcmp of equals", at, length);
            if (length > 0) {
                right[(unsigned)rand() % length] = bytes[(unsigned)rand() % sizeof bytes];
            }
            expect(sign(compare(left + at, right, length)) ==
                       plain_compare(left + at, right, length),
                   "memcmp", at, length);
        }
    }
}

static void try_strings(char *room) {
    static const char *const sets[] = {"",       "a",    "ab",       "ba",     "aa",
                                       "a\x80z", "\xff", "\x80\x81", "abc\x7f"};
    for (size_t length = 0; length < 20; length++) {
        for (size_t at = 0; at < 8; at++) {
            fill((unsigned char *)room, ROOM, 0);
            room[at + length] = 0;
            expect(measure(room + at) == length, "strlen", at, length);
            for (size_t i = 0; i < sizeof sets / sizeof *sets; i++) {
                expect(span(room + at, sets[i]) == plain_span(room + at, sets[i]), sets[i], at,
                       length);
            }
        }
    }
}

int main(void) {
    static unsigned char left[ROOM], right[ROOM];
    for (int round = 0; round < 200; round++) {
        try_compare(left, right);
        try_strings((char *)left);
    }
    char *end = (char *)((uintptr_t)(__builtin_wasm_memory_grow(0, 1) + 1) * PAGE);
    for (size_t length = 0; length < 20; length++) {
        char *string = end - 1 - length;
        memset(string, 'x', length);
        end[-1] = 0;
        expect(measure(string) == length, "strlen before the end of memory", 0, length);
        expect(span(string, "ab") == length, "strcspn before the end of memory", 0, length);
        expect(compare(string, string, length + 1) == 0, "memcmp before the end of memory", 0,
               length);
    }
    printf("%d failures\n", failures);
    return failures != 0;
}
