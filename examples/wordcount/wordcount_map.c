// The map step of the word count: the input is a piece of text that no word crosses the end of, the
// output a line "count word" for each different word, most frequent first.
#include <faasm.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "word_table.h"

enum { COUNT_SIZE = 21 }; // decimal digits of a uint64_t and the blank behind

static int write_words(const struct word *words, size_t count) {
    size_t capacity = 1;
    for (size_t i = 0; i < count; i++) {
        capacity += COUNT_SIZE + words[i].length + 1;
    }
    char *output = malloc(capacity);
    if (!output) {
        return 1;
    }
    size_t length = 0;
    for (size_t i = 0; i < count; i++) {
        length += (size_t)snprintf(output + length, COUNT_SIZE + 1, "%" PRIu64 " ", words[i].count);
        memcpy(output + length, words[i].text, words[i].length);
        length += words[i].length;
        output[length++] = '\n';
    }
    write_call_output(output, length);
    return 0;
}

int main(void) {
    size_t size = get_call_input_size();
    char *text = malloc(size ? size : 1);
    struct word_table table = {0};
    if (!text || !word_table_add_text(&table, text, read_call_input(text, size))) {
        fprintf(stderr, "out of memory\n");
        return 1;
    }
    struct word *words = word_table_sort(&table);
    if (!words || write_words(words, table.used) != 0) {
        fprintf(stderr, "out of memory\n");
        return 1;
    }
    return 0;
}
