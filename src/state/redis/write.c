// Writing values in Redis.
#include "state/redis/operations.h"
#include "state/redis/session.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct writing {
    const struct state_write *write;
    struct state_facts facts;
};

static struct redis_script_call script_of(const struct state_write *write, enum redis_script script,
                                          const struct bytes *more, size_t count) {
    return (struct redis_script_call){
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
    facts->version = redis_number(redis_item(reply, 1));
    facts->bytes = redis_number(redis_item(reply, 2));
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

// Chunks of a new generation, which expire unless it is made the value.
static bool write_generation(struct redis_session *session, const struct state_write *write,
                             const char *generation, uint8_t *aside, struct error *error) {
    uint64_t chunks = (write->bytes + STATE_CHUNK - 1) / STATE_CHUNK;
    size_t piece = 0;
    unsigned on_their_way = 0;
    for (uint64_t number = 0; number < chunks; number++) {
        struct redis_key key;
        struct bytes bytes = chunk_bytes(write, number, &piece, aside);
        const struct bytes arguments[5] = {redis_text("SET"),
                                           redis_chunk_key(&key, session->name, generation, number),
                                           bytes, redis_text("EX"), redis_text("3600")};
        if (!redis_link_send(session->link, 5, arguments, error)) {
            return false;
        }
        on_their_way++;
        // What was put together aside is sent before the next one is.
        while (on_their_way >= REDIS_WINDOW || (bytes.data == aside && on_their_way > 0)) {
            if (!redis_expect(session, error)) {
                return false;
            }
            on_their_way--;
        }
    }
    for (; on_their_way > 0; on_their_way--) {
        if (!redis_expect(session, error)) {
            return false;
        }
    }
    return true;
}

static bool replace_value(struct redis_session *session, struct writing *writing,
                          struct error *error) {
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
    const struct bytes more[2] = {redis_text(bytes), redis_text(generation)};
    const struct redis_script_call call = script_of(write, REDIS_COMMIT, more, 2);
    return done && take_facts(redis_run_script(session, &call, error), &writing->facts);
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
    more[0] = redis_text(numbers[0]);
    more[1] = redis_text(numbers[1]);
    more[2] = bytes;
    patch->count++;
    patch->length += bytes.length;
}

static bool send_patch(struct redis_session *session, struct writing *writing, struct patch *patch,
                       struct error *error) {
    const struct state_write *write = writing->write;
    snprintf(patch->bytes, sizeof patch->bytes, "%" PRIu64, write->bytes);
    patch->more[0] = redis_text(patch->bytes);
    const struct redis_script_call call =
        script_of(write, REDIS_PATCH, patch->more, 1 + 3 * patch->count);
    patch->count = 0;
    patch->length = 0;
    return take_facts(redis_run_script(session, &call, error), &writing->facts);
}

static bool patch_value(struct redis_session *session, struct writing *writing,
                        struct error *error) {
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

static bool write_value(struct redis_session *session, void *context, struct error *error) {
    struct writing *writing = context;
    writing->facts = (struct state_facts){0};
    return writing->write->replace ? replace_value(session, writing, error)
                                   : patch_value(session, writing, error);
}

bool redis_write(void *state, const struct state_name *name, const struct state_write *write,
                 struct state_facts *facts, struct error *error) {
    struct writing writing = {.write = write};
    if (!redis_run(state, name, write_value, &writing, error)) {
        return false;
    }
    if (facts != NULL) {
        *facts = writing.facts;
    }
    return true;
}

// The second try may find that the first one did it.
static bool remove_value(struct redis_session *session, void *context, struct error *error) {
    return redis_run_plain_script(session, context, error) ||
           (session->attempt > 0 && error->code == ERROR_NOT_FOUND);
}

bool redis_remove(void *state, const struct state_name *name, uint64_t expected,
                  struct error *error) {
    struct redis_script_call call = {.script = REDIS_REMOVE, .expected = expected};
    return redis_run(state, name, remove_value, &call, error);
}
