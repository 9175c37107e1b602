// Counts the words of a text in parallel: splits the input at white space, chains a call of
// `wordcount_map` (which must be uploaded beside this one) for each piece, merges what they give,
// and writes
//
//     total words: N
//     COUNT WORD        the ten most frequent, in byte order among equals
//
// What a word is: see word_table.h.
#include <faasm.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "word_table.h"

enum { PIECE_SIZE = 256 * 1024, TOP = 10 };

// Chains a call for each piece; `calls` has room for one more than the text's size by PIECE_SIZE.
static size_t map(const char *text, size_t length, call_id *calls) {
    size_t count = 0;
    for (size_t start = 0; start < length;) {
        size_t end = length - start > PIECE_SIZE ? start + PIECE_SIZE : length;
        while (end < length && !is_space(text[end])) {
            end++;
        }
        calls[count++] = chain_call("wordcount_map", text + start, end - start);
        start = end;
    }
    return count;
}

// Adds the lines "count word" of one call's output.
static bool merge(struct word_table *table, const char *output, size_t length) {
    const char *end = output + length;
    while (output < end) {
        const char *newline = memchr(output, '\n', (size_t)(end - output));
        char *word = NULL;
        uint64_t count = 0;
        if (newline && *output >= '0' && *output <= '9') {
            count = strtoull(output, &word, 10);
        }
        if (!word || *word != ' ') {
            fprintf(stderr, "wordcount_map gave a line that is not \"count word\"\n");
            return false;
        }
        word++;
        if (!word_table_add(table, word, (size_t)(newline - word), count)) {
            fprintf(stderr, "out of memory\n");
            return false;
        }
        output = newline + 1;
    }
    return true;
}

// Awaits every call, also after one has failed, so that none is left running.
static bool reduce(struct word_table *table, const call_id *calls, size_t count) {
    bool done = true;
    for (size_t i = 0; i < count; i++) {
        void *output;
        size_t length;
        int code = await_call_output(calls[i], &output, &length);
        if (code != 0) {
            fprintf(stderr, "call %u of wordcount_map failed with code %d\n", calls[i], code);
            done = false;
        }
        done = done && merge(table, output, length);
    }
    return done;
}

static bool write_result(struct word_table *table) {
    size_t count = table->used;
    struct word *words = word_table_sort(table);
    char *output = NULL;
    size_t length = 0;
    FILE *stream = open_memstream(&output, &length);
    if (!words || !stream) {
        return false;
    }
    fprintf(stream, "total words: %" PRIu64 "\n", table->total);
    for (size_t i = 0; i < count && i < TOP; i++) {
        fprintf(stream, "%" PRIu64 " ", words[i].count);
        fwrite(words[i].text, 1, words[i].length, stream);
        fputc('\n', stream);
    }
    if (fclose(stream) != 0) {
        return false;
    }
    write_call_output(output, length);
    return true;
}

int main(void) {
    size_t size = get_call_input_size();
    char *text = malloc(size ? size : 1);
    call_id *calls = calloc(size / PIECE_SIZE + 1, sizeof *calls);
    if (!text || !calls) {
        fprintf(stderr, "no memory for an input of %zu bytes\n", size);
        return 1;
    }
    size_t count = map(text, read_call_input(text, size), calls);
    struct word_table table = {0};
    if (!reduce(&table, calls, count)) {
        return 1;
    }
    printf("%zu bytes, %zu calls, %zu different words\n", size, count, table.used);
    if (!write_result(&table)) {
        fprintf(stderr, "out of memory\n");
        return 1;
    }
    return 0;
}
