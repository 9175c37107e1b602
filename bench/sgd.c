// The peer of examples/sgd: the same gradient code, natively, in a process for each worker, which
// has its own copy of the data set and of the weights and exchanges the weights by Redis after each
// epoch.
//
//   sgd make FILE                   makes the data set, always the same
//   sgd load PORT FILE              puts it into Redis
//   sgd train PORT EPOCHS WORKERS   prints rows, columns and accuracy, as examples/sgd does
//   sgd idle PORT WORKERS           the same processes without data, until standard input ends
//
// After an epoch a worker sends its weights and takes the mean of those of all workers, so that
// nobody's steps are lost. With one value that all overwrite they would be, and the sum of all
// steps, each of which was made without the others', does not converge.
#include "../examples/sgd/sgd.h"

#include <hiredis/hiredis.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ROWS = 400000, COLUMNS = 1 << 17, ENTRIES = 40, PIECE = 1 << 20, WINDOW = 16 };

__attribute__((noreturn)) static void die(const char *what) {
    fprintf(stderr, "sgd: %s\n", what);
    exit(1);
}

static void *allocate(size_t bytes) {
    void *memory = malloc(bytes);
    if (memory == NULL) {
        die("out of memory");
    }
    return memory;
}

// ---- The data set -------------------------------------------------------------------------------

static uint64_t random_state = 20190703;

static double uniform(void) { // [0, 1)
    random_state = random_state * 6364136223846793005u + 1442695040888963407u;
    return (double)(random_state >> 11) * 0x1p-53;
}

// Some columns are common and most are rare, as words are. Labels follow weights that are to be
// found, with noise.
static void make(const char *path) {
    uint32_t *ends = allocate(ROWS * sizeof *ends);
    uint32_t *columns = allocate((size_t)ROWS * ENTRIES * sizeof *columns);
    double *truth = allocate(COLUMNS * sizeof *truth);
    for (int i = 0; i < COLUMNS; i++) {
        truth[i] = 2 * uniform() - 1;
    }
    for (uint32_t row = 0; row < ROWS; row++) {
        double sum = uniform() - 0.5;
        for (uint32_t i = 0; i < ENTRIES; i++) {
            double rare = uniform();
            uint32_t column = (uint32_t)(rare * rare * rare * (double)COLUMNS);
            columns[row * ENTRIES + i] = column;
            sum += truth[column];
        }
        ends[row] = (row + 1) * ENTRIES | (sum > 0 ? SGD_LABEL : 0);
    }
    const struct sgd_data data = {ROWS, COLUMNS, ROWS * ENTRIES, 0};
    FILE *file = fopen(path, "w");
    if (file == NULL || fwrite(&data, sizeof data, 1, file) != 1 ||
        fwrite(ends, sizeof *ends, ROWS, file) != ROWS ||
        fwrite(columns, sizeof *columns, data.entries, file) != data.entries || fclose(file) != 0) {
        die("the data set cannot be written");
    }
    free(truth);
    free(columns);
    free(ends);
}

// ---- Redis --------------------------------------------------------------------------------------

static redisContext *connect_to(int port) {
    redisContext *redis = redisConnect("127.0.0.1", port);
    if (redis == NULL || redis->err != 0) {
        die("no connection to Redis");
    }
    return redis;
}

static redisReply *next_reply(redisContext *redis) {
    redisReply *reply;
    if (redisGetReply(redis, (void **)&reply) != REDIS_OK || reply->type == REDIS_REPLY_ERROR) {
        die("Redis failed");
    }
    return reply;
}

static void load(int port, const char *path) {
    redisContext *redis = connect_to(port);
    FILE *file = fopen(path, "r");
    char *piece = allocate(PIECE);
    size_t offset = 0, count;
    if (file == NULL) {
        die("no data set");
    }
    while ((count = fread(piece, 1, PIECE, file)) > 0) {
        redisAppendCommand(redis, "SETRANGE peer:data %d %b", (int)offset, piece, count);
        freeReplyObject(next_reply(redis));
        offset += count;
    }
    fclose(file);
    free(piece);
    redisFree(redis);
}

// A copy of a value, read in pieces, several of which are on their way at a time.
static void *fetch(redisContext *redis, const char *key, size_t *bytes) {
    redisAppendCommand(redis, "STRLEN %s", key);
    redisReply *reply = next_reply(redis);
    *bytes = (size_t)reply->integer;
    freeReplyObject(reply);
    char *copy = allocate(*bytes);
    size_t pieces = (*bytes + PIECE - 1) / PIECE;
    for (size_t i = 0; i < pieces + WINDOW; i++) {
        if (i < pieces) {
            redisAppendCommand(redis, "GETRANGE %s %d %d", key, (int)(i * PIECE),
                               (int)((i + 1) * PIECE - 1));
        }
        if (i >= WINDOW) {
            reply = next_reply(redis);
            memcpy(copy + (i - WINDOW) * PIECE, reply->str, (size_t)reply->len);
            freeReplyObject(reply);
        }
    }
    return copy;
}

// Sends the worker's weights and makes them the mean of all.
static void exchange(redisContext *redis, double *weights, uint32_t columns, int worker,
                     int workers) {
    size_t bytes = columns * sizeof *weights;
    redisAppendCommand(redis, "SET peer:weights:%d %b", worker, weights, bytes);
    for (int i = 0; i < workers; i++) {
        redisAppendCommand(redis, "GET peer:weights:%d", i);
    }
    freeReplyObject(next_reply(redis));
    memset(weights, 0, bytes);
    int count = 0;
    for (int i = 0; i < workers; i++) {
        redisReply *reply = next_reply(redis);
        if (reply->type == REDIS_REPLY_STRING && (size_t)reply->len == bytes) {
            const char *theirs = reply->str;
            for (uint32_t j = 0; j < columns; j++) {
                double weight;
                memcpy(&weight, theirs + j * sizeof weight, sizeof weight);
                weights[j] += weight;
            }
            count++;
        }
        freeReplyObject(reply);
    }
    for (uint32_t j = 0; j < columns; j++) {
        weights[j] /= count;
    }
}

// ---- Workers ------------------------------------------------------------------------------------

static void work(int port, int epochs, int worker, int workers) {
    size_t bytes;
    redisContext *redis = connect_to(port);
    struct sgd_data *data = fetch(redis, "peer:data", &bytes);
    if (bytes < sizeof *data || bytes < sgd_bytes(data)) {
        die("no data set in Redis");
    }
    double *weights = calloc(data->columns, sizeof *weights);
    if (weights == NULL) {
        die("out of memory");
    }
    uint32_t begin = (uint32_t)((uint64_t)data->rows * (uint64_t)worker / (uint64_t)workers);
    uint32_t end = (uint32_t)((uint64_t)data->rows * (uint64_t)(worker + 1) / (uint64_t)workers);
    for (int epoch = 0; epoch < epochs; epoch++) {
        sgd_train(data, weights, begin, end, sgd_rate(epoch));
        exchange(redis, weights, data->columns, worker, workers);
    }
    if (worker == workers - 1) {
        printf("rows %u columns %u accuracy %.4f\n", data->rows, data->columns,
               sgd_accuracy(data, weights));
    }
    free(weights);
    free(data);
    redisFree(redis);
}

static void idle(int port) {
    redisContext *redis = connect_to(port);
    char byte;
    while (read(STDIN_FILENO, &byte, 1) > 0) {
    }
    redisFree(redis);
}

static int run_workers(int port, int epochs, int workers, int idling) {
    int failures = 0, status;
    for (int i = 0; i < workers; i++) {
        pid_t child = fork();
        if (child < 0) {
            die("fork");
        }
        if (child == 0) {
            if (idling) {
                idle(port);
            } else {
                work(port, epochs, i, workers);
            }
            exit(0);
        }
    }
    while (wait(&status) > 0) {
        failures += status != 0;
    }
    return failures != 0;
}

int main(int argc, char **argv) {
    const char *verb = argc > 1 ? argv[1] : "";
    if (argc == 3 && strcmp(verb, "make") == 0) {
        make(argv[2]);
    } else if (argc == 4 && strcmp(verb, "load") == 0) {
        load(atoi(argv[2]), argv[3]);
    } else if (argc == 5 && strcmp(verb, "train") == 0) {
        return run_workers(atoi(argv[2]), atoi(argv[3]), atoi(argv[4]), 0);
    } else if (argc == 4 && strcmp(verb, "idle") == 0) {
        return run_workers(atoi(argv[2]), 0, atoi(argv[3]), 1);
    } else {
        die("usage: see bench/sgd.c");
    }
    return 0;
}
