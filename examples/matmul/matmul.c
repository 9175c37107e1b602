// C = A * B in blocks, each by a chained call of its own, with the matrices in state: a call pulls
// and maps only what it needs of them (get_state_offset).
//
// Input: "N BLOCK". The values "matmul/a" and "matmul/b" are N x N doubles, stored block by block;
// where they do not exist they are filled with small whole numbers. The result is "matmul/c", and
// the output its checksum.
#include <faasm.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct task {
    uint32_t n, block, row, column; // in blocks
};

static size_t bytes_of(uint32_t n) {
    return 8 * (size_t)n * n;
}

static double *map_block(const char *key, const struct task *task, uint32_t row, uint32_t column) {
    size_t bytes = bytes_of(task->block);
    uint32_t blocks = task->n / task->block;
    return get_state_offset(key, bytes_of(task->n), (row * (size_t)blocks + column) * bytes, bytes);
}

// One block of the result.
static int multiply(void) {
    struct task task;
    read_call_input(&task, sizeof task);
    uint32_t size = task.block;
    double *sum = calloc(size * (size_t)size, sizeof *sum);
    for (uint32_t k = 0; k < task.n / size; k++) {
        const double *a = map_block("matmul/a", &task, task.row, k);
        const double *b = map_block("matmul/b", &task, k, task.column);
        for (uint32_t i = 0; i < size; i++) {
            for (uint32_t j = 0; j < size; j++) {
                double factor = a[i * size + j];
                for (uint32_t l = 0; l < size; l++) {
                    sum[i * size + l] += factor * b[j * size + l];
                }
            }
        }
    }
    memcpy(map_block("matmul/c", &task, task.row, task.column), sum, bytes_of(size));
    return 0;
}

static void fill(const char *key, uint32_t n, uint32_t seed) {
    double *values = get_state(key, bytes_of(n));
    for (size_t i = 0; i < n * (size_t)n; i++) {
        seed = seed * 1664525u + 1013904223u;
        values[i] = seed >> 28;
    }
}

int main(void) {
    char input[64] = {0};
    struct task task = {256, 64, 0, 0};
    read_call_input(input, sizeof input - 1);
    sscanf(input, "%u %u", &task.n, &task.block);
    if (task.block == 0 || task.n == 0 || task.n > 8192 || task.n % task.block != 0) {
        fputs("the input is: N BLOCK, N a multiple of BLOCK\n", stderr);
        return 2;
    }
    if (get_state_size("matmul/a") != bytes_of(task.n)) {
        fill("matmul/a", task.n, 1);
    }
    if (get_state_size("matmul/b") != bytes_of(task.n)) {
        fill("matmul/b", task.n, 2);
    }
    uint32_t blocks = task.n / task.block;
    const double *c = get_state("matmul/c", bytes_of(task.n));
    call_id *calls = calloc(blocks * (size_t)blocks, sizeof *calls);
    for (task.row = 0; task.row < blocks; task.row++) {
        for (task.column = 0; task.column < blocks; task.column++) {
            calls[task.row * blocks + task.column] = chain_ptr(multiply, &task, sizeof task);
        }
    }
    int failures = 0;
    for (uint32_t i = 0; i < blocks * blocks; i++) {
        failures += await_call(calls[i]) != 0;
    }
    push_state_partial("matmul/c");
    double sum = 0;
    for (size_t i = 0; i < task.n * (size_t)task.n; i++) {
        sum += c[i] * (double)(i % 7 + 1);
    }
    char output[64];
    int length = snprintf(output, sizeof output, "%.0f\n", sum);
    write_call_output(output, (size_t)length);
    return failures != 0;
}
