// Dynamic programming: the shortest paths between all nodes of a graph (Floyd and Warshall), and
// the cheapest order of a chain of matrix products.
#include "kernel.h"

enum { NODES = 800, CHAIN = 560 };

static int distance[NODES][NODES];
static int64_t cost[CHAIN][CHAIN];
static int size[CHAIN + 1];

static void find_paths(void) {
    for (int k = 0; k < NODES; k++) {
        for (int i = 0; i < NODES; i++) {
            for (int j = 0; j < NODES; j++) {
                int through = distance[i][k] + distance[k][j];
                distance[i][j] = distance[i][j] < through ? distance[i][j] : through;
            }
        }
    }
}

static void order_chain(void) {
    for (int length = 1; length < CHAIN; length++) {
        for (int i = 0; i + length < CHAIN; i++) {
            int j = i + length;
            cost[i][j] = INT64_MAX;
            for (int k = i; k < j; k++) {
                int64_t total =
                    cost[i][k] + cost[k + 1][j] + (int64_t)size[i] * size[k + 1] * size[j + 1];
                if (total < cost[i][j]) {
                    cost[i][j] = total;
                }
            }
        }
    }
}

static uint64_t kernel(void) {
    for (int i = 0; i < NODES; i++) {
        for (int j = 0; j < NODES; j++) {
            distance[i][j] = i == j ? 0 : 1 + (int)(kernel_random() % 1000);
        }
    }
    for (int i = 0; i <= CHAIN; i++) {
        size[i] = 5 + (int)(kernel_random() % 100);
    }
    find_paths();
    order_chain();
    return checksum_number(checksum_bytes(0, distance, sizeof distance),
                           (uint64_t)cost[0][CHAIN - 1]);
}
