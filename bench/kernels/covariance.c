// Covariance of the columns of a table, from memory with a run-time size.
#include "kernel.h"

enum { OBSERVATIONS = 900, VARIABLES = 640 };

static void covariance(int n, int m, double (*data)[m], double (*result)[m], double *mean) {
    for (int j = 0; j < m; j++) {
        mean[j] = 0;
        for (int i = 0; i < n; i++) {
            mean[j] += data[i][j];
        }
        mean[j] /= n;
    }
    for (int i = 0; i < n; i++) {
        for (int j = 0; j < m; j++) {
            data[i][j] -= mean[j];
        }
    }
    for (int i = 0; i < m; i++) {
        for (int j = i; j < m; j++) {
            result[i][j] = 0;
            for (int k = 0; k < n; k++) {
                result[i][j] += data[k][i] * data[k][j];
            }
            result[i][j] /= n - 1;
            result[j][i] = result[i][j];
        }
    }
}

static uint64_t kernel(void) {
    double(*data)[VARIABLES] = kernel_allocate(OBSERVATIONS * sizeof *data);
    double(*result)[VARIABLES] = kernel_allocate(VARIABLES * sizeof *result);
    double *mean = kernel_allocate(VARIABLES * sizeof *mean);
    for (int i = 0; i < OBSERVATIONS; i++) {
        for (int j = 0; j < VARIABLES; j++) {
            data[i][j] = (double)(kernel_random() % 1000) / 100;
        }
    }
    covariance(OBSERVATIONS, VARIABLES, data, result, mean);
    uint64_t checksum = checksum_bytes(0, result, VARIABLES * sizeof *result);
    free(data);
    free(result);
    free(mean);
    return checksum;
}
