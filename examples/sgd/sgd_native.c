// The same in plain C, on one thread, for comparison: sgd_native DATA EPOCHS. And how the data set
// is made, of texts: sgd_native --make DATA FILES... Rows are windows of 12 words, columns are
// hashed words and pairs of words. The label tells the licences of the GNU project from the others.
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sgd.h"

enum { WINDOW = 12, STEP = 12, COLUMNS = 1 << 15, ROWS_MAX = 1 << 20 };

static uint32_t hash_of(uint32_t hash, const char *word) {
    for (; *word; word++) {
        hash = (hash ^ (unsigned char)*word) * 16777619u;
    }
    return hash;
}

struct rows {
    uint32_t *ends, *columns;
    uint32_t count, entries;
};

static void add_window(struct rows *rows, const uint32_t *words, uint32_t count, int label) {
    for (uint32_t i = 0; i < count; i++) {
        rows->columns[rows->entries++] = words[i] % COLUMNS;
        if (i > 0) {
            rows->columns[rows->entries++] = (words[i - 1] * 31u + words[i]) % COLUMNS;
        }
    }
    rows->ends[rows->count++] = rows->entries | (label ? SGD_LABEL : 0);
}

static void add_text(struct rows *rows, FILE *file, int label) {
    uint32_t words[WINDOW];
    uint32_t count = 0;
    char word[64];
    while (rows->count < ROWS_MAX && fscanf(file, "%63s", word) == 1) {
        for (char *p = word; *p; p++) {
            *p = (char)tolower((unsigned char)*p);
        }
        words[count++] = hash_of(2166136261u, word);
        if (count == WINDOW) {
            add_window(rows, words, count, label);
            memmove(words, words + STEP, (WINDOW - STEP) * sizeof *words);
            count -= STEP;
        }
    }
}

// Rows in a random order, always the same.
static void write_shuffled(const struct rows *rows, FILE *file) {
    uint32_t *order = malloc(rows->count * sizeof *order);
    uint32_t random = 1, end = 0;
    for (uint32_t i = 0; i < rows->count; i++) {
        random = random * 1664525u + 1013904223u;
        uint32_t other = (uint32_t)((uint64_t)random * (i + 1) >> 32);
        order[i] = i;
        order[i] = order[other];
        order[other] = i;
    }
    struct sgd_data data = {rows->count, COLUMNS, rows->entries, 0};
    fwrite(&data, sizeof data, 1, file);
    for (int part = 0; part < 2; part++) { // the ends, then the columns
        for (uint32_t i = 0; i < rows->count; i++) {
            uint32_t row = order[i];
            uint32_t begin = row == 0 ? 0 : rows->ends[row - 1] & ~SGD_LABEL;
            uint32_t count = (rows->ends[row] & ~SGD_LABEL) - begin;
            end += count;
            uint32_t marked = end | (rows->ends[row] & SGD_LABEL);
            fwrite(part == 0 ? &marked : rows->columns + begin, 4, part == 0 ? 1 : count, file);
        }
    }
    free(order);
}

static int make(const char *path, int count, char **files) {
    struct rows rows = {malloc(4 * (size_t)ROWS_MAX), malloc(8 * (size_t)ROWS_MAX * WINDOW), 0, 0};
    for (int i = 0; i < count; i++) {
        const char *name = strrchr(files[i], '/') ? strrchr(files[i], '/') + 1 : files[i];
        FILE *text = fopen(files[i], "r");
        if (text) {
            add_text(&rows, text, strstr(name, "GPL") || strstr(name, "GFDL"));
            fclose(text);
        }
    }
    FILE *file = fopen(path, "w");
    if (!file) {
        perror(path);
        return 1;
    }
    write_shuffled(&rows, file);
    printf("%u rows, %u entries\n", rows.count, rows.entries);
    return fclose(file);
}

int main(int argc, char **argv) {
    if (argc > 3 && strcmp(argv[1], "--make") == 0) {
        return make(argv[2], argc - 3, argv + 3);
    }
    FILE *file = argc == 3 ? fopen(argv[1], "r") : NULL;
    struct sgd_data header;
    if (!file || fread(&header, sizeof header, 1, file) != 1) {
        fputs("usage: sgd_native DATA EPOCHS\n", stderr);
        return 2;
    }
    struct sgd_data *data = malloc(sgd_bytes(&header));
    *data = header;
    if (fread(data + 1, 1, sgd_bytes(&header) - sizeof header, file) !=
        sgd_bytes(&header) - sizeof header) {
        fputs("the file is too short\n", stderr);
        return 1;
    }
    double *weights = calloc(data->columns, sizeof *weights);
    for (int epoch = 0; epoch < atoi(argv[2]); epoch++) {
        sgd_train(data, weights, 0, data->rows, sgd_rate(epoch));
    }
    printf("rows %u columns %u accuracy %.4f\n", data->rows, data->columns,
           sgd_accuracy(data, weights));
    return 0;
}
