// Recursion: queens on a board, Ackermann's function, a tree of calls with several arguments.
#include "kernel.h"

enum { QUEENS = 12 };

static int columns[QUEENS];

static int place(int row) {
    if (row == QUEENS) {
        return 1;
    }
    int solutions = 0;
    for (int column = 0; column < QUEENS; column++) {
        int free_place = 1;
        for (int i = 0; i < row; i++) {
            int distance = columns[i] - column;
            if (distance == 0 || distance == row - i || distance == i - row) {
                free_place = 0;
                break;
            }
        }
        if (free_place) {
            columns[row] = column;
            solutions += place(row + 1);
        }
    }
    return solutions;
}

static uint32_t fibonacci(uint32_t n) {
    return n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2);
}

static uint32_t ackermann(uint32_t m, uint32_t n) {
    if (m == 0) {
        return n + 1;
    }
    return n == 0 ? ackermann(m - 1, 1) : ackermann(m - 1, ackermann(m, n - 1));
}

static uint64_t towers(int count, int from, int to, int spare, uint64_t moves) {
    if (count == 0) {
        return checksum_number(moves, (uint64_t)(from * 3 + to));
    }
    moves = towers(count - 1, from, spare, to, moves);
    moves = checksum_number(moves, (uint64_t)count);
    return towers(count - 1, spare, to, from, moves);
}

static uint64_t kernel(void) {
    uint64_t checksum = checksum_number(0, (uint64_t)place(0));
    checksum = checksum_number(checksum, fibonacci(38));
    checksum = checksum_number(checksum, ackermann(2, 2000));
    return towers(20, 0, 1, 2, checksum);
}
