// Sorting: a quicksort with insertion sort of short runs, and a heap sort, of 32-bit numbers; and
// an index sorted through a comparison function.
#include "kernel.h"

enum { COUNT = 2000000, INDEXED = 300000 };

static uint32_t *values;

static void quick_sort(uint32_t *data, int low, int high) {
    while (high - low > 12) {
        uint32_t pivot = data[low + (high - low) / 2];
        int i = low, j = high;
        while (i <= j) {
            while (data[i] < pivot) {
                i++;
            }
            while (data[j] > pivot) {
                j--;
            }
            if (i <= j) {
                uint32_t swap = data[i];
                data[i++] = data[j];
                data[j--] = swap;
            }
        }
        if (j - low < high - i) {
            quick_sort(data, low, j);
            low = i;
        } else {
            quick_sort(data, i, high);
            high = j;
        }
    }
    for (int i = low + 1; i <= high; i++) {
        uint32_t value = data[i];
        int j = i - 1;
        for (; j >= low && data[j] > value; j--) {
            data[j + 1] = data[j];
        }
        data[j + 1] = value;
    }
}

static void sift(uint32_t *data, uint32_t root, uint32_t count) {
    for (uint32_t child; (child = 2 * root + 1) < count; root = child) {
        if (child + 1 < count && data[child] < data[child + 1]) {
            child++;
        }
        if (data[root] >= data[child]) {
            return;
        }
        uint32_t swap = data[root];
        data[root] = data[child];
        data[child] = swap;
    }
}

static void heap_sort(uint32_t *data, uint32_t count) {
    for (uint32_t i = count / 2; i-- > 0;) {
        sift(data, i, count);
    }
    while (count > 1) {
        count--;
        uint32_t swap = data[0];
        data[0] = data[count];
        data[count] = swap;
        sift(data, 0, count);
    }
}

static int by_low_bits(uint32_t left, uint32_t right) {
    uint32_t a = values[left] & 0xffff, b = values[right] & 0xffff;
    return a != b ? (a < b ? -1 : 1) : left < right ? -1 : left > right;
}

static void merge_sort(uint32_t *data, uint32_t *spare, uint32_t count,
                       int (*compare)(uint32_t, uint32_t)) {
    if (count < 2) {
        return;
    }
    uint32_t half = count / 2;
    merge_sort(data, spare, half, compare);
    merge_sort(data + half, spare + half, count - half, compare);
    memcpy(spare, data, count * sizeof *data);
    for (uint32_t i = 0, left = 0, right = half; i < count; i++) {
        if (right == count || (left < half && compare(spare[left], spare[right]) <= 0)) {
            data[i] = spare[left++];
        } else {
            data[i] = spare[right++];
        }
    }
}

static uint64_t kernel(void) {
    values = kernel_allocate(COUNT * sizeof *values);
    uint32_t *copy = kernel_allocate(COUNT * sizeof *copy);
    uint32_t *spare = kernel_allocate(COUNT * sizeof *spare);
    for (uint32_t i = 0; i < COUNT; i++) {
        values[i] = copy[i] = (uint32_t)kernel_random();
    }
    quick_sort(copy, 0, COUNT - 1);
    uint64_t checksum = checksum_bytes(0, copy, COUNT * sizeof *copy);
    memcpy(copy, values, COUNT / 4 * sizeof *copy);
    heap_sort(copy, COUNT / 4);
    checksum = checksum_bytes(checksum, copy, COUNT / 4 * sizeof *copy);
    for (uint32_t i = 0; i < INDEXED; i++) {
        copy[i] = i;
    }
    merge_sort(copy, spare, INDEXED, by_low_bits);
    checksum = checksum_bytes(checksum, copy, INDEXED * sizeof *copy);
    free(values);
    free(copy);
    free(spare);
    return checksum;
}
