// A sparse data set, and logistic regression over it by stochastic gradient descent: what the
// functions (sgd.c) and the plain C program (sgd_native.c) share.
#ifndef SGD_H
#define SGD_H

#include <math.h>
#include <stddef.h>
#include <stdint.h>

// As it lies in a file and in state: this, then row ends (uint32_t), then columns (uint32_t). Every
// fourth row is for testing. The value of a column that a row has is the same for all of the row.
struct sgd_data {
    uint32_t rows, columns, entries, reserved;
};

static inline const uint32_t *sgd_ends(const struct sgd_data *data) {
    return (const uint32_t *)(data + 1);
}

// The top bit of an end is the row's label.
#define SGD_LABEL 0x80000000u

static inline const uint32_t *sgd_columns(const struct sgd_data *data) {
    return sgd_ends(data) + data->rows;
}

static inline size_t sgd_bytes(const struct sgd_data *data) {
    return sizeof *data + 4 * ((size_t)data->rows + data->entries);
}

struct sgd_row {
    const uint32_t *columns;
    uint32_t count;
    double label; // 0 or 1
};

static inline struct sgd_row sgd_row(const struct sgd_data *data, uint32_t row) {
    const uint32_t *ends = sgd_ends(data);
    uint32_t begin = row == 0 ? 0 : ends[row - 1] & ~SGD_LABEL;
    struct sgd_row found = {sgd_columns(data) + begin, (ends[row] & ~SGD_LABEL) - begin,
                            ends[row] & SGD_LABEL ? 1 : 0};
    return found;
}

static inline double sgd_predict(const struct sgd_row *row, const double *weights) {
    double sum = 0;
    for (uint32_t i = 0; i < row->count; i++) {
        sum += weights[row->columns[i]];
    }
    return 1 / (1 + exp(-sum / sqrt(row->count + 1.0)));
}

// One pass over rows [begin, end), without any lock: others may change the weights at the same
// time, and now and then an update is lost. That this works where rows are sparse is the point of
// HOGWILD (Recht, Re, Wright, Niu: "Hogwild!: A Lock-Free Approach to Parallelizing Stochastic
// Gradient Descent", 2011).
static inline void sgd_train(const struct sgd_data *data, double *weights, uint32_t begin,
                             uint32_t end, double rate) {
    for (uint32_t i = begin; i < end; i++) {
        if (i % 4 == 3) {
            continue;
        }
        struct sgd_row row = sgd_row(data, i);
        double step = rate * (row.label - sgd_predict(&row, weights)) / sqrt(row.count + 1.0);
        for (uint32_t j = 0; j < row.count; j++) {
            weights[row.columns[j]] += step;
        }
    }
}

// The share of the test rows that are told right.
static inline double sgd_accuracy(const struct sgd_data *data, const double *weights) {
    uint32_t right = 0, all = 0;
    for (uint32_t i = 3; i < data->rows; i += 4) {
        struct sgd_row row = sgd_row(data, i);
        right += (sgd_predict(&row, weights) > 0.5) == (row.label > 0.5);
        all++;
    }
    return all > 0 ? (double)right / all : 0;
}

static inline double sgd_rate(int epoch) {
    return 4.0 / (1 + 0.2 * epoch);
}

#endif
