#include "cli/load.h"

#include "base/clock.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

struct progress {
    const struct load *load;
    uint64_t *durations; // nanoseconds, by number of the call; 0 where it failed
    _Atomic unsigned long next, failed;
    pthread_mutex_t mutex;
    struct error first_failure; // under `mutex`, once `failed` is not 0
};

// ---- Calls --------------------------------------------------------------------------------------

static void count_failure(struct progress *progress, const struct error *error) {
    pthread_mutex_lock(&progress->mutex);
    if (progress->failed++ == 0) {
        progress->first_failure = *error;
    }
    pthread_mutex_unlock(&progress->mutex);
}

static void *run_thread(void *context) {
    struct progress *progress = context;
    const struct load *load = progress->load;
    struct error error;
    struct client_reply reply = {0};
    struct client *client = client_new(load->client, &error);
    const struct bytes body = load->input;
    for (;;) {
        unsigned long number = atomic_fetch_add(&progress->next, 1);
        if (number >= load->count) {
            break;
        }
        uint64_t start = clock_monotonic();
        if (client != NULL &&
            client_request_ok(client, "POST", load->path, &body, &reply, &error)) {
            progress->durations[number] = clock_monotonic() - start;
        } else {
            count_failure(progress, &error);
        }
    }
    client_reply_destroy(&reply);
    client_delete(client);
    return NULL;
}

static bool run_all(struct progress *progress, double *seconds, struct error *error) {
    const struct load *load = progress->load;
    pthread_t *threads = calloc(load->concurrency, sizeof *threads);
    if (threads == NULL) {
        return error_set(error, ERROR_MEMORY, "threads");
    }
    uint64_t start = clock_monotonic();
    unsigned long started = 0;
    int number = 0;
    while (started < load->concurrency && number == 0) {
        number = pthread_create(&threads[started], NULL, run_thread, progress);
        started += number == 0;
    }
    if (number != 0) {
        atomic_store(&progress->next, load->count);
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
static double percentile(const struct progress *progress, double part) {
    const struct load *load = progress->load;
    unsigned long succeeded = load->count - progress->failed;
    if (succeeded == 0) {
        return 0;
    }
    unsigned long index = (unsigned long)(part * (double)(succeeded - 1) + 0.5);
    return (double)progress->durations[progress->failed + index] / 1e9;
}

static void print_figures(struct progress *progress, double seconds) {
    const struct load *load = progress->load;
    qsort(progress->durations, load->count, sizeof *progress->durations, compare_durations);
    unsigned long succeeded = load->count - progress->failed;
    double rate = seconds > 0 ? (double)succeeded / seconds : 0;
    double p50 = percentile(progress, 0.5), p90 = percentile(progress, 0.9),
           p99 = percentile(progress, 0.99);
    if (load->json) {
        printf("{\"calls\":%lu,\"failed\":%lu,\"concurrency\":%lu,\"seconds\":%.6f,"
               "\"calls_per_second\":%.1f,\"p50_seconds\":%.9f,\"p90_seconds\":%.9f,"
               "\"p99_seconds\":%.9f}\n",
               load->count, (unsigned long)progress->failed, load->concurrency, seconds, rate, p50,
               p90, p99);
        return;
    }
    printf("calls              %lu (%lu failed), %lu at a time, in %.3f s\n", load->count,
           (unsigned long)progress->failed, load->concurrency, seconds);
    printf("calls per second   %.0f\n", rate);
    printf("latency            p50 %.3f ms, p90 %.3f ms, p99 %.3f ms\n", p50 * 1e3, p90 * 1e3,
           p99 * 1e3);
}

bool load_run(const struct load *load, struct error *error) {
    struct progress progress = {.load = load, .mutex = PTHREAD_MUTEX_INITIALIZER};
    progress.durations = calloc(load->count, sizeof *progress.durations);
    if (progress.durations == NULL) {
        return error_set(error, ERROR_MEMORY, "%lu calls", load->count);
    }
    double seconds = 0;
    bool done = run_all(&progress, &seconds, error);
    if (done) {
        print_figures(&progress, seconds);
    }
    unsigned long failed = progress.failed;
    free(progress.durations);
    if (done && failed > 0) {
        *error = progress.first_failure;
        return error_prefix(error, "%lu calls failed, the first", failed);
    }
    return done;
}

unsigned long load_parse_number(struct argp_state *state, const char *name, const char *text,
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
