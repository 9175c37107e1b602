#include "cli/follow.h"

#include "base/clock.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { STEP_MILLISECONDS = 500 };

bool follow_finished(const json_t *record) {
    const char *status = client_text(record, "status");
    return strcmp(status, "queued") != 0 && strcmp(status, "running") != 0;
}

json_t *follow_record(struct client *client, uint32_t call, unsigned wait_ms, struct error *error) {
    char path[CLIENT_PATH_MAX];
    snprintf(path, sizeof path, "/v1/calls/%u?wait_ms=%u", call, wait_ms);
    struct client_reply reply = {0};
    json_t *record = client_request_ok(client, "GET", path, NULL, &reply, error)
                         ? client_reply_json(&reply, error)
                         : NULL;
    client_reply_destroy(&reply);
    return record;
}

static void show_state(uint32_t call, const json_t *record, uint64_t since) {
    fprintf(stderr, "\r\033[Kcall %u %s, %.1f s", call, client_text(record, "status"),
            (double)(clock_monotonic() - since) / 1e9);
    fflush(stderr);
}

static bool cancel(struct client *client, uint32_t call, struct error *error) {
    char path[CLIENT_PATH_MAX];
    snprintf(path, sizeof path, "/v1/calls/%u", call);
    struct client_reply reply = {0};
    // A call that has finished meanwhile is as good as a cancelled one.
    bool done = client_request(client, "DELETE", path, NULL, &reply, error);
    client_reply_destroy(&reply);
    return done;
}

json_t *follow_call(struct client *client, uint32_t call, struct error *error) {
    bool show = isatty(STDERR_FILENO), shown = false, cancelled = false;
    uint64_t since = clock_monotonic();
    json_t *record = NULL;
    for (;;) {
        if (client_interrupted() && !cancelled) {
            cancelled = true;
            if (!cancel(client, call, error)) {
                break;
            }
        }
        json_decref(record);
        record = follow_record(client, call, STEP_MILLISECONDS, error);
        if (record == NULL || follow_finished(record)) {
            break;
        }
        if (show) {
            show_state(call, record, since);
            shown = true;
        }
    }
    if (shown) {
        fputs("\r\033[K", stderr);
    }
    return record;
}
