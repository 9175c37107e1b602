// Finding and reading values in Redis.
#include "state/redis/operations.h"
#include "state/redis/session.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

struct record {
    uint64_t bytes, version;
    char generation[REDIS_UNIQUE];
    char replaced[24]; // version of the last replacement: generations are used again
};

static bool ask_record(struct redis_session *session, struct error *error) {
    struct redis_key key;
    const struct bytes arguments[6] = {
        redis_text("HMGET"),
        redis_key(&key, "sm", redis_name(session)->user, redis_name(session)->key),
        redis_text("b"),
        redis_text("v"),
        redis_text("g"),
        redis_text("r")};
    return redis_link_send(session->link, 6, arguments, error);
}

static bool read_record(struct redis_session *session, struct record *record, struct error *error) {
    redisReply *reply = redis_next_reply(session, error);
    if (reply == NULL) {
        return false;
    }
    record->bytes = redis_number(redis_item(reply, 0));
    record->version = redis_number(redis_item(reply, 1));
    snprintf(record->generation, sizeof record->generation, "%s", redis_item(reply, 2));
    snprintf(record->replaced, sizeof record->replaced, "%s", redis_item(reply, 3));
    freeReplyObject(reply);
    return true;
}

static bool find(struct redis_session *session, void *context, struct error *error) {
    struct record record;
    if (!ask_record(session, error) || !read_record(session, &record, error)) {
        return false;
    }
    if (record.version == 0) {
        char label[STATE_LABEL_MAX];
        return error_set(error, ERROR_NOT_FOUND, "%s: not found",
                         state_label(redis_name(session), label));
    }
    *(struct state_facts *)context = (struct state_facts){record.bytes, record.version};
    return true;
}

bool redis_find(void *state, const struct state_name *name, struct state_facts *facts,
                struct error *error) {
    return redis_run(state, name, find, facts, error);
}

// "faasm:sd:GENERATION:NUMBER:USER:KEY"
struct reading {
    const struct state_span *spans;
    size_t count;
};

// Where a walk over the parts of spans that lie in one chunk each is.
struct walk {
    const struct reading *reading;
    size_t span;
    uint64_t done; // bytes of it
};

struct part {
    uint64_t chunk, inside, length;
    uint8_t *to;
};

static bool next_part(struct walk *walk, struct part *part) {
    while (walk->span < walk->reading->count &&
           walk->done == walk->reading->spans[walk->span].length) {
        walk->span++;
        walk->done = 0;
    }
    if (walk->span == walk->reading->count) {
        return false;
    }
    const struct state_span *span = &walk->reading->spans[walk->span];
    uint64_t at = span->offset + walk->done;
    uint64_t left = span->length - walk->done;
    part->chunk = at / STATE_CHUNK;
    part->inside = at % STATE_CHUNK;
    part->length = STATE_CHUNK - part->inside < left ? STATE_CHUNK - part->inside : left;
    part->to = span->to + walk->done;
    walk->done += part->length;
    return true;
}

static bool ask_part(struct redis_session *session, const char *generation, const struct part *part,
                     struct error *error) {
    struct redis_key key;
    char begin[24], end[24];
    snprintf(begin, sizeof begin, "%" PRIu64, part->inside);
    snprintf(end, sizeof end, "%" PRIu64, part->inside + part->length - 1);
    const struct bytes arguments[4] = {
        redis_text("GETRANGE"), redis_chunk_key(&key, redis_name(session), generation, part->chunk),
        redis_text(begin), redis_text(end)};
    return redis_link_send(session->link, 4, arguments, error);
}

// What lies past the end of the value in its last chunk belongs to nothing.
static void clear_behind(const struct part *part, uint64_t bytes) {
    uint64_t begin = part->chunk * STATE_CHUNK + part->inside;
    if (begin + part->length > bytes) {
        uint64_t keep = bytes > begin ? bytes - begin : 0;
        memset(part->to + keep, 0, part->length - keep);
    }
}

static bool read_parts(struct redis_session *session, const struct reading *reading,
                       const struct record *record, struct error *error) {
    struct walk asked = {.reading = reading}, got = {.reading = reading};
    struct part part;
    unsigned on_their_way = 0;
    bool more = true;
    while (more || on_their_way > 0) {
        while (more && on_their_way < REDIS_WINDOW) {
            more = next_part(&asked, &part);
            if (more && !ask_part(session, record->generation, &part, error)) {
                return false;
            }
            on_their_way += more;
        }
        if (on_their_way > 0) {
            next_part(&got, &part);
            if (!redis_link_bytes(session->link, part.to, part.length, NULL, error)) {
                return false;
            }
            clear_behind(&part, record->bytes);
            on_their_way--;
        }
    }
    return true;
}

// Again where the value was replaced meanwhile.
static bool read_spans(struct redis_session *session, void *context, struct error *error) {
    const struct reading *reading = context;
    struct record record, after;
    if (!ask_record(session, error) || !read_record(session, &record, error)) {
        return false;
    }
    for (int attempt = 0; attempt < 10; attempt++) {
        if (record.version == 0) {
            for (size_t i = 0; i < reading->count; i++) {
                memset(reading->spans[i].to, 0, reading->spans[i].length);
            }
            return true;
        }
        if (!read_parts(session, reading, &record, error) || !ask_record(session, error) ||
            !read_record(session, &after, error)) {
            return false;
        }
        if (strcmp(record.generation, after.generation) == 0 &&
            strcmp(record.replaced, after.replaced) == 0) {
            return true;
        }
        record = after;
    }
    return error_set(error, ERROR_BUSY, "the value is replaced all the time");
}

bool redis_read(void *state, const struct state_name *name, const struct state_span *spans,
                size_t count, struct error *error) {
    struct reading reading = {spans, count};
    return redis_run(state, name, read_spans, &reading, error);
}
