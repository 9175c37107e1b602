// The global tier in Redis. What is where in the database is in scripts.h.
#include "base/clock.h"
#include "state/redis.h"
#include "state/redis/link.h"
#include "state/redis/scripts.h"

#include <inttypes.h>
#include <pthread.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    SPARE_LINKS = 16,
    WINDOW = 32,           // chunks on their way at a time
    PATCH_PIECES = 1024,   // of one script, and
    PATCH_BYTES = 1 << 20, // bytes of them
    LIST_BATCH = 256,
    ELEMENTS_BATCH = 64,
    NAME_MAX_BYTES = STATE_USER_MAX + 1 + STATE_KEY_MAX,
    KEY_MAX = 64 + NAME_MAX_BYTES, // of the database
    COMMON_ARGUMENTS = 7,
    GENERATION = 17, // hexadecimal, with NUL
};
#define DEFAULT_WAIT    5000000000ull
#define DEFAULT_TIMEOUT 5000000000ull

struct connection {
    struct redis_link *link;
    char scripts[REDIS_SCRIPTS][41]; // digests that the server knows them by
};

struct redis {
    struct redis_address address;
    uint64_t wait, timeout;
    pthread_mutex_t mutex; // guards what follows
    struct connection *spare[SPARE_LINKS];
    int spare_count;
    struct state_redis_traffic traffic;
};

// ---- Connections --------------------------------------------------------------------------------

// One try of an operation, on one connection.
struct session {
    struct redis *redis;
    struct connection *connection;
    struct redis_link_traffic before;
    const struct state_name *name;
    unsigned attempt; // 0: the first
};

static struct bytes text_bytes(const char *text) {
    return (struct bytes){(const uint8_t *)text, strlen(text)};
}

static void disconnect(struct connection *connection) {
    redis_link_close(connection->link);
    free(connection);
}

static bool ask_scripts(struct connection *connection, struct error *error) {
    bool done = true;
    for (int i = 0; i < REDIS_SCRIPTS && done; i++) {
        const struct bytes arguments[3] = {text_bytes("SCRIPT"), text_bytes("LOAD"),
                                           text_bytes(redis_script_text((enum redis_script)i))};
        done = redis_link_send(connection->link, 3, arguments, error);
    }
    return done;
}

static bool load_scripts(struct connection *connection, struct error *error) {
    bool done = ask_scripts(connection, error);
    for (int i = 0; i < REDIS_SCRIPTS && done; i++) {
        redisReply *reply = redis_link_reply(connection->link, error);
        done = reply != NULL && reply->type == REDIS_REPLY_STRING && reply->len == 40;
        if (done) {
            memcpy(connection->scripts[i], reply->str, 41);
        } else if (reply != NULL) {
            error_set(error, ERROR_UNAVAILABLE, "Redis: scripts: %s",
                      reply->str != NULL ? reply->str : "not accepted");
        }
        if (reply != NULL) {
            freeReplyObject(reply);
        }
    }
    return done;
}

static struct connection *connect_new(const struct redis *redis, struct error *error) {
    struct connection *connection = calloc(1, sizeof *connection);
    if (connection == NULL) {
        error_set(error, ERROR_MEMORY, "connection to Redis");
        return NULL;
    }
    connection->link = redis_link_open(&redis->address, redis->timeout, error);
    if (connection->link == NULL || !load_scripts(connection, error)) {
        disconnect(connection);
        return NULL;
    }
    return connection;
}

static bool take_connection(struct session *session, struct error *error) {
    struct redis *redis = session->redis;
    session->connection = NULL;
    pthread_mutex_lock(&redis->mutex);
    if (redis->spare_count > 0) {
        session->connection = redis->spare[--redis->spare_count];
    }
    pthread_mutex_unlock(&redis->mutex);
    if (session->connection == NULL) {
        session->connection = connect_new(redis, error);
    }
    if (session->connection != NULL) {
        session->before = redis_link_traffic(session->connection->link);
    }
    return session->connection != NULL;
}

static void drop_spare(struct redis *redis) {
    pthread_mutex_lock(&redis->mutex);
    while (redis->spare_count > 0) {
        disconnect(redis->spare[--redis->spare_count]);
    }
    pthread_mutex_unlock(&redis->mutex);
}

// Only one on which nothing is on its way any more can be used again.
static void give_connection(struct session *session, bool settled) {
    struct redis *redis = session->redis;
    struct redis_link_traffic now = redis_link_traffic(session->connection->link);
    bool usable = settled && redis_link_usable(session->connection->link);
    pthread_mutex_lock(&redis->mutex);
    redis->traffic.sent += now.sent - session->before.sent;
    redis->traffic.received += now.received - session->before.received;
    redis->traffic.round_trips += now.round_trips - session->before.round_trips;
    bool kept = usable && redis->spare_count < SPARE_LINKS;
    if (kept) {
        redis->spare[redis->spare_count++] = session->connection;
    }
    pthread_mutex_unlock(&redis->mutex);
    if (!kept) {
        disconnect(session->connection);
    }
}

// Runs the operation until it does not fail with ERROR_UNAVAILABLE, or the time is up. Operations
// can be done twice: the second time changes nothing.
static bool run(struct redis *redis, const struct state_name *name,
                bool (*operation)(struct session *session, void *context, struct error *error),
                void *context, struct error *error) {
    const uint64_t begin = clock_monotonic();
    uint64_t pause = 10000000;
    struct session session = {.redis = redis, .name = name};
    for (;; session.attempt++) {
        struct error failure;
        bool done = false;
        if (take_connection(&session, &failure)) {
            done = operation(&session, context, &failure);
            // After a refusal by a script nothing is on its way; after other failures there may be.
            give_connection(&session, done || failure.code == ERROR_CONFLICT ||
                                          failure.code == ERROR_NOT_FOUND);
        }
        if (done) {
            return true;
        }
        if (failure.code != ERROR_UNAVAILABLE || clock_monotonic() - begin + pause > redis->wait) {
            return error_set(error, failure.code, "%s", failure.message);
        }
        drop_spare(redis); // those that lay by were lost with this one most likely
        nanosleep(&(struct timespec){0, (long)pause}, NULL);
        pause = 2 * pause < 500000000 ? 2 * pause : 500000000;
    }
}

// ---- Commands -----------------------------------------------------------------------------------

// "faasm:TYPE:USER:KEY", or without the key where there is none.
struct key {
    size_t length;
    char text[KEY_MAX];
};

static struct bytes make_key(struct key *key, const char *type, const char *user,
                             struct bytes name) {
    // cppcheck-suppress ctuuninitvar ; it is filled here
    int length = snprintf(key->text, sizeof key->text, "faasm:%s:%s", type, user);
    key->length = (size_t)length;
    if (name.length > 0) {
        key->text[key->length++] = ':';
        memcpy(key->text + key->length, name.data, name.length);
        key->length += name.length;
    }
    return (struct bytes){(const uint8_t *)key->text, key->length};
}

static bool server_error(const char *message, struct error *error) {
    return error_set(error, ERROR_UNAVAILABLE, "Redis: %s", message);
}

// A refusal that time alone does not cure is not tried again.
static bool is_lasting(const char *message) {
    return strncmp(message, "OOM", 3) == 0 || strncmp(message, "NOPERM", 6) == 0 ||
           strncmp(message, "NOAUTH", 6) == 0 || strncmp(message, "WRONGTYPE", 9) == 0 ||
           strncmp(message, "MISCONF", 7) == 0 || strncmp(message, "ERR", 3) == 0;
}

// The next reply; NULL where it is an error.
static redisReply *next_reply(struct session *session, struct error *error) {
    redisReply *reply = redis_link_reply(session->connection->link, error);
    if (reply != NULL && reply->type == REDIS_REPLY_ERROR) {
        server_error(reply->str, error);
        if (is_lasting(reply->str)) {
            error->code = ERROR_IO;
        }
        freeReplyObject(reply);
        return NULL;
    }
    return reply;
}

static redisReply *command(struct session *session, size_t count, const struct bytes *arguments,
                           struct error *error) {
    return redis_link_send(session->connection->link, count, arguments, error)
               ? next_reply(session, error)
               : NULL;
}

static enum error_code code_named(const char *name) {
    for (int code = 0; code < ERROR_CODE_COUNT; code++) {
        if (strcmp(error_code_name((enum error_code)code), name) == 0) {
            return (enum error_code)code;
        }
    }
    return ERROR_INTERNAL;
}

// ---- Scripts ------------------------------------------------------------------------------------

struct script_call {
    enum redis_script script;
    struct state_limits limits;
    uint64_t expected;
    const char *fence_owner;
    uint64_t fence;
    const char *operation; // id of an append, or NULL
    const struct bytes *more;
    size_t more_count;
};

struct script_texts {
    struct key keys[8];
    char suffix[NAME_MAX_BYTES + 2];
    char numbers[4][24];
};

static size_t common_arguments(const struct session *session, const struct script_call *call,
                               struct script_texts *texts, struct bytes *to) {
    static const char *const types[8] = {"sm", "si", "su", "sv", "sh", "sq", "sl", "so"};
    const struct state_name *name = session->name;
    const struct bytes none = {0};
    for (int i = 0; i < 8; i++) {
        bool of_user = i == 1 || i == 2;
        to[i] = i == 3 ? text_bytes("faasm:sv")
                : i == 7
                    ? make_key(&texts->keys[i], types[i],
                               call->operation == NULL ? "" : call->operation, none)
                    : make_key(&texts->keys[i], types[i], name->user, of_user ? none : name->key);
    }
    int length = snprintf(texts->suffix, sizeof texts->suffix, ":%s:", name->user);
    memcpy(texts->suffix + length, name->key.data, name->key.length);
    const uint64_t numbers[4] = {call->limits.bytes, call->limits.keys, call->expected,
                                 call->fence};
    for (int i = 0; i < 4; i++) {
        snprintf(texts->numbers[i], sizeof texts->numbers[i], "%" PRIu64, numbers[i]);
    }
    to[8] = name->key;
    to[9] = (struct bytes){(const uint8_t *)texts->suffix, (size_t)length + name->key.length};
    to[10] = text_bytes(texts->numbers[0]);
    to[11] = text_bytes(texts->numbers[1]);
    to[12] = text_bytes(texts->numbers[2]);
    to[13] = text_bytes(call->fence_owner == NULL ? "" : call->fence_owner);
    to[14] = text_bytes(texts->numbers[3]);
    return 15;
}

// Arguments of the call that are not small must stay until it has its reply.
static bool send_script(struct session *session, const struct script_call *call,
                        struct error *error) {
    struct script_texts *texts = malloc(sizeof *texts);
    struct bytes *arguments = malloc((18 + call->more_count) * sizeof *arguments);
    bool done = texts != NULL && arguments != NULL;
    if (!done) {
        error_set(error, ERROR_MEMORY, "Redis");
    } else {
        arguments[0] = text_bytes("EVALSHA");
        arguments[1] = text_bytes(session->connection->scripts[call->script]);
        arguments[2] = text_bytes("8");
        size_t count = 3 + common_arguments(session, call, texts, arguments + 3);
        if (call->more_count > 0) {
            memcpy(arguments + count, call->more, call->more_count * sizeof *arguments);
        }
        done =
            redis_link_send(session->connection->link, count + call->more_count, arguments, error);
    }
    free(arguments);
    free(texts);
    return done;
}

static const char *item_text(const redisReply *reply, size_t index) {
    return index < reply->elements && reply->element[index]->str != NULL
               ? reply->element[index]->str
               : "";
}

// The reply of a script that agreed; NULL otherwise.
static redisReply *script_reply(struct session *session, struct error *error) {
    redisReply *reply = next_reply(session, error);
    if (reply == NULL ||
        (reply->type == REDIS_REPLY_ARRAY && strcmp(item_text(reply, 0), "ok") == 0)) {
        return reply;
    }
    char label[STATE_LABEL_MAX];
    error_set(error, code_named(item_text(reply, 1)), "%s: %s", state_label(session->name, label),
              item_text(reply, 2));
    freeReplyObject(reply);
    return NULL;
}

static redisReply *run_script(struct session *session, const struct script_call *call,
                              struct error *error) {
    return send_script(session, call, error) ? script_reply(session, error) : NULL;
}

// For scripts that say nothing but that they agree.
static bool run_plain_script(struct session *session, void *context, struct error *error) {
    redisReply *reply = run_script(session, context, error);
    if (reply != NULL) {
        freeReplyObject(reply);
    }
    return reply != NULL;
}

static uint64_t number_of(const char *text) {
    return strtoull(text, NULL, 10);
}

// ---- Finding and reading ------------------------------------------------------------------------

struct record {
    uint64_t bytes, version;
    char generation[24];
};

static bool ask_record(struct session *session, struct error *error) {
    struct key key;
    const struct bytes arguments[5] = {
        text_bytes("HMGET"), make_key(&key, "sm", session->name->user, session->name->key),
        text_bytes("b"), text_bytes("v"), text_bytes("g")};
    return redis_link_send(session->connection->link, 5, arguments, error);
}

static bool read_record(struct session *session, struct record *record, struct error *error) {
    redisReply *reply = next_reply(session, error);
    if (reply == NULL) {
        return false;
    }
    record->bytes = number_of(item_text(reply, 0));
    record->version = number_of(item_text(reply, 1));
    snprintf(record->generation, sizeof record->generation, "%s", item_text(reply, 2));
    freeReplyObject(reply);
    return true;
}

static bool find(struct session *session, void *context, struct error *error) {
    struct record record;
    if (!ask_record(session, error) || !read_record(session, &record, error)) {
        return false;
    }
    if (record.version == 0) {
        char label[STATE_LABEL_MAX];
        return error_set(error, ERROR_NOT_FOUND, "%s: not found",
                         state_label(session->name, label));
    }
    *(struct state_facts *)context = (struct state_facts){record.bytes, record.version};
    return true;
}

static bool redis_find(void *state, const struct state_name *name, struct state_facts *facts,
                       struct error *error) {
    return run(state, name, find, facts, error);
}

// "faasm:sd:GENERATION:NUMBER:USER:KEY"
static struct bytes chunk_key(struct key *key, const struct state_name *name,
                              const char *generation, uint64_t number) {
    // cppcheck-suppress ctuuninitvar ; it is filled here
    int length = snprintf(key->text, sizeof key->text, "faasm:sd:%s:%" PRIu64 ":%s:", generation,
                          number, name->user);
    memcpy(key->text + length, name->key.data, name->key.length);
    key->length = (size_t)length + name->key.length;
    return (struct bytes){(const uint8_t *)key->text, key->length};
}

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

static bool ask_part(struct session *session, const char *generation, const struct part *part,
                     struct error *error) {
    struct key key;
    char begin[24], end[24];
    snprintf(begin, sizeof begin, "%" PRIu64, part->inside);
    snprintf(end, sizeof end, "%" PRIu64, part->inside + part->length - 1);
    const struct bytes arguments[4] = {text_bytes("GETRANGE"),
                                       chunk_key(&key, session->name, generation, part->chunk),
                                       text_bytes(begin), text_bytes(end)};
    return redis_link_send(session->connection->link, 4, arguments, error);
}

// What lies past the end of the value in its last chunk belongs to nothing.
static void clear_behind(const struct part *part, uint64_t bytes) {
    uint64_t begin = part->chunk * STATE_CHUNK + part->inside;
    if (begin + part->length > bytes) {
        uint64_t keep = bytes > begin ? bytes - begin : 0;
        memset(part->to + keep, 0, part->length - keep);
    }
}

static bool read_parts(struct session *session, const struct reading *reading,
                       const struct record *record, struct error *error) {
    struct walk asked = {.reading = reading}, got = {.reading = reading};
    struct part part;
    unsigned on_their_way = 0;
    bool more = true;
    while (more || on_their_way > 0) {
        while (more && on_their_way < WINDOW) {
            more = next_part(&asked, &part);
            if (more && !ask_part(session, record->generation, &part, error)) {
                return false;
            }
            on_their_way += more;
        }
        if (on_their_way > 0) {
            next_part(&got, &part);
            if (!redis_link_bytes(session->connection->link, part.to, part.length, error)) {
                return false;
            }
            clear_behind(&part, record->bytes);
            on_their_way--;
        }
    }
    return true;
}

// Again where the value was replaced meanwhile.
static bool read_spans(struct session *session, void *context, struct error *error) {
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
        if (strcmp(record.generation, after.generation) == 0) {
            return true;
        }
        record = after;
    }
    return error_set(error, ERROR_BUSY, "the value is replaced all the time");
}

static bool redis_read(void *state, const struct state_name *name, const struct state_span *spans,
                       size_t count, struct error *error) {
    struct reading reading = {spans, count};
    return run(state, name, read_spans, &reading, error);
}

// ---- Writing ------------------------------------------------------------------------------------

struct writing {
    const struct state_write *write;
    struct state_facts facts;
};

static struct script_call script_of(const struct state_write *write, enum redis_script script,
                                    const struct bytes *more, size_t count) {
    return (struct script_call){
        .script = script,
        .limits = write->limits,
        .expected = write->expected,
        .fence_owner = write->fence_owner,
        .fence = write->fence,
        .more = more,
        .more_count = count,
    };
}

static bool take_facts(redisReply *reply, struct state_facts *facts) {
    if (reply == NULL) {
        return false;
    }
    facts->version = number_of(item_text(reply, 1));
    facts->bytes = number_of(item_text(reply, 2));
    freeReplyObject(reply);
    return true;
}

// The bytes of a chunk of a value that is replaced: as they lie in a piece, or put together aside.
static struct bytes chunk_bytes(const struct state_write *write, uint64_t number, size_t *piece,
                                uint8_t *aside) {
    uint64_t begin = number * STATE_CHUNK;
    uint64_t end = begin + STATE_CHUNK < write->bytes ? begin + STATE_CHUNK : write->bytes;
    while (*piece < write->count &&
           write->pieces[*piece].offset + write->pieces[*piece].bytes.length <= begin) {
        ++*piece;
    }
    const struct state_piece *first = *piece < write->count ? &write->pieces[*piece] : NULL;
    if (first != NULL && first->offset <= begin && first->offset + first->bytes.length >= end) {
        return (struct bytes){first->bytes.data + (begin - first->offset), end - begin};
    }
    memset(aside, 0, end - begin);
    for (size_t i = *piece; i < write->count && write->pieces[i].offset < end; i++) {
        const struct state_piece *one = &write->pieces[i];
        uint64_t from = one->offset > begin ? one->offset : begin;
        uint64_t to = one->offset + one->bytes.length < end ? one->offset + one->bytes.length : end;
        memcpy(aside + (from - begin), one->bytes.data + (from - one->offset), to - from);
    }
    return (struct bytes){aside, end - begin};
}

static bool expect_status(struct session *session, struct error *error) {
    redisReply *reply = next_reply(session, error);
    if (reply != NULL) {
        freeReplyObject(reply);
    }
    return reply != NULL;
}

// Chunks of a new generation, which expire unless it is made the value.
static bool write_generation(struct session *session, const struct state_write *write,
                             const char *generation, uint8_t *aside, struct error *error) {
    uint64_t chunks = (write->bytes + STATE_CHUNK - 1) / STATE_CHUNK;
    size_t piece = 0;
    unsigned on_their_way = 0;
    for (uint64_t number = 0; number < chunks; number++) {
        struct key key;
        struct bytes bytes = chunk_bytes(write, number, &piece, aside);
        const struct bytes arguments[5] = {text_bytes("SET"),
                                           chunk_key(&key, session->name, generation, number),
                                           bytes, text_bytes("EX"), text_bytes("3600")};
        if (!redis_link_send(session->connection->link, 5, arguments, error)) {
            return false;
        }
        on_their_way++;
        // What was put together aside is sent before the next one is.
        while (on_their_way >= WINDOW || (bytes.data == aside && on_their_way > 0)) {
            if (!expect_status(session, error)) {
                return false;
            }
            on_their_way--;
        }
    }
    for (; on_their_way > 0; on_their_way--) {
        if (!expect_status(session, error)) {
            return false;
        }
    }
    return true;
}

static bool replace_value(struct session *session, struct writing *writing, struct error *error) {
    const struct state_write *write = writing->write;
    uint8_t random[(GENERATION - 1) / 2];
    char generation[GENERATION], bytes[24];
    randombytes_buf(random, sizeof random);
    sodium_bin2hex(generation, sizeof generation, random, sizeof random);
    snprintf(bytes, sizeof bytes, "%" PRIu64, write->bytes);
    uint8_t *aside = malloc(STATE_CHUNK);
    if (aside == NULL) {
        return error_set(error, ERROR_MEMORY, "a chunk of state");
    }
    bool done = write_generation(session, write, generation, aside, error);
    free(aside);
    const struct bytes more[2] = {text_bytes(bytes), text_bytes(generation)};
    const struct script_call call = script_of(write, REDIS_COMMIT, more, 2);
    return done && take_facts(run_script(session, &call, error), &writing->facts);
}

// A batch of parts of pieces, within chunks.
struct patch {
    struct bytes more[1 + 3 * PATCH_PIECES];
    char numbers[PATCH_PIECES][2][24];
    char bytes[24];
    size_t count;
    uint64_t length;
};

static void add_to_patch(struct patch *patch, uint64_t offset, struct bytes bytes) {
    char(*numbers)[24] = patch->numbers[patch->count];
    snprintf(numbers[0], sizeof numbers[0], "%" PRIu64, offset / STATE_CHUNK);
    snprintf(numbers[1], sizeof numbers[1], "%" PRIu64, offset % STATE_CHUNK);
    struct bytes *more = &patch->more[1 + 3 * patch->count];
    more[0] = text_bytes(numbers[0]);
    more[1] = text_bytes(numbers[1]);
    more[2] = bytes;
    patch->count++;
    patch->length += bytes.length;
}

static bool send_patch(struct session *session, struct writing *writing, struct patch *patch,
                       struct error *error) {
    const struct state_write *write = writing->write;
    snprintf(patch->bytes, sizeof patch->bytes, "%" PRIu64, write->bytes);
    patch->more[0] = text_bytes(patch->bytes);
    const struct script_call call =
        script_of(write, REDIS_PATCH, patch->more, 1 + 3 * patch->count);
    patch->count = 0;
    patch->length = 0;
    return take_facts(run_script(session, &call, error), &writing->facts);
}

static bool patch_value(struct session *session, struct writing *writing, struct error *error) {
    const struct state_write *write = writing->write;
    struct patch *patch = malloc(sizeof *patch);
    if (patch == NULL) {
        return error_set(error, ERROR_MEMORY, "pushing state");
    }
    patch->count = 0;
    patch->length = 0;
    bool done = true;
    for (size_t i = 0; i < write->count && done; i++) {
        const struct state_piece *piece = &write->pieces[i];
        for (uint64_t at = 0; at < piece->bytes.length && done;) {
            uint64_t offset = piece->offset + at;
            uint64_t length = STATE_CHUNK - offset % STATE_CHUNK;
            length = length < piece->bytes.length - at ? length : piece->bytes.length - at;
            add_to_patch(patch, offset, (struct bytes){piece->bytes.data + at, length});
            at += length;
            if (patch->count == PATCH_PIECES || patch->length >= PATCH_BYTES) {
                done = send_patch(session, writing, patch, error);
            }
        }
    }
    done = done && (patch->count == 0 && write->count > 0 && writing->facts.version != 0
                        ? true
                        : send_patch(session, writing, patch, error));
    free(patch);
    return done;
}

static bool write_value(struct session *session, void *context, struct error *error) {
    struct writing *writing = context;
    writing->facts = (struct state_facts){0};
    return writing->write->replace ? replace_value(session, writing, error)
                                   : patch_value(session, writing, error);
}

static bool redis_write(void *state, const struct state_name *name, const struct state_write *write,
                        struct state_facts *facts, struct error *error) {
    struct writing writing = {.write = write};
    if (!run(state, name, write_value, &writing, error)) {
        return false;
    }
    if (facts != NULL) {
        *facts = writing.facts;
    }
    return true;
}

// The second try may find that the first one did it.
static bool remove_value(struct session *session, void *context, struct error *error) {
    return run_plain_script(session, context, error) ||
           (session->attempt > 0 && error->code == ERROR_NOT_FOUND);
}

static bool redis_remove(void *state, const struct state_name *name, uint64_t expected,
                         struct error *error) {
    struct script_call call = {.script = REDIS_REMOVE, .expected = expected};
    return run(state, name, remove_value, &call, error);
}

// ---- Appended elements --------------------------------------------------------------------------

static bool redis_append(void *state, const struct state_name *name, struct bytes element,
                         const struct state_limits *limits, struct error *error) {
    uint8_t random[16];
    char operation[2 * sizeof random + 1];
    randombytes_buf(random, sizeof random);
    sodium_bin2hex(operation, sizeof operation, random, sizeof random);
    struct script_call call = {
        .script = REDIS_APPEND, .operation = operation, .more = &element, .more_count = 1};
    if (limits != NULL) {
        call.limits = *limits;
    }
    return run(state, name, run_plain_script, &call, error);
}

static bool redis_clear_appended(void *state, const struct state_name *name, struct error *error) {
    struct script_call call = {.script = REDIS_CLEAR};
    return run(state, name, run_plain_script, &call, error);
}

struct elements {
    size_t count, most, before;
    struct buffer *to;
};

static bool take_elements(struct session *session, const redisReply *reply,
                          struct elements *elements, struct error *error) {
    for (size_t i = 0; i < reply->elements; i++) {
        size_t length = (size_t)reply->element[i]->len;
        if (length > elements->most - (elements->to->length - elements->before)) {
            char label[STATE_LABEL_MAX];
            return error_set(error, ERROR_TOO_LARGE,
                             "%s: the first %zu appended elements are more than %zu bytes",
                             state_label(session->name, label), elements->count, elements->most);
        }
        if (!buffer_append(elements->to, reply->element[i]->str, length, error)) {
            return false;
        }
    }
    return true;
}

static bool read_elements(struct session *session, void *context, struct error *error) {
    struct elements *elements = context;
    struct key key;
    elements->to->length = elements->before;
    size_t done = 0;
    while (done < elements->count) {
        size_t batch =
            elements->count - done < ELEMENTS_BATCH ? elements->count - done : ELEMENTS_BATCH;
        char begin[24], end[24];
        snprintf(begin, sizeof begin, "%zu", done);
        snprintf(end, sizeof end, "%zu", done + batch - 1);
        const struct bytes arguments[4] = {
            text_bytes("LRANGE"), make_key(&key, "sl", session->name->user, session->name->key),
            text_bytes(begin), text_bytes(end)};
        redisReply *reply = command(session, 4, arguments, error);
        if (reply == NULL) {
            return false;
        }
        size_t got = reply->elements;
        bool taken = take_elements(session, reply, elements, error);
        freeReplyObject(reply);
        if (!taken || got < batch) {
            return taken;
        }
        done += got;
    }
    return true;
}

static bool redis_read_appended(void *state, const struct state_name *name, size_t count,
                                size_t most, struct buffer *elements, struct error *error) {
    struct elements context = {count, most, elements->length, elements};
    return run(state, name, read_elements, &context, error);
}

// ---- Listing ------------------------------------------------------------------------------------

struct listing {
    struct bytes prefix;
    struct buffer after; // the last key that was visited; empty: none
    bool (*visit)(void *context, struct bytes key, const struct state_facts *facts);
    void *context;
    bool ended;
};

static bool begins_with(const redisReply *key, struct bytes prefix) {
    return (size_t)key->len >= prefix.length &&
           (prefix.length == 0 || memcmp(key->str, prefix.data, prefix.length) == 0);
}

static bool ask_facts(struct session *session, const redisReply *keys, struct error *error) {
    for (size_t i = 0; i < keys->elements; i++) {
        struct key key;
        const redisReply *one = keys->element[i];
        const struct bytes arguments[4] = {
            text_bytes("HMGET"),
            make_key(&key, "sm", session->name->user,
                     (struct bytes){(const uint8_t *)one->str, (size_t)one->len}),
            text_bytes("b"), text_bytes("v")};
        if ((size_t)one->len > STATE_KEY_MAX ||
            !redis_link_send(session->connection->link, 4, arguments, error)) {
            return one->len <= STATE_KEY_MAX ? false
                                             : error_set(error, ERROR_IO, "Redis: a strange key");
        }
    }
    return true;
}

static bool visit_keys(struct session *session, const redisReply *keys, struct listing *listing,
                       struct error *error) {
    if (!ask_facts(session, keys, error)) {
        return false;
    }
    for (size_t i = 0; i < keys->elements; i++) {
        redisReply *reply = next_reply(session, error);
        if (reply == NULL) {
            return false;
        }
        const struct state_facts facts = {number_of(item_text(reply, 0)),
                                          number_of(item_text(reply, 1))};
        freeReplyObject(reply);
        const redisReply *key = keys->element[i];
        const struct bytes name = {(const uint8_t *)key->str, (size_t)key->len};
        listing->ended = listing->ended || !begins_with(key, listing->prefix) ||
                         !listing->visit(listing->context, name, &facts);
        if (!listing->ended && !buffer_assign(&listing->after, name.data, name.length, error)) {
            return false;
        }
    }
    listing->ended = listing->ended || keys->elements < LIST_BATCH;
    return true;
}

// From after the last key on.
static bool list_batch(struct session *session, struct listing *listing, struct error *error) {
    struct key key;
    char bound[1 + STATE_KEY_MAX], batch[8];
    bool goes_on = listing->after.length > 0;
    struct bytes from = goes_on ? buffer_bytes(&listing->after) : listing->prefix;
    bound[0] = goes_on ? '(' : '[';
    if (from.length > 0) {
        memcpy(bound + 1, from.data, from.length);
    }
    snprintf(batch, sizeof batch, "%d", LIST_BATCH);
    const struct bytes arguments[7] = {
        text_bytes("ZRANGEBYLEX"),
        make_key(&key, "si", session->name->user, (struct bytes){0}),
        from.length == 0 ? text_bytes("-")
                         : (struct bytes){(const uint8_t *)bound, 1 + from.length},
        text_bytes("+"),
        text_bytes("LIMIT"),
        text_bytes("0"),
        text_bytes(batch)};
    redisReply *keys = command(session, 7, arguments, error);
    bool done = keys != NULL && visit_keys(session, keys, listing, error);
    if (keys != NULL) {
        freeReplyObject(keys);
    }
    return done;
}

static bool list_all(struct session *session, void *context, struct error *error) {
    struct listing *listing = context;
    bool done = true;
    while (done && !listing->ended) {
        done = list_batch(session, listing, error);
    }
    return done;
}

static bool redis_list(void *state, const char *user, struct bytes prefix, struct bytes after,
                       bool (*visit)(void *context, struct bytes key,
                                     const struct state_facts *facts),
                       void *context, struct error *error) {
    struct listing listing = {.prefix = prefix, .visit = visit, .context = context};
    if (prefix.length > STATE_KEY_MAX || after.length > STATE_KEY_MAX) {
        return error_set(error, ERROR_ARGUMENT, "a key of state has at most %d bytes",
                         STATE_KEY_MAX);
    }
    const struct state_name name = {user, {0}};
    bool done = buffer_assign(&listing.after, after.data, after.length, error) &&
                run(state, &name, list_all, &listing, error);
    buffer_destroy(&listing.after);
    return done;
}

static bool read_usage(struct session *session, void *context, struct error *error) {
    struct key key;
    const struct bytes arguments[4] = {text_bytes("HMGET"),
                                       make_key(&key, "su", session->name->user, (struct bytes){0}),
                                       text_bytes("b"), text_bytes("k")};
    redisReply *reply = command(session, 4, arguments, error);
    if (reply == NULL) {
        return false;
    }
    *(struct state_usage *)context =
        (struct state_usage){number_of(item_text(reply, 0)), number_of(item_text(reply, 1))};
    freeReplyObject(reply);
    return true;
}

static bool redis_usage(void *state, const char *user, struct state_usage *usage,
                        struct error *error) {
    const struct state_name name = {user, {0}};
    return run(state, &name, read_usage, usage, error);
}

// ---- Locks --------------------------------------------------------------------------------------

struct locking {
    enum redis_script script;
    const struct state_lock_request *request;
    enum state_lock_outcome outcome;
    uint64_t token;
};

static bool lock_script(struct session *session, void *context, struct error *error) {
    struct locking *locking = context;
    char lease[24];
    snprintf(lease, sizeof lease, "%" PRIu64, (locking->request->lease + 999999) / 1000000);
    const struct bytes more[3] = {text_bytes(locking->request->owner),
                                  text_bytes(locking->request->exclusive ? "x" : "s"),
                                  text_bytes(lease)};
    const struct script_call call = {.script = locking->script, .more = more, .more_count = 3};
    redisReply *reply = run_script(session, &call, error);
    if (reply == NULL) { // the second try may find that the first one did it
        return locking->script == REDIS_UNLOCK && session->attempt > 0 &&
               error->code == ERROR_CONFLICT;
    }
    locking->outcome =
        strcmp(item_text(reply, 1), "granted") == 0 ? STATE_LOCK_GRANTED : STATE_LOCK_WAIT;
    locking->token = number_of(item_text(reply, 2));
    freeReplyObject(reply);
    return true;
}

static bool redis_lock(void *state, const struct state_name *name,
                       const struct state_lock_request *request, enum state_lock_outcome *outcome,
                       uint64_t *token, struct error *error) {
    struct locking locking = {.script = REDIS_LOCK, .request = request};
    if (!run(state, name, lock_script, &locking, error)) {
        return false;
    }
    *outcome = locking.outcome;
    *token = locking.token;
    return true;
}

static bool redis_renew(void *state, const struct state_name *name,
                        const struct state_lock_request *request, struct error *error) {
    struct locking locking = {.script = REDIS_RENEW, .request = request};
    return run(state, name, lock_script, &locking, error);
}

static bool redis_unlock(void *state, const struct state_name *name, const char *owner,
                         struct error *error) {
    const struct state_lock_request request = {.owner = owner};
    struct locking locking = {.script = REDIS_UNLOCK, .request = &request};
    return run(state, name, lock_script, &locking, error);
}

// ---- Opening ------------------------------------------------------------------------------------

static void redis_close(void *state) {
    struct redis *redis = state;
    drop_spare(redis);
    redis_address_destroy(&redis->address);
    pthread_mutex_destroy(&redis->mutex);
    free(redis);
}

void state_redis_traffic(const struct state_driver *driver, struct state_redis_traffic *traffic) {
    struct redis *redis = driver->state;
    pthread_mutex_lock(&redis->mutex);
    *traffic = redis->traffic;
    pthread_mutex_unlock(&redis->mutex);
}

bool state_redis_needs(const char *url, struct state_redis_needs *needs, struct error *error) {
    struct redis_address address;
    if (!redis_address_parse(url, &address, error)) {
        return false;
    }
    const char *file = address.path != NULL ? address.path : address.authority;
    needs->port = address.path != NULL ? 0 : address.port;
    snprintf(needs->file, sizeof needs->file, "%s", file != NULL ? file : "");
    redis_address_destroy(&address);
    return true;
}

bool state_redis_open(const struct state_redis_config *config, struct state_driver *driver,
                      struct error *error) {
    struct redis *redis = calloc(1, sizeof *redis);
    if (redis == NULL || sodium_init() < 0) {
        free(redis);
        return error_set(error, ERROR_MEMORY, "Redis");
    }
    if (!redis_address_parse(config->url, &redis->address, error)) {
        free(redis);
        return false;
    }
    redis->wait = config->wait != 0 ? config->wait : DEFAULT_WAIT;
    redis->timeout = config->timeout != 0 ? config->timeout : DEFAULT_TIMEOUT;
    pthread_mutex_init(&redis->mutex, NULL);
    *driver = (struct state_driver){
        .state = redis,
        .kind = "redis",
        .find = redis_find,
        .read = redis_read,
        .write = redis_write,
        .remove = redis_remove,
        .append = redis_append,
        .read_appended = redis_read_appended,
        .clear_appended = redis_clear_appended,
        .list = redis_list,
        .usage = redis_usage,
        .lock = redis_lock,
        .renew = redis_renew,
        .unlock = redis_unlock,
        .close = redis_close,
    };
    return true;
}
