// GET /v1/activity: what goes on at this moment, in one answer; what `faasm top` shows.
#include "server/activity.h"

#include "base/clock.h"
#include "runtime/inspect.h"
#include "server/handlers.h"
#include "server/respond.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

enum { FUNCTIONS_SHOWN = 1000 };

// ---- Users --------------------------------------------------------------------------------------

static int compare_queues(const void *left, const void *right) {
    const struct activity_user *a = left, *b = right;
    return (a->queued < b->queued) - (a->queued > b->queued);
}

static struct activity_user *find_user(struct activity *activity, const char *name) {
    struct activity_user *user;
    HASH_FIND(hash, activity->table, name, strlen(name), user);
    if (user != NULL || activity->user_count == ACTIVITY_USERS) {
        return user != NULL ? user : &activity->others;
    }
    user = &activity->users[activity->user_count++];
    snprintf(user->name, sizeof user->name, "%s", name);
    HASH_ADD_KEYPTR(hash, activity->table, user->name, strlen(user->name), user);
    return user;
}

// ---- Calls --------------------------------------------------------------------------------------

static bool add_call(void *context, const struct call *call) {
    struct activity *activity = context;
    enum call_status status = call_status(call);
    struct activity_user *user = find_user(activity, call->user);
    user->queued += status == CALL_QUEUED;
    user->running += status == CALL_RUNNING;
    // Those that run are shown before those that wait.
    if (activity->call_count < ACTIVITY_CALLS && status == CALL_RUNNING) {
        activity->calls[activity->call_count++] = (struct activity_call){
            .id = call->id,
            .parent = call->parent,
            .queued = call->queued,
            .cpu_nanoseconds = atomic_load(&call->cpu_nanoseconds),
        };
        struct activity_call *shown = &activity->calls[activity->call_count - 1];
        snprintf(shown->user, sizeof shown->user, "%s", call->user);
        snprintf(shown->function, sizeof shown->function, "%s", call->function);
    }
    return true;
}

struct activity *activity_read(struct runtime *runtime) {
    struct activity *activity = calloc(1, sizeof *activity);
    if (activity != NULL) {
        snprintf(activity->others.name, sizeof activity->others.name, ACTIVITY_OTHERS);
        inspect_calls(runtime, add_call, activity);
        HASH_CLEAR(hash, activity->table);
        qsort(activity->users, activity->user_count, sizeof activity->users[0], compare_queues);
    }
    return activity;
}

// ---- JSON ---------------------------------------------------------------------------------------

static json_t *json_of_users(const struct activity *activity) {
    json_t *list = json_array();
    for (size_t i = 0; i <= activity->user_count; i++) {
        const struct activity_user *user =
            i < activity->user_count ? &activity->users[i] : &activity->others;
        if (user->queued + user->running > 0) {
            json_array_append_new(list, json_pack("{s:s,s:I,s:I}", "user", user->name, "queued",
                                                  (json_int_t)user->queued, "running",
                                                  (json_int_t)user->running));
        }
    }
    return list;
}

static json_t *json_of_calls(const struct activity *activity) {
    json_t *list = json_array();
    uint64_t now = clock_realtime();
    for (size_t i = 0; i < activity->call_count; i++) {
        const struct activity_call *call = &activity->calls[i];
        double seconds = now > call->queued ? (double)(now - call->queued) / 1e9 : 0;
        json_array_append_new(list,
                              json_pack("{s:I,s:I,s:s,s:s,s:f,s:f}", "id", (json_int_t)call->id,
                                        "parent", (json_int_t)call->parent, "user", call->user,
                                        "function", call->function, "seconds", seconds,
                                        "cpu_seconds", (double)call->cpu_nanoseconds / 1e9));
    }
    return list;
}

static bool add_function(void *context, const struct inspected_function *function) {
    json_t *list = context;
    uint64_t calls = 0;
    for (int i = 0; i < CALL_STATUS_COUNT; i++) {
        calls += function->calls[i];
    }
    json_array_append_new(list, json_pack("{s:s,s:s,s:I,s:I,s:I}", "user", function->user, "name",
                                          function->name, "calls", (json_int_t)calls, "image_bytes",
                                          (json_int_t)function->image_bytes, "faaslets",
                                          (json_int_t)function->faaslets));
    return json_array_size(list) < FUNCTIONS_SHOWN;
}

enum MHD_Result handle_activity(struct request *request) {
    struct activity *activity = activity_read(request->server->runtime);
    json_t *functions = json_array();
    if (activity == NULL || functions == NULL) {
        free(activity);
        json_decref(functions);
        return respond_error_code(request, ERROR_MEMORY, "no memory for the answer");
    }
    inspect_functions(request->server->runtime, add_function, functions);
    json_t *json = json_pack("{s:o,s:o,s:o,s:o}", "server", health_status(request), "users",
                             json_of_users(activity), "calls", json_of_calls(activity), "functions",
                             functions);
    free(activity);
    return respond_json(request, MHD_HTTP_OK, json);
}
