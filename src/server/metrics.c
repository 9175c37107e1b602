// GET /metrics: the Prometheus text format, version 0.0.4
// (prometheus.io/docs/instrumenting/exposition_formats). To add a metric that is one number, add a
// row to read_samples.
#include "runtime/inspect.h"
#include "server/activity.h"
#include "server/handlers.h"
#include "server/respond.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
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
    struct cgroups_facts groups = {0};
    if (server->config.groups != NULL) {
        cgroups_facts(server->config.groups, &groups);
    }
    struct loops_counts loops;
    loops_counts(server->loops, &loops);
    const struct sample samples[] = {
        {"faasm_cpu_shares_enforced", "gauge", "Whether users have CPU shares by weight.",
         server->config.groups != NULL},
        {"faasm_cpu_share_groups", "gauge", "Users that have a cgroup.", (double)groups.groups},
        {"faasm_cpu_share_moves_total", "counter", "Moves of a thread to the cgroup of a user.",
         (double)groups.moves},
        {"faasm_calls_queued", "gauge", "Calls that wait for a worker.",
         (double)counters->calls_queued},
        {"faasm_calls_running", "gauge", "Calls that run.", (double)counters->calls_running},
        {"faasm_workers", "gauge", "Threads that run calls.", (double)counters->workers},
        {"faasm_faaslets", "gauge", "Faaslets alive.", (double)counters->faaslets},
        {"faasm_dirty_bytes", "gauge",
         "Pages of Faaslets that are not as in their images, or are kept as copies of them.",
         (double)faaslet_dirty_bytes()},
        {"faasm_memory_pressure", "gauge",
         "Whether memory was short when last looked at, so that no Faaslets are kept ready.",
         counters->memory_short},
        {"faasm_functions_loaded", "gauge", "Functions whose code is loaded.",
         (double)counters->functions_loaded},
        {"faasm_cold_starts_total", "counter", "Calls that had to make a Faaslet.",
         (double)counters->cold_starts},
        {"faasm_codegen_runs_total", "counter", "Compilations of a module.",
         (double)counters->codegen_runs},
        {"faasm_codegen_seconds_total", "counter", "Time spent in compilations.",
         (double)counters->codegen_nanoseconds / 1e9},
        {"faasm_compilers", "gauge", "Compilers that run.", (double)counters->compilers},
        {"faasm_compilers_waiting", "gauge", "Compilations that wait for others to end.",
         (double)counters->compilers_waiting},
        {"faasm_compilers_memory_bytes", "gauge", "Memory that the compilers that run may take.",
         (double)counters->compilers_megabytes * 1048576},
        {"faasm_compile_queue", "gauge", "Uploads and removals that wait for a thread.",
         (double)work_pool_waiting(server->pool)},
        {"faasm_http_threads", "gauge", "Threads that serve connections, or could.",
         (double)loops.threads},
        {"faasm_http_calls_total", "counter", "Calls left to the threads that serve connections.",
         (double)loops.calls},
        {"faasm_http_handovers_total", "counter",
         "Threads that had to leave their connections to another one, for a call.",
         (double)loops.taken},
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

// ---- Histograms ---------------------------------------------------------------------------------

// `labels` is empty or 'name="value",'.
static bool write_histogram(const char *name, const char *labels, const uint64_t *buckets,
                            uint64_t sum_nanoseconds, struct buffer *text) {
    uint64_t total = 0;
    for (int i = 0; i < RUNTIME_LATENCY_BUCKETS; i++) {
        total += buckets[i];
        // The last bucket also has what is longer.
        if (i < RUNTIME_LATENCY_BUCKETS - 1 &&
            !buffer_printf(text, NULL, "%s_bucket{%sle=\"%g\"} %llu\n", name, labels,
                           ldexp(1e-6, i), (unsigned long long)total)) {
            return false;
        }
    }
    char own[64] = "";
    if (labels[0] != '\0') {
        snprintf(own, sizeof own, "{%.*s}", (int)strlen(labels) - 1, labels);
    }
    return buffer_printf(text, NULL,
                         "%s_bucket{%sle=\"+Inf\"} %llu\n%s_sum%s %.9f\n%s_count%s %llu\n", name,
                         labels, (unsigned long long)total, name, own,
                         (double)sum_nanoseconds / 1e9, name, own, (unsigned long long)total);
}

static bool write_latency(struct runtime *runtime, const struct runtime_counters *counters,
                          struct buffer *text) {
    if (!buffer_printf(text, NULL,
                       "# HELP faasm_call_seconds Time of calls from queued to ended.\n"
                       "# TYPE faasm_call_seconds histogram\n") ||
        !write_histogram("faasm_call_seconds", "", counters->latency,
                         counters->latency_sum_nanoseconds, text) ||
        !buffer_printf(text, NULL,
                       "# HELP faasm_call_status_seconds The same, by how calls ended.\n"
                       "# TYPE faasm_call_status_seconds histogram\n")) {
        return false;
    }
    for (int status = 0; status < CALL_STATUS_COUNT; status++) {
        char label[64];
        struct inspected_latency latency;
        if (!call_status_finished((enum call_status)status)) {
            continue;
        }
        snprintf(label, sizeof label, "status=\"%s\",", call_status_name((enum call_status)status));
        inspect_latency(runtime, (enum call_status)status, &latency);
        if (!write_histogram("faasm_call_status_seconds", label, latency.buckets,
                             latency.sum_nanoseconds, text)) {
            return false;
        }
    }
    return true;
}

// ---- Functions and users ------------------------------------------------------------------------

// So many have lines of their own; the others together are the user "-others-". Names need no
// escapes (store_name_valid).
enum { FUNCTIONS_SHOWN = 200 };

struct function_lines {
    struct buffer text;
    size_t functions;
    uint64_t image_bytes;
    uint64_t others[CALL_STATUS_COUNT];
    bool failed;
};

static void write_function(struct function_lines *lines, const char *user, const char *name,
                           const uint64_t *calls) {
    for (int status = 0; status < CALL_STATUS_COUNT; status++) {
        if (calls[status] > 0 &&
            !buffer_printf(&lines->text, NULL,
                           "faasm_function_calls_total{user=\"%s\",function=\"%s\",status=\"%s\"} "
                           "%llu\n",
                           user, name, call_status_name((enum call_status)status),
                           (unsigned long long)calls[status])) {
            lines->failed = true;
        }
    }
}

static bool add_function(void *context, const struct inspected_function *function) {
    struct function_lines *lines = context;
    lines->image_bytes += function->image_bytes;
    if (lines->functions++ < FUNCTIONS_SHOWN) {
        write_function(lines, function->user, function->name, function->calls);
    } else {
        for (int i = 0; i < CALL_STATUS_COUNT; i++) {
            lines->others[i] += function->calls[i];
        }
    }
    return true;
}

static bool write_functions(struct runtime *runtime, struct buffer *text) {
    struct function_lines lines = {0};
    inspect_functions(runtime, add_function, &lines);
    write_function(&lines, ACTIVITY_OTHERS, ACTIVITY_OTHERS, lines.others);
    bool done = !lines.failed &&
                buffer_printf(
                    text, NULL,
                    "# HELP faasm_image_bytes Memory images of the functions loaded.\n"
                    "# TYPE faasm_image_bytes gauge\nfaasm_image_bytes %llu\n"
                    "# HELP faasm_function_calls_total Calls that finished, of functions that are "
                    "loaded.\n# TYPE faasm_function_calls_total counter\n",
                    (unsigned long long)lines.image_bytes) &&
                buffer_append(text, lines.text.data, lines.text.length, NULL);
    buffer_destroy(&lines.text);
    return done;
}

static bool write_user(const struct activity_user *user, struct buffer *text) {
    return user->queued == 0 ||
           buffer_printf(text, NULL, "faasm_user_calls_queued{user=\"%s\"} %llu\n", user->name,
                         (unsigned long long)user->queued);
}

static bool write_users(struct runtime *runtime, struct buffer *text) {
    struct activity *activity = activity_read(runtime);
    bool done = activity != NULL &&
                buffer_printf(text, NULL,
                              "# HELP faasm_user_calls_queued Calls that wait, by user.\n"
                              "# TYPE faasm_user_calls_queued gauge\n");
    for (size_t i = 0; done && i < activity->user_count; i++) {
        done = write_user(&activity->users[i], text);
    }
    done = done && write_user(&activity->others, text);
    free(activity);
    return done;
}

enum MHD_Result handle_metrics(struct request *request) {
    struct runtime *runtime = request->server->runtime;
    struct runtime_counters counters;
    runtime_counters(runtime, &counters);
    struct buffer text = {0};
    bool written = write_samples(request->server, &counters, &text) &&
                   write_finished(&counters, &text) && write_answers(request->server, &text) &&
                   write_latency(runtime, &counters, &text) && write_functions(runtime, &text) &&
                   write_users(runtime, &text);
    enum MHD_Result answered =
        written ? respond_text(request, MHD_HTTP_OK, "text/plain; version=0.0.4", &text)
                : respond_error_code(request, ERROR_MEMORY, "no memory for the metrics");
    buffer_destroy(&text);
    return answered;
}
