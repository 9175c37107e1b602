// Bound by memory: a list in random order through 24 MiB, then a search tree built and walked.
#include "kernel.h"

enum { NODES = 1 << 18, LAPS = 12, KEYS = 120000 };

struct node {
    struct node *next;
    uint64_t payload[11];
};

struct tree {
    struct tree *left, *right;
    uint32_t key;
};

static uint64_t walk_list(void) {
    struct node *nodes = kernel_allocate(NODES * sizeof *nodes);
    uint32_t *order = kernel_allocate(NODES * sizeof *order);
    for (uint32_t i = 0; i < NODES; i++) {
        order[i] = i;
    }
    for (uint32_t i = NODES - 1; i > 0; i--) {
        uint32_t other = (uint32_t)(kernel_random() % (i + 1)), swap = order[i];
        order[i] = order[other];
        order[other] = swap;
    }
    for (uint32_t i = 0; i < NODES; i++) {
        nodes[order[i]].next = &nodes[order[(i + 1) % NODES]];
        nodes[order[i]].payload[0] = kernel_random();
    }
    uint64_t checksum = 0;
    const struct node *node = &nodes[order[0]];
    for (uint32_t i = 0; i < NODES * LAPS; i++) {
        checksum = checksum_number(checksum, node->payload[0]);
        node = node->next;
    }
    free(nodes);
    free(order);
    return checksum;
}

static uint64_t sum_depths(const struct tree *tree, uint64_t depth) {
    return tree == NULL ? 0
                        : depth * tree->key + sum_depths(tree->left, depth + 1) +
                              sum_depths(tree->right, depth + 1);
}

static uint64_t build_tree(void) {
    struct tree *root = NULL;
    for (uint32_t i = 0; i < KEYS; i++) {
        uint32_t key = (uint32_t)kernel_random();
        struct tree **at = &root;
        while (*at != NULL) {
            at = key < (*at)->key ? &(*at)->left : &(*at)->right;
        }
        *at = kernel_allocate(sizeof **at);
        **at = (struct tree){.key = key};
    }
    return sum_depths(root, 1);
}

static uint64_t kernel(void) {
    return checksum_number(walk_list(), build_tree());
}
