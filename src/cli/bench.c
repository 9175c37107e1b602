// `faasm bench user/name`: calls of one function from several connections, and how long they took.
#include "base/clock.h"
#include "base/file.h"
#include "cli/cli.h"
#include "cli/client.h"

#include <argp.h>
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

static const size_t input_limit = (size_t)2 * 1024 * 1024 * 1024;
enum { COUNT_MAX = 100000000, CONCURRENCY_MAX = 4096 };

struct bench {
    struct client_options client;
    const char *function, *input_path;
    unsigned long count, concurrency;
    bool json;

    char path[CLIENT_PATH_MAX];
    struct buffer input;
    uint64_t *durations; // nanoseconds, by number of the call; 0 where it failed
    _Atomic unsigned long next, failed;
    pthread_mutex_t mutex;
    struct error first_failure; // under `mutex`, once `failed` is not 0
};

static const struct argp_option options[] = {
    {"count", 'n', "N", 0, "Calls in all (default: 1000)", 0},
    {"concurrency", 'c', "M", 0, "Connections, each with one call at a time (default: 1)", 0},
    {"input", 'i', "FILE", 0, "Input of every call; - is standard input (default: no input)", 0},
    {"json", 'j', NULL, 0, "Print JSON", 0},
    {0},
};

static unsigned long parse_number(struct argp_state *state, const char *name, const char *text,
                                  unsigned long maximum) {
    char *end;
    errno = 0;
    unsigned long value = strtoul(text, &end, 10);
    if (text[0] < '0' || text[0] > '9' || *end != '\0' || errno != 0 || value == 0 ||
        value > maximum) {
        argp_error(state, "--%s: '%s' is not a number from 1 to %lu", name, text, maximum);
    }
    return value;
}

static error_t parse(int key, char *argument, struct argp_state *state) {
    struct bench *bench = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &bench->client;
        break;
    case 'n':
        bench->count = parse_number(state, "count", argument, COUNT_MAX);
        break;
    case 'c':
        bench->concurrency = parse_number(state, "concurrency", argument, CONCURRENCY_MAX);
        break;
    case 'i':
        bench->input_path = argument;
        break;
    case 'j':
        bench->json = true;
        break;
    case ARGP_KEY_ARG:
        if (bench->function != NULL) {
            argp_error(state, "unexpected argument '%s'", argument);
        }
        bench->function = argument;
        break;
    case ARGP_KEY_END:
        if (bench->function == NULL) {
            argp_usage(state);
        }
        break;
    default:
        return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

// ---- Calls --------------------------------------------------------------------------------------

static void count_failure(struct bench *bench, const struct error *error) {
    pthread_mutex_lock(&bench->mutex);
    if (bench->failed++ == 0) {
        bench->first_failure = *error;
    }
    pthread_mutex_unlock(&bench->mutex);
}

static void *run_thread(void *context) {
    struct bench *bench = context;
    struct error error;
    struct client_reply reply = {0};
    struct client *client = client_new(&bench->client, &error);
    const struct bytes body = buffer_bytes(&bench->input);
    for (;;) {
        unsigned long number = atomic_fetch_add(&bench->next, 1);
        if (number >= bench->count) {
            break;
        }
        uint64_t start = clock_monotonic();
        if (client != NULL &&
            client_request_ok(client, "POST", bench->path, &body, &reply, &error)) {
            bench->durations[number] = clock_monotonic() - start;
        } else {
            count_failure(bench, &error);
        }
    }
    client_reply_destroy(&reply);
    client_delete(client);
    return NULL;
}

static bool run_all(struct bench *bench, double *seconds, struct error *error) {
    pthread_t *threads = calloc(bench->concurrency, sizeof *threads);
    if (threads == NULL) {
        return error_set(error, ERROR_MEMORY, "threads");
    }
    uint64_t start = clock_monotonic();
    unsigned long started = 0;
    int number = 0;
    while (started < bench->concurrency && number == 0) {
        number = pthread_create(&threads[started], NULL, run_thread, bench);
        started += number == 0;
    }
    if (number != 0) {
        atomic_store(&bench->next, bench->count);
        error_set_errno(error, number, "thread %lu", started + 1);
    }
    for (unsigned long i = 0; i < started; i++) {
        pthread_join(threads[i], NULL);
    }
    *seconds = (double)(clock_monotonic() - start) / 1e9;
    free(threads);
    return number == 0;
}

// ---- Figures ------------------------------------------------------------------------------------

static int compare_durations(const void *left, const void *right) {
    uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;
    return (a > b) - (a < b);
}

// Failed calls sort to the front, where `failed` skips them.
static double percentile(const struct bench *bench, double part) {
    unsigned long succeeded = bench->count - bench->failed;
    if (succeeded == 0) {
        return 0;
    }
    unsigned long index = (unsigned long)(part * (double)(succeeded - 1) + 0.5);
    return (double)bench->durations[bench->failed + index] / 1e9;
}

static void print_figures(struct bench *bench, double seconds) {
    qsort(bench->durations, bench->count, sizeof *bench->durations, compare_durations);
    unsigned long succeeded = bench->count - bench->failed;
    double rate = seconds > 0 ? (double)succeeded / seconds : 0;
    double p50 = percentile(bench, 0.5), p90 = percentile(bench, 0.9),
           p99 = percentile(bench, 0.99);
    if (bench->json) {
        printf("{\"calls\":%lu,\"failed\":%lu,\"concurrency\":%lu,\"seconds\":%.6f,"
               "\"calls_per_second\":%.1f,\"p50_seconds\":%.9f,\"p90_seconds\":%.9f,"
               "\"p99_seconds\":%.9f}\n",
               bench->count, (unsigned long)bench->failed, bench->concurrency, seconds, rate, p50,
               p90, p99);
        return;
    }
    printf("calls              %lu (%lu failed), %lu at a time, in %.3f s\n", bench->count,
           (unsigned long)bench->failed, bench->concurrency, seconds);
    printf("calls per second   %.0f\n", rate);
    printf("latency            p50 %.3f ms, p90 %.3f ms, p99 %.3f ms\n", p50 * 1e3, p90 * 1e3,
           p99 * 1e3);
}

static bool run(struct bench *bench, struct error *error) {
    double seconds = 0;
    if (!client_function_path(bench->function, "/invoke", bench->path, error) ||
        (bench->input_path != NULL &&
         !file_read(bench->input_path, input_limit, &bench->input, error))) {
        return false;
    }
    bench->durations = calloc(bench->count, sizeof *bench->durations);
    if (bench->durations == NULL) {
        return error_set(error, ERROR_MEMORY, "%lu calls", bench->count);
    }
    if (!run_all(bench, &seconds, error)) {
        return false;
    }
    print_figures(bench, seconds);
    if (bench->failed > 0) {
        *error = bench->first_failure;
        return error_prefix(error, "%lu calls failed, the first", (unsigned long)bench->failed);
    }
    return true;
}

int cli_bench(int argc, char **argv) {
    static const struct argp_child children[] = {{&client_argp, 0, NULL, 0}, {0}};
    static const struct argp argp = {
        .options = options,
        .parser = parse,
        .args_doc = "USER/NAME",
        .doc = "Measure calls of a function on a server: calls per second and latency.",
        .children = children};
    struct bench bench = {.count = 1000, .concurrency = 1, .mutex = PTHREAD_MUTEX_INITIALIZER};
    argp_parse(&argp, argc, argv, 0, NULL, &bench);
    struct error error;
    bool done = client_initialize(&error) && run(&bench, &error);
    free(bench.durations);
    buffer_destroy(&bench.input);
    return done ? 0 : client_fail("bench", &error);
}
