// Calls and keys of an earlier process, from the journal.
#include "base/clock.h"
#include "base/log.h"
#include "runtime/private.h"

#include <stdlib.h>
#include <string.h>

struct found_call {
    struct journal_call call; // its input is owned
    struct found_call *next;
};

struct found {
    struct found_call *first, **last;
    bool complete;
};

static bool keep_call(void *context, const struct journal_call *call) {
    struct found *found = context;
    struct found_call *kept = calloc(1, sizeof *kept);
    uint8_t *input = malloc(call->input.length + 1);
    if (kept == NULL || input == NULL) {
        free(kept);
        free(input);
        found->complete = false;
        return false;
    }
    if (call->input.length > 0) {
        memcpy(input, call->input.data, call->input.length);
    }
    kept->call = *call;
    kept->call.input.data = input;
    *found->last = kept;
    found->last = &kept->next;
    return true;
}

static bool keep_key(void *context, const struct journal_key *key) {
    struct runtime *runtime = context;
    return keys_remember(&runtime->keys, key, true);
}

// What cannot run any more, because its function is gone or takes less, is told and dropped.
static void queue_again(struct runtime *runtime, const struct journal_call *again) {
    const struct call_request request = {
        .user = again->user,
        .function = again->function,
        .input = again->input,
        .accepted = true,
    };
    struct error error;
    struct call *call = runtime_begin(runtime, &request, again, NULL, &error);
    if (call != NULL) {
        call_release(call);
        return;
    }
    log_error("call %u of %s/%s, accepted before the restart: %s", again->id, again->user,
              again->function, error.message);
    if (error.code != ERROR_BUSY && error.code != ERROR_UNAVAILABLE && error.code != ERROR_MEMORY) {
        journal_remove(runtime->journal, again->id);
    }
}

bool durable_recover(struct runtime *runtime, struct error *error) {
    if (runtime->journal == NULL) {
        return true;
    }
    struct found found = {.complete = true};
    found.last = &found.first;
    bool done = journal_each_key(runtime->journal, keep_key, runtime, error) &&
                journal_each_call(runtime->journal, keep_call, &found, error);
    keys_sort(&runtime->keys);
    if (done && !found.complete) {
        done = error_set(error, ERROR_MEMORY, "calls accepted before the restart");
    }
    struct found_call *next;
    for (struct found_call *kept = found.first; kept != NULL; kept = next) {
        next = kept->next;
        if (done) {
            queue_again(runtime, &kept->call);
        }
        free((void *)kept->call.input.data);
        free(kept);
    }
    return done;
}
