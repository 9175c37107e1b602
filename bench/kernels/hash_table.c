// A hash table with chains, of strings to numbers: words counted, found, and removed.
#include "kernel.h"

enum { BUCKETS = 1 << 15, WORDS = 60000, ROUNDS = 4500000, WORD_LENGTH = 12 };

struct entry {
    struct entry *next;
    uint32_t hash;
    uint32_t count;
    char word[WORD_LENGTH];
};

static struct entry *buckets[BUCKETS];
static char words[WORDS][WORD_LENGTH];

static uint32_t hash_of(const char *word) {
    uint32_t hash = 2166136261u;
    for (; *word != '\0'; word++) {
        hash = (hash ^ (uint8_t)*word) * 16777619u;
    }
    return hash;
}

static int same(const char *left, const char *right) {
    while (*left != '\0' && *left == *right) {
        left++;
        right++;
    }
    return *left == *right;
}

static struct entry **find(const char *word, uint32_t hash) {
    struct entry **at = &buckets[hash % BUCKETS];
    while (*at != NULL && ((*at)->hash != hash || !same((*at)->word, word))) {
        at = &(*at)->next;
    }
    return at;
}

static void add(const char *word) {
    uint32_t hash = hash_of(word);
    struct entry **at = find(word, hash);
    if (*at == NULL) {
        *at = kernel_allocate(sizeof **at);
        **at = (struct entry){.hash = hash};
        strcpy((*at)->word, word);
    }
    (*at)->count++;
}

static void take_out(const char *word) {
    struct entry **at = find(word, hash_of(word));
    struct entry *entry = *at;
    if (entry != NULL) {
        *at = entry->next;
        free(entry);
    }
}

static uint64_t kernel(void) {
    for (int i = 0; i < WORDS; i++) {
        size_t length = 3 + kernel_random() % (WORD_LENGTH - 4);
        for (size_t k = 0; k < length; k++) {
            words[i][k] = (char)('a' + kernel_random() % 26);
        }
    }
    for (int i = 0; i < ROUNDS; i++) {
        uint64_t random = kernel_random();
        const char *word = words[random % WORDS];
        if (random >> 60 == 0) {
            take_out(word);
        } else {
            add(word);
        }
    }
    uint64_t checksum = 0;
    for (int i = 0; i < BUCKETS; i++) {
        for (struct entry *entry = buckets[i]; entry != NULL; entry = entry->next) {
            checksum = checksum_number(checksum, entry->hash + (uint64_t)entry->count);
        }
    }
    return checksum;
}
