// Parallel stochastic gradient descent over shared state. The data set and the weights are values
// of state that all workers map: nobody copies them, and updates are plain loads and stores.
//
// Input: "EPOCHS WORKERS [EVERY]". The data set is the value "sgd/data" (sgd.h), the result
// "sgd/weights". A worker pushes the weights, for other hosts to pull, after every so many epochs;
// 0 (which is what it is otherwise): only the result is pushed.
#include "sgd.h"

#include <faasm.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char data_key[] = "sgd/data";
static const char weights_key[] = "sgd/weights";

struct shard {
    uint32_t begin, end;
    int epochs, every;
};

// A chained call: several passes over its shard.
static int work(void) {
    struct shard shard;
    read_call_input(&shard, sizeof shard);
    const struct sgd_data *data = get_state(data_key, 0);
    double *weights = get_state(weights_key, 8 * (size_t)data->columns);
    for (int epoch = 0; epoch < shard.epochs; epoch++) {
        sgd_train(data, weights, shard.begin, shard.end, sgd_rate(epoch));
        if (shard.every > 0 && (epoch + 1) % shard.every == 0) {
            push_state_partial(weights_key);
        }
    }
    return 0;
}

int main(void) {
    char input[64] = {0};
    int epochs = 20, workers = 8, every = 0;
    read_call_input(input, sizeof input - 1);
    if (sscanf(input, "%d %d %d", &epochs, &workers, &every) < 0 || epochs < 1 || workers < 1 ||
        workers > 256 || every < 0) {
        fputs("the input is: EPOCHS WORKERS [EVERY]\n", stderr);
        return 2;
    }
    size_t size = get_state_size(data_key);
    if (size < sizeof(struct sgd_data)) {
        fputs("there is no data set in the state sgd/data\n", stderr);
        return 1;
    }
    const struct sgd_data *data = get_state(data_key, 0);
    if (sgd_bytes(data) > size) {
        fputs("the state sgd/data is no data set\n", stderr);
        return 1;
    }
    double *weights = get_state(weights_key, 8 * (size_t)data->columns);
    memset(weights, 0, 8 * (size_t)data->columns);
    call_id *calls = calloc((size_t)workers, sizeof *calls);
    for (int i = 0; i < workers; i++) {
        struct shard shard = {
            (uint32_t)((uint64_t)data->rows * (uint64_t)i / (uint64_t)workers),
            (uint32_t)((uint64_t)data->rows * (uint64_t)(i + 1) / (uint64_t)workers), epochs,
            every};
        calls[i] = chain_ptr(work, &shard, sizeof shard);
    }
    int failures = 0;
    for (int i = 0; i < workers; i++) {
        failures += await_call(calls[i]) != 0;
    }
    push_state_partial(weights_key);
    char output[128];
    int length = snprintf(output, sizeof output, "rows %u columns %u accuracy %.4f\n", data->rows,
                          data->columns, sgd_accuracy(data, weights));
    write_call_output(output, (size_t)length);
    return failures != 0;
}
