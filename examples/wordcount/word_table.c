#include "word_table.h"

#include <stdlib.h>
#include <string.h>

// FNV-1a.
static size_t hash(const char *text, size_t length) {
    uint32_t value = 2166136261u;
    for (size_t i = 0; i < length; i++) {
        value = (value ^ (uint8_t)text[i]) * 16777619u;
    }
    return value;
}

// The slot that has the word, or the empty one where it belongs.
static struct word *find(const struct word_table *table, const char *text, size_t length) {
    size_t mask = table->capacity - 1;
    size_t index = hash(text, length) & mask;
    for (;; index = (index + 1) & mask) {
        struct word *slot = &table->slots[index];
        if (!slot->text || (slot->length == length && !memcmp(slot->text, text, length))) {
            return slot;
        }
    }
}

static bool grow(struct word_table *table) {
    struct word_table larger = {.capacity = table->capacity ? table->capacity * 2 : 1024};
    larger.slots = calloc(larger.capacity, sizeof *larger.slots);
    if (!larger.slots) {
        return false;
    }
    for (size_t i = 0; i < table->capacity; i++) {
        if (table->slots[i].text) {
            *find(&larger, table->slots[i].text, table->slots[i].length) = table->slots[i];
        }
    }
    free(table->slots);
    table->slots = larger.slots;
    table->capacity = larger.capacity;
    return true;
}

bool word_table_add(struct word_table *table, const char *text, size_t length, uint64_t count) {
    if (table->used * 2 >= table->capacity && !grow(table)) {
        return false;
    }
    struct word *slot = find(table, text, length);
    if (!slot->text) {
        *slot = (struct word){text, length, 0};
        table->used++;
    }
    slot->count += count;
    table->total += count;
    return true;
}

bool word_table_add_text(struct word_table *table, const char *text, size_t length) {
    const char *end = text + length;
    while (text < end) {
        const char *start = text;
        bool printable = false;
        for (; text < end && !is_space(*text); text++) {
            printable = printable || (*text > ' ' && *text <= '~');
        }
        if (printable && !word_table_add(table, start, (size_t)(text - start), 1)) {
            return false;
        }
        text += text < end;
    }
    return true;
}

static int compare(const void *left, const void *right) {
    const struct word *a = left;
    const struct word *b = right;
    if (a->count != b->count) {
        return a->count > b->count ? -1 : 1;
    }
    size_t length = a->length < b->length ? a->length : b->length;
    int order = memcmp(a->text, b->text, length);
    return order ? order : a->length < b->length ? -1 : a->length > b->length;
}

struct word *word_table_sort(struct word_table *table) {
    struct word *words = calloc(table->used ? table->used : 1, sizeof *words);
    if (!words) {
        return NULL;
    }
    size_t count = 0;
    for (size_t i = 0; i < table->capacity; i++) {
        if (table->slots[i].text) {
            words[count++] = table->slots[i];
        }
    }
    free(table->slots);
    table->slots = NULL;
    table->capacity = 0;
    qsort(words, count, sizeof *words, compare);
    return words;
}
