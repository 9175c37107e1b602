// Dynamic programming: edit distance and longest common subsequence of texts, with a choice of
// three in each cell.
#include "kernel.h"

enum { LENGTH = 5000, REPEATS = 4 };

static char left[LENGTH], right[LENGTH];
static int table[2][LENGTH + 1];
static int common[2][LENGTH + 1];

static uint64_t kernel(void) {
    uint64_t checksum = 0;
    for (int repeat = 0; repeat < REPEATS; repeat++) {
        for (int i = 0; i < LENGTH; i++) {
            left[i] = (char)('a' + kernel_random() % 5);
            right[i] = (char)('a' + kernel_random() % 5);
        }
        for (int j = 0; j <= LENGTH; j++) {
            table[0][j] = j;
            common[0][j] = 0;
        }
        for (int i = 1; i <= LENGTH; i++) {
            int *above = table[(i - 1) % 2], *here = table[i % 2];
            int *longer = common[(i - 1) % 2], *now = common[i % 2];
            here[0] = i;
            now[0] = 0;
            for (int j = 1; j <= LENGTH; j++) {
                int replace = above[j - 1] + (left[i - 1] != right[j - 1]);
                int insert = here[j - 1] + 1;
                int best = above[j] + 1;
                best = insert < best ? insert : best;
                here[j] = replace < best ? replace : best;
                if (left[i - 1] == right[j - 1]) {
                    now[j] = longer[j - 1] + 1;
                } else {
                    now[j] = longer[j] > now[j - 1] ? longer[j] : now[j - 1];
                }
            }
        }
        checksum = checksum_number(checksum, (uint64_t)table[LENGTH % 2][LENGTH]);
        checksum = checksum_number(checksum, (uint64_t)common[LENGTH % 2][LENGTH]);
    }
    return checksum;
}
