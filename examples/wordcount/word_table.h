// Words and how often each occurs: what the two functions of the word count share.
//
// A word is what `LC_ALL=C wc -w` of coreutils 9.1 counts: a longest run of bytes that are not
// white space (space, \t, \n, \v, \f, \r) with at least one printable ASCII character in it.
#ifndef WORD_TABLE_H
#define WORD_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct word {
    const char *text; // not NUL-terminated; belongs to the text that was counted
    size_t length;
    uint64_t count;
};

// An open-addressing hash table. Zero-initialise to create.
struct word_table {
    struct word *slots;
    size_t capacity; // a power of two, or 0
    size_t used;
    uint64_t total; // of all counts
};

static inline bool is_space(char byte) {
    return byte == ' ' || (byte >= '\t' && byte <= '\r');
}

// Adds `count` occurrences of a word. False when memory is out.
bool word_table_add(struct word_table *table, const char *text, size_t length, uint64_t count);

// Adds every word of a text, which must outlive the table.
bool word_table_add_text(struct word_table *table, const char *text, size_t length);

// The words, most frequent first and in byte order among equals, as an array of `used` elements
// that the caller frees. The table itself is used up. NULL when memory is out.
struct word *word_table_sort(struct word_table *table);

#endif
