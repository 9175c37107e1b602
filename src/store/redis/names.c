// Names: values under keys, read and changed.
#include "store/redis/private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// ---- Reading ------------------------------------------------------------------------------------

struct getting {
    const char *key;
    struct buffer *value;
};

static bool get(struct redis_session *session, void *context, struct error *error) {
    const struct getting *getting = context;
    char key[STORE_KEY_MAX + 16];
    snprintf(key, sizeof key, "faasm:fn:%s", getting->key);
    const struct bytes arguments[2] = {redis_text("GET"), redis_text(key)};
    redisReply *reply = redis_command(session, 2, arguments, error);
    if (reply == NULL) {
        return false;
    }
    bool done = false;
    if (reply->type == REDIS_REPLY_STRING) {
        done = buffer_assign(getting->value, (const uint8_t *)reply->str, reply->len, error);
    } else {
        error_set(error, ERROR_NOT_FOUND, "%s: not found", getting->key);
    }
    freeReplyObject(reply);
    return done;
}

bool files_get(void *state, const char *key, bool patient, struct buffer *value,
               struct error *error) {
    const struct files_redis *files = state;
    struct getting getting = {key, value};
    return patient ? redis_run(files->redis, NULL, get, &getting, error)
                   : redis_run_at_once(files->redis, NULL, get, &getting, error);
}

// ---- Listing ------------------------------------------------------------------------------------

struct listing {
    const char *prefix, *from;
    char behind[STORE_KEY_MAX + 1]; // the last key that was seen, or empty
    uint64_t count;
    redisReply *page;
};

static bool fetch_page(struct redis_session *session, void *context, struct error *error) {
    struct listing *listing = context;
    struct files_number count;
    const struct bytes arguments[5] = {redis_text("0"), redis_text(listing->prefix),
                                       redis_text(listing->from), redis_text(listing->behind),
                                       files_number(&count, listing->count)};
    listing->page = redis_send_script(session, FILES_LIST, 5, arguments, error)
                        ? redis_script_reply(session, "files", error)
                        : NULL;
    return listing->page != NULL;
}

// False when it was the last page, or the visitor has enough. A value may be gone, and what is no
// text of ours is passed over.
static bool visit_page(struct listing *listing,
                       bool (*visit)(void *context, const char *key, struct bytes value),
                       void *context) {
    const redisReply *page = listing->page;
    for (size_t i = 1; i + 1 < page->elements; i += 2) {
        const redisReply *key = page->element[i], *value = page->element[i + 1];
        if (key->type != REDIS_REPLY_STRING || key->len > STORE_KEY_MAX ||
            strlen(key->str) != key->len) {
            return false;
        }
        memcpy(listing->behind, key->str, key->len + 1);
        if (value->type == REDIS_REPLY_STRING &&
            !visit(context, key->str, (struct bytes){(const uint8_t *)value->str, value->len})) {
            return false;
        }
    }
    return page->elements >= 1 + 2 * listing->count;
}

bool files_iterate(void *state, const char *prefix, const char *from,
                   bool (*visit)(void *context, const char *key, struct bytes value), void *context,
                   struct error *error) {
    const struct files_redis *files = state;
    bool begins_later = from != NULL && strcmp(from, prefix) > 0;
    struct listing listing = {.prefix = prefix, .from = begins_later ? from : prefix, .count = 16};
    for (bool more = true; more;) {
        if (!redis_run(files->redis, NULL, fetch_page, &listing, error)) {
            return false;
        }
        more = visit_page(&listing, visit, context);
        freeReplyObject(listing.page);
        listing.count = 1000;
    }
    return true;
}

// ---- Changing -----------------------------------------------------------------------------------

struct committing {
    const struct file_commit *commit;
    char id[REDIS_UNIQUE];
    struct bytes *arguments;
    size_t count;
    struct files_number numbers[3];
};

static void add(struct committing *committing, struct bytes argument) {
    committing->arguments[committing->count++] = argument;
}

static void add_digests(struct committing *committing, int number, const char *const *digests,
                        size_t count) {
    add(committing, files_number(&committing->numbers[number], count));
    for (size_t i = 0; i < count; i++) {
        add(committing, redis_text(digests[i]));
    }
}

static void add_changes(struct committing *committing) {
    const struct file_commit *commit = committing->commit;
    add(committing, files_number(&committing->numbers[0], commit->change_count));
    for (size_t i = 0; i < commit->change_count; i++) {
        const struct store_change *change = &commit->changes[i];
        add(committing, redis_text(change->key));
        add(committing, redis_text(change->remove ? "remove" : "set"));
        add(committing, change->value);
        add(committing, redis_text(change->guarded ? "if" : "any"));
        add(committing, change->before);
    }
}

static bool run_commit(struct redis_session *session, void *context, struct error *error) {
    const struct committing *committing = context;
    redisReply *reply =
        redis_send_script(session, FILES_COMMIT, committing->count, committing->arguments, error)
            ? redis_script_reply(session, "files", error)
            : NULL;
    if (reply != NULL) {
        freeReplyObject(reply);
    }
    return reply != NULL;
}

bool files_commit(void *state, const struct file_commit *commit, struct error *error) {
    const struct files_redis *files = state;
    struct committing committing = {.commit = commit};
    size_t most = 6 + 5 * commit->change_count + commit->used_count + commit->unused_count;
    committing.arguments = malloc(most * sizeof *committing.arguments);
    if (committing.arguments == NULL) {
        return error_set(error, ERROR_MEMORY, "Redis");
    }
    redis_unique(committing.id);
    add(&committing, redis_text("0"));
    add(&committing, redis_text(committing.id));
    add(&committing, redis_text(commit->frees ? "frees" : ""));
    add_changes(&committing);
    add_digests(&committing, 1, commit->used, commit->used_count);
    add_digests(&committing, 2, commit->unused, commit->unused_count);
    bool done = redis_run(files->redis, NULL, run_commit, &committing, error);
    if (!done && error != NULL && error->code == ERROR_UNAVAILABLE) {
        error_prefix(error, "the change may or may not have been made");
    }
    free(committing.arguments);
    return done || files_failed(error);
}
