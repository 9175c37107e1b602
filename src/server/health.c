// Whether the server is well, and what it does in numbers, for people.
#include "base/clock.h"
#include "server/handlers.h"
#include "server/respond.h"

#include <jansson.h>

enum MHD_Result handle_health(struct request *request) {
    return respond_json(request, MHD_HTTP_OK, json_pack("{s:s}", "status", "ok"));
}

// A stopping server answers every request with 503 before it comes here (request.c).
enum MHD_Result handle_ready(struct request *request) {
    return respond_json(request, MHD_HTTP_OK, json_pack("{s:s}", "status", "ready"));
}

static json_t *json_of_finished(const struct runtime_counters *counters) {
    json_t *json = json_object();
    for (int status = 0; status < CALL_STATUS_COUNT; status++) {
        if (call_status_finished((enum call_status)status)) {
            json_object_set_new(json, call_status_name((enum call_status)status),
                                json_integer((json_int_t)counters->calls_finished[status]));
        }
    }
    return json;
}

static json_t *json_of_confinement(const struct confine_state *state) {
    json_t *json = json_object();
    for (int part = 0; part < CONFINE_PART_COUNT; part++) {
        json_object_set_new(json, confine_part_name((enum confine_part)part),
                            json_string(state->parts[part]));
    }
    return json;
}

static json_t *json_of_shares(const struct server_config *config) {
    if (config->groups == NULL) {
        const char *why = config->no_groups != NULL ? config->no_groups : "not asked for";
        return json_pack("{s:b,s:s}", "enforced", 0, "reason", why);
    }
    struct cgroups_facts facts;
    cgroups_facts(config->groups, &facts);
    return json_pack("{s:b,s:s,s:I,s:I}", "enforced", 1, "folder", cgroups_folder(config->groups),
                     "groups", (json_int_t)facts.groups, "moves", (json_int_t)facts.moves);
}

json_t *health_status(struct request *request) {
    struct runtime_counters counters;
    runtime_counters(request->server->runtime, &counters);
    json_t *json = json_pack(
        "{s:s,s:o,s:f,s:I,s:I,s:I,s:o,s:I,s:I,s:I,s:I,s:f}", "version", FAASM_VERSION, "started",
        json_of_time(request->server->started), "uptime_seconds",
        (double)(clock_realtime() - request->server->started) / 1e9, "workers",
        (json_int_t)counters.workers, "calls_queued", (json_int_t)counters.calls_queued,
        "calls_running", (json_int_t)counters.calls_running, "calls_finished",
        json_of_finished(&counters), "functions_loaded", (json_int_t)counters.functions_loaded,
        "faaslets", (json_int_t)counters.faaslets, "cold_starts", (json_int_t)counters.cold_starts,
        "codegen_runs", (json_int_t)counters.codegen_runs, "codegen_seconds",
        (double)counters.codegen_nanoseconds / 1e9);
    if (json != NULL && request->server->config.confined != NULL) {
        json_object_set_new(json, "confined",
                            json_of_confinement(request->server->config.confined));
    }
    if (json != NULL) {
        struct file_store *files = runtime_files(request->server->runtime);
        json_object_set_new(json, "files",
                            json_string(files != NULL ? file_store_kind(files) : "none"));
        json_object_set_new(json, "cpu_shares", json_of_shares(&request->server->config));
    }
    return json;
}

enum MHD_Result handle_status(struct request *request) {
    return respond_json(request, MHD_HTTP_OK, health_status(request));
}
