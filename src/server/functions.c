// Routes of functions: upload, look up, list, remove.
#include "server/handlers.h"
#include "server/limit_units.h"
#include "server/query.h"
#include "server/respond.h"

#include <jansson.h>

static double seconds_of(uint64_t nanoseconds) {
    return (double)nanoseconds / 1e9;
}

static json_t *json_of_function(const struct store_function *function) {
    return json_pack("{s:s,s:s,s:s,s:I,s:o}", "user", function->user, "name", function->name,
                     "digest", function->digest, "bytes", (json_int_t)function->bytes, "uploaded",
                     json_of_time(function->uploaded));
}

static const char *const optimising_names[RUNTIME_OPTIMISING_COUNT] = {
    [RUNTIME_NOT_OPTIMISED] = "not yet", [RUNTIME_OPTIMISING_QUEUED] = "queued",
    [RUNTIME_OPTIMISING] = "running",    [RUNTIME_OPTIMISING_FAILED] = "failed",
    [RUNTIME_OPTIMISED] = "done",
};

// Which of the compilers made the code that calls run on, and how far the optimising one is.
static json_t *json_of_tier(const struct runtime_function_facts *facts) {
    const char *tier = facts->opt_level < 0                      ? "none"
                       : facts->opt_level == COMPILE_LEVEL_QUICK ? "baseline"
                                                                 : "optimised";
    const char *optimising =
        facts->wanted_level == COMPILE_LEVEL_QUICK ? "off" : optimising_names[facts->optimising];
    json_t *json =
        json_pack("{s:s,s:i,s:s,s:f}", "tier", tier, "opt_level",
                  facts->opt_level < 0 ? facts->wanted_level : facts->opt_level, "optimising",
                  optimising, "optimise_seconds", seconds_of(facts->optimise_nanoseconds));
    if (facts->optimising == RUNTIME_OPTIMISING_FAILED) {
        json_object_set_new(json, "optimise_error", json_string(facts->optimise_error));
    }
    return json;
}

static json_t *json_of_facts(const struct runtime_function_facts *facts) {
    json_t *json = json_of_function(&facts->stored);
    json_t *more = json_pack(
        "{s:f,s:I,s:I,s:I,s:b,s:o,s:o}", "codegen_seconds", seconds_of(facts->codegen_nanoseconds),
        "calls", (json_int_t)facts->calls, "image_bytes", (json_int_t)facts->image_bytes,
        "faaslets", (json_int_t)facts->faaslets, "durable", facts->stored.options.durable,
        "own_limits", limit_units_json(&facts->stored.options.limits), "limits",
        limit_units_json(&facts->limits));
    json_t *tier = json_of_tier(facts);
    if (json == NULL || more == NULL || tier == NULL || json_object_update(json, more) != 0 ||
        json_object_update(json, tier) != 0) {
        json_decref(json);
        json = NULL;
    }
    json_decref(more);
    json_decref(tier);
    return json;
}

// ---- PUT ----------------------------------------------------------------------------------------

static void upload(struct request *request) {
    request->done =
        runtime_upload(request->server->runtime, request->match.names[0], request->match.names[1],
                       request_body(request), &request->options, &request->facts, &request->error);
    request_drop_body(request);
}

static enum MHD_Result answer_put(struct request *request) {
    if (!request->done) {
        return respond_error(request, &request->error);
    }
    json_t *json = json_of_facts(&request->facts);
    if (json != NULL) {
        json_object_set_new(json, "compiled", json_boolean(request->facts.compiled_now));
    }
    return respond_json(request, MHD_HTTP_CREATED, json);
}

static bool read_level(struct request *request, struct store_options *options) {
    uint64_t level = 0;
    if (!query_number(request, "opt_level", STORE_OPT_LEVEL_MAX, &level, &request->error)) {
        return false;
    }
    options->opt_level = query_text(request, "opt_level") != NULL ? (unsigned)level + 1 : 0;
    return true;
}

// The limits that the query sets, whether calls are durable, and how far code is optimised.
static bool read_options(struct request *request, struct store_options *options) {
    size_t count;
    const struct limit_unit *rows = limit_units_rows(&count);
    *options = (struct store_options){0};
    for (size_t i = 0; i < count; i++) {
        const char *text = query_text(request, rows[i].name);
        if (text != NULL && !limit_units_set(&options->limits, &rows[i], text, &request->error)) {
            return false;
        }
    }
    return query_flag(request, "durable", &options->durable, &request->error) &&
           read_level(request, options);
}

enum MHD_Result handle_function_put(struct request *request) {
    if (request->body_length == 0 &&
        MHD_lookup_connection_value(request->connection, MHD_HEADER_KIND,
                                    MHD_HTTP_HEADER_CONTENT_LENGTH) == NULL &&
        MHD_lookup_connection_value(request->connection, MHD_HEADER_KIND,
                                    MHD_HTTP_HEADER_TRANSFER_ENCODING) == NULL) {
        return respond_failure(request, MHD_HTTP_LENGTH_REQUIRED, "length_required",
                               "an upload has a body, with Content-Length or chunked", 0);
    }
    if (!read_options(request, &request->options)) {
        return respond_error(request, &request->error);
    }
    return request_work(request, request->server->pool, upload, answer_put);
}

// ---- GET ----------------------------------------------------------------------------------------

enum MHD_Result handle_function_get(struct request *request) {
    if (!runtime_function_facts(request->server->runtime, request->match.names[0],
                                request->match.names[1], &request->facts, &request->error)) {
        return respond_error(request, &request->error);
    }
    return respond_json(request, MHD_HTTP_OK, json_of_facts(&request->facts));
}

static bool add_function(void *context, const struct store_function *function) {
    return json_array_append_new(context, json_of_function(function)) == 0;
}

static enum MHD_Result answer_list(struct request *request, const char *user) {
    struct store *store = runtime_store(request->server->runtime);
    json_t *list = json_array();
    if (store == NULL || list == NULL) {
        json_decref(list);
        return respond_error_code(request, ERROR_UNAVAILABLE, "this server stores nothing");
    }
    if (!store_list_functions(store, user, add_function, list, &request->error)) {
        json_decref(list);
        return respond_error(request, &request->error);
    }
    return respond_json(request, MHD_HTTP_OK, json_pack("{s:o}", "functions", list));
}

enum MHD_Result handle_functions_of_user(struct request *request) {
    return answer_list(request, request->match.names[0]);
}

enum MHD_Result handle_functions(struct request *request) {
    return answer_list(request, NULL);
}

// ---- DELETE -------------------------------------------------------------------------------------

static void remove_function(struct request *request) {
    request->done = runtime_remove(request->server->runtime, request->match.names[0],
                                   request->match.names[1], &request->error);
}

static enum MHD_Result answer_delete(struct request *request) {
    if (!request->done) {
        return respond_error(request, &request->error);
    }
    return respond(request, MHD_HTTP_NO_CONTENT,
                   MHD_create_response_from_buffer(0, (void *)"", MHD_RESPMEM_PERSISTENT));
}

enum MHD_Result handle_function_delete(struct request *request) {
    return request_work(request, request->server->pool, remove_function, answer_delete);
}
