// GET /metrics: the Prometheus text format, version 0.0.4
// (prometheus.io/docs/instrumenting/exposition_formats). To add a metric that is one number, add a
// row to read_samples.
#include "server/handlers.h"
#include "server/respond.h"

#include <math.h>
#include <stdio.h>
#include <unistd.h>

struct sample {
    const char *name, *type, *help;
    double value;
};

static double resident_bytes(void) {
    unsigned long long total = 0, resident = 0;
    FILE *file = fopen("/proc/self/statm", "re");
    if (file == NULL) {
        return 0;
    }
    bool read = fscanf(file, "%llu %llu", &total, &resident) == 2;
    fclose(file);
    return read ? (double)resident * (double)sysconf(_SC_PAGESIZE) : 0;
}

static bool write_samples(struct server *server, const struct runtime_counters *counters,
                          struct buffer *text) {
    const struct sample samples[] = {
        {"faasm_calls_queued", "gauge", "Calls that wait for a worker.",
         (double)counters->calls_queued},
        {"faasm_calls_running", "gauge", "Calls that run.", (double)counters->calls_running},
        {"faasm_workers", "gauge", "Threads that run calls.", (double)counters->workers},
        {"faasm_faaslets", "gauge", "Faaslets alive.", (double)counters->faaslets},
        {"faasm_functions_loaded", "gauge", "Functions whose code is loaded.",
         (double)counters->functions_loaded},
        {"faasm_cold_starts_total", "counter", "Calls that had to make a Faaslet.",
         (double)counters->cold_starts},
        {"faasm_codegen_runs_total", "counter", "Compilations of a module.",
         (double)counters->codegen_runs},
        {"faasm_codegen_seconds_total", "counter", "Time spent in compilations.",
         (double)counters->codegen_nanoseconds / 1e9},
        {"faasm_compile_queue", "gauge", "Uploads and removals that wait for a thread.",
         (double)work_pool_waiting(server->pool)},
        {"faasm_http_connections", "gauge", "Open connections.",
         (double)atomic_load(&server->connections)},
        {"faasm_http_requests", "gauge", "Requests being served.",
         (double)atomic_load(&server->requests)},
        {"faasm_http_body_bytes", "gauge", "Bytes of request bodies held.",
         (double)atomic_load(&server->body_bytes)},
        {"process_resident_memory_bytes", "gauge", "Resident memory of the process.",
         resident_bytes()},
        {"process_start_time_seconds", "gauge", "When the server started, Unix time.",
         (double)server->started / 1e9},
    };
    for (size_t i = 0; i < sizeof samples / sizeof samples[0]; i++) {
        if (!buffer_printf(text, NULL, "# HELP %s %s\n# TYPE %s %s\n%s %.17g\n", samples[i].name,
                           samples[i].help, samples[i].name, samples[i].type, samples[i].name,
                           samples[i].value)) {
            return false;
        }
    }
    return true;
}

static bool write_finished(const struct runtime_counters *counters, struct buffer *text) {
    if (!buffer_printf(text, NULL,
                       "# HELP faasm_calls_total Calls that finished, by status.\n"
                       "# TYPE faasm_calls_total counter\n")) {
        return false;
    }
    for (int status = 0; status < CALL_STATUS_COUNT; status++) {
        if (call_status_finished((enum call_status)status) &&
            !buffer_printf(text, NULL, "faasm_calls_total{status=\"%s\"} %llu\n",
                           call_status_name((enum call_status)status),
                           (unsigned long long)counters->calls_finished[status])) {
            return false;
        }
    }
    return true;
}

static bool write_answers(struct server *server, struct buffer *text) {
    if (!buffer_printf(text, NULL,
                       "# HELP faasm_http_answers_total Answers sent, by class of status.\n"
                       "# TYPE faasm_http_answers_total counter\n")) {
        return false;
    }
    for (int class = 2; class <= 5; class ++) {
        if (!buffer_printf(text, NULL, "faasm_http_answers_total{class=\"%dxx\"} %llu\n", class,
                           (unsigned long long)atomic_load(&server->answers[class]))) {
            return false;
        }
    }
    return true;
}

static bool write_latency(const struct runtime_counters *counters, struct buffer *text) {
    enum { BUCKETS = sizeof counters->latency / sizeof counters->latency[0] };
    if (!buffer_printf(text, NULL,
                       "# HELP faasm_call_seconds Time of calls from queued to ended.\n"
                       "# TYPE faasm_call_seconds histogram\n")) {
        return false;
    }
    uint64_t total = 0;
    for (int i = 0; i < BUCKETS; i++) {
        total += counters->latency[i];
        // The last bucket also has what is longer.
        if (i < BUCKETS - 1 &&
            !buffer_printf(text, NULL, "faasm_call_seconds_bucket{le=\"%g\"} %llu\n",
                           ldexp(1e-6, i), (unsigned long long)total)) {
            return false;
        }
    }
    return buffer_printf(text, NULL,
                         "faasm_call_seconds_bucket{le=\"+Inf\"} %llu\n"
                         "faasm_call_seconds_sum %.9f\nfaasm_call_seconds_count %llu\n",
                         (unsigned long long)total, (double)counters->latency_sum_nanoseconds / 1e9,
                         (unsigned long long)total);
}

enum MHD_Result handle_metrics(struct request *request) {
    struct runtime_counters counters;
    runtime_counters(request->server->runtime, &counters);
    struct buffer text = {0};
    bool written = write_samples(request->server, &counters, &text) &&
                   write_finished(&counters, &text) && write_answers(request->server, &text) &&
                   write_latency(&counters, &text);
    enum MHD_Result answered =
        written ? respond_text(request, MHD_HTTP_OK, "text/plain; version=0.0.4", &text)
                : respond_error_code(request, ERROR_MEMORY, "no memory for the metrics");
    buffer_destroy(&text);
    return answered;
}
