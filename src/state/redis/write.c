// Writing values in Redis.
//
// What does not fit into one script is *staged*: sent in pieces under names that expire by
// themselves, pipelined, each byte once. A script then makes it the value, or a part of it, by
// renaming or by naming the generation, in one step.
#include "state/redis/operations.h"
#include "state/redis/session.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    PATCH_PIECES = 1024,   // of one script, or one command, and
    PATCH_BYTES = 1 << 20, // bytes of them
    // Parts of one chunk; of more, Redis merges the chunk with a mask, which costs it as much as
    // some hundred parts by themselves.
    SINGLE_PARTS = 256,
    MASKED_BUFFERS = 8, // chunks with masks on their way at a time
};
#define STAGED_SECONDS "3600"

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

static bool run_writing(struct redis_session *session, struct writing *writing,
                        enum redis_script script, const struct bytes *more, size_t count,
                        struct error *error) {
    const struct redis_script_call call = script_of(writing->write, script, more, count);
    redisReply *reply = redis_run_script(session, &call, error);
    if (reply == NULL) {
        return false;
    }
    writing->facts.version = redis_number(redis_item(reply, 1));
    writing->facts.bytes = redis_number(redis_item(reply, 2));
    freeReplyObject(reply);
    return true;
}

// ---- Staging ------------------------------------------------------------------------------------

struct stage {
    struct redis_session *session;
    char id[REDIS_UNIQUE]; // a generation
    uint64_t spare_bytes;  // that it had before; 0: it is new
    unsigned on_their_way; // commands without a reply
};

// Chunks of a former generation that nobody else gets, where there is one: Redis then has memory at
// hand. That of chunks which were dropped together it would give back to the system first, and the
// page faults to get it again cost as much as all the rest.
static bool begin_stage(struct stage *stage, struct redis_session *session, uint64_t chunks,
                        struct error *error) {
    *stage = (struct stage){.session = session};
    redis_unique(stage->id);
    if (chunks < REDIS_SPARE_CHUNKS) {
        return true;
    }
    const struct redis_script_call call = {.script = REDIS_CLAIM};
    redisReply *reply = redis_run_script(session, &call, error);
    if (reply == NULL) {
        return false;
    }
    const char *id = redis_item(reply, 1);
    if (id[0] != '\0' && strlen(id) < sizeof stage->id) {
        memcpy(stage->id, id, strlen(id) + 1);
        stage->spare_bytes = redis_number(redis_item(reply, 2));
    }
    freeReplyObject(reply);
    return true;
}

static bool await_replies(struct stage *stage, unsigned most, struct error *error) {
    while (stage->on_their_way > most) {
        if (!redis_expect(stage->session, error)) {
            return false;
        }
        stage->on_their_way--;
    }
    return true;
}

// `bytes` must stay until the reply is there.
static bool stage_bytes(struct stage *stage, const char *generation, uint64_t number,
                        struct bytes bytes, struct error *error) {
    struct redis_key key;
    const struct bytes arguments[5] = {
        redis_text("SET"), redis_chunk_key(&key, redis_name(stage->session), generation, number),
        bytes, redis_text("EX"), redis_text(STAGED_SECONDS)};
    if (!redis_link_send(stage->session->link, 5, arguments, error)) {
        return false;
    }
    stage->on_their_way++;
    return await_replies(stage, REDIS_WINDOW - 1, error);
}

static bool stage_chunk(struct stage *stage, uint64_t number, struct bytes bytes,
                        struct error *error) {
    return stage_bytes(stage, stage->id, number, bytes, error);
}

// ---- Replacing a value --------------------------------------------------------------------------

// The bytes of a chunk: as they lie in a piece, or put together aside.
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

static bool stage_value(struct stage *stage, const struct state_write *write, uint8_t *aside,
                        struct error *error) {
    uint64_t chunks = (write->bytes + STATE_CHUNK - 1) / STATE_CHUNK;
    size_t piece = 0;
    bool done = true;
    for (uint64_t number = 0; number < chunks && done; number++) {
        struct bytes bytes = chunk_bytes(write, number, &piece, aside);
        done = stage_chunk(stage, number, bytes, error);
        if (bytes.data == aside) { // sent before the next one is put together
            done = done && await_replies(stage, 0, error);
        }
    }
    return done && await_replies(stage, 0, error);
}

static bool replace_value(struct redis_session *session, struct writing *writing,
                          struct error *error) {
    const struct state_write *write = writing->write;
    struct stage stage;
    uint8_t *aside = malloc(STATE_CHUNK);
    if (aside == NULL) {
        return error_set(error, ERROR_MEMORY, "a chunk of state");
    }
    bool done = begin_stage(&stage, session, write->bytes / STATE_CHUNK, error) &&
                stage_value(&stage, write, aside, error);
    free(aside);
    if (!done) {
        return false;
    }
    char bytes[24], before[24];
    snprintf(bytes, sizeof bytes, "%" PRIu64, write->bytes);
    snprintf(before, sizeof before, "%" PRIu64, stage.spare_bytes);
    const struct bytes more[3] = {redis_text(bytes), redis_text(stage.id), redis_text(before)};
    return run_writing(session, writing, REDIS_COMMIT, more, 3, error);
}

// ---- Changing a part ----------------------------------------------------------------------------

// Where a walk over the parts of pieces that lie in one chunk each is.
struct walk {
    const struct state_write *write;
    size_t piece;
    uint64_t done; // bytes of it
};

struct part {
    uint64_t chunk, inside;
    struct bytes bytes;
};

static bool next_part(struct walk *walk, struct part *part) {
    const struct state_write *write = walk->write;
    while (walk->piece < write->count && walk->done == write->pieces[walk->piece].bytes.length) {
        walk->piece++;
        walk->done = 0;
    }
    if (walk->piece == write->count) {
        return false;
    }
    const struct state_piece *piece = &write->pieces[walk->piece];
    uint64_t at = piece->offset + walk->done;
    uint64_t length = STATE_CHUNK - at % STATE_CHUNK;
    uint64_t left = piece->bytes.length - walk->done;
    length = length < left ? length : left;
    *part =
        (struct part){at / STATE_CHUNK, at % STATE_CHUNK, {piece->bytes.data + walk->done, length}};
    walk->done += length;
    return true;
}

// Parts of chunks as arguments: threes of chunk, offset, data, behind one more.
struct patch {
    struct bytes more[1 + 3 * PATCH_PIECES];
    char numbers[PATCH_PIECES][2][24];
    size_t count;
    uint64_t length;
};

static bool patch_has_room(const struct patch *patch) {
    return patch->count < PATCH_PIECES && patch->length < PATCH_BYTES;
}

static void add_to_patch(struct patch *patch, const struct part *part) {
    char(*numbers)[24] = patch->numbers[patch->count];
    snprintf(numbers[0], sizeof numbers[0], "%" PRIu64, part->chunk);
    snprintf(numbers[1], sizeof numbers[1], "%" PRIu64, part->inside);
    struct bytes *more = &patch->more[1 + 3 * patch->count];
    more[0] = redis_text(numbers[0]);
    more[1] = redis_text(numbers[1]);
    more[2] = part->bytes;
    patch->count++;
    patch->length += part->bytes.length;
}

// All of the write, if it fits.
static bool fill_patch(struct patch *patch, const struct state_write *write) {
    struct walk walk = {.write = write};
    struct part part;
    while (next_part(&walk, &part)) {
        if (!patch_has_room(patch)) {
            return false;
        }
        add_to_patch(patch, &part);
    }
    return true;
}

// ---- Changing more than fits into a script ------------------------------------------------------

struct numbers {
    char (*texts)[24];
    size_t count, capacity;
};

static bool add_number(struct numbers *numbers, uint64_t number, struct error *error) {
    if (numbers->count == numbers->capacity) {
        size_t capacity = numbers->capacity == 0 ? 64 : 2 * numbers->capacity;
        char(*larger)[24] = realloc(numbers->texts, capacity * sizeof *larger);
        if (larger == NULL) {
            return error_set(error, ERROR_MEMORY, "pushing state");
        }
        numbers->texts = larger;
        numbers->capacity = capacity;
    }
    snprintf(numbers->texts[numbers->count++], sizeof *numbers->texts, "%" PRIu64, number);
    return true;
}

// Chunks that are staged whole, chunks with masks, and parts of others, in a list.
struct staged_patch {
    struct stage stage;
    struct patch *patch;
    uint64_t parts;
    struct numbers runs; // first chunks and ends
    uint64_t run_end;
    struct numbers masked;
    uint8_t *buffers; // MASKED_BUFFERS times what changes, zero where nothing does, and the mask
};

static bool note_whole(struct staged_patch *staged, uint64_t chunk, struct error *error) {
    struct numbers *runs = &staged->runs;
    if (runs->count > 0 && chunk == staged->run_end) {
        runs->count--;
    } else if (!add_number(runs, chunk, error)) {
        return false;
    }
    staged->run_end = chunk + 1;
    return add_number(runs, staged->run_end, error);
}

static struct bytes list_key(struct redis_key *key, const struct stage *stage) {
    struct bytes made =
        redis_key(key, "sp", stage->id, (struct bytes){0}); // of the user, below the id
    int more = snprintf(key->text + made.length, sizeof key->text - made.length,
                        ":%s:", redis_name(stage->session)->user);
    key->length = made.length + (size_t)more;
    memcpy(key->text + key->length, redis_name(stage->session)->key.data,
           redis_name(stage->session)->key.length);
    key->length += redis_name(stage->session)->key.length;
    return (struct bytes){(const uint8_t *)key->text, key->length};
}

// Appends the parts that are gathered to the list.
static bool stage_parts(struct staged_patch *staged, struct error *error) {
    struct patch *patch = staged->patch;
    if (patch->count == 0) {
        return true;
    }
    struct redis_key key;
    struct bytes name = list_key(&key, &staged->stage);
    size_t count = 3 * patch->count;
    struct bytes *arguments = malloc((2 + count) * sizeof *arguments);
    if (arguments == NULL) {
        return error_set(error, ERROR_MEMORY, "pushing state");
    }
    arguments[0] = redis_text("RPUSH");
    arguments[1] = name;
    memcpy(arguments + 2, patch->more + 1, count * sizeof *arguments);
    const struct bytes expire[3] = {redis_text("EXPIRE"), name, redis_text(STAGED_SECONDS)};
    struct redis_link *link = staged->stage.session->link;
    bool done = redis_link_send(link, 2 + count, arguments, error) &&
                redis_link_send(link, 3, expire, error);
    free(arguments);
    staged->stage.on_their_way += 2;
    staged->parts += patch->count;
    patch->count = 0;
    patch->length = 0;
    return done && await_replies(&staged->stage, REDIS_WINDOW - 1, error);
}

static bool stage_part(struct staged_patch *staged, const struct part *part, struct error *error) {
    if (part->bytes.length == STATE_CHUNK) {
        return stage_chunk(&staged->stage, part->chunk, part->bytes, error) &&
               note_whole(staged, part->chunk, error);
    }
    if (!patch_has_room(staged->patch) && !stage_parts(staged, error)) {
        return false;
    }
    add_to_patch(staged->patch, part);
    return true;
}

// The bytes of many parts of a chunk, and a mask that is 0 where they lie and 255 elsewhere.
static bool stage_masked(struct staged_patch *staged, struct walk *walk, size_t count,
                         struct error *error) {
    if (staged->buffers == NULL) {
        staged->buffers = malloc((size_t)MASKED_BUFFERS * 2 * STATE_CHUNK);
    }
    if (staged->buffers == NULL) {
        return error_set(error, ERROR_MEMORY, "pushing state");
    }
    size_t number = staged->masked.count % MASKED_BUFFERS;
    if (number == 0 && !await_replies(&staged->stage, 0, error)) {
        return false;
    }
    uint8_t *data = staged->buffers + number * 2 * STATE_CHUNK, *mask = data + STATE_CHUNK;
    memset(data, 0, STATE_CHUNK);
    memset(mask, 255, STATE_CHUNK);
    struct part part = {0};
    for (size_t i = 0; i < count && next_part(walk, &part); i++) {
        memcpy(data + part.inside, part.bytes.data, part.bytes.length);
        memset(mask + part.inside, 0, part.bytes.length);
    }
    char masks[REDIS_UNIQUE + 1];
    snprintf(masks, sizeof masks, "%sm", staged->stage.id);
    return stage_chunk(&staged->stage, part.chunk, (struct bytes){data, STATE_CHUNK}, error) &&
           stage_bytes(&staged->stage, masks, part.chunk, (struct bytes){mask, STATE_CHUNK},
                       error) &&
           add_number(&staged->masked, part.chunk, error);
}

static size_t parts_of_next_chunk(struct walk walk) {
    struct part part;
    size_t count = 0;
    for (uint64_t chunk = 0; next_part(&walk, &part); count++) {
        if (count > 0 && part.chunk != chunk) {
            break;
        }
        chunk = part.chunk;
    }
    return count;
}

static bool stage_all(struct staged_patch *staged, const struct state_write *write,
                      struct error *error) {
    struct walk walk = {.write = write};
    size_t count;
    while ((count = parts_of_next_chunk(walk)) > 0) {
        struct part part;
        if (count > SINGLE_PARTS) {
            if (!stage_masked(staged, &walk, count, error)) {
                return false;
            }
            continue;
        }
        for (; count > 0 && next_part(&walk, &part); count--) {
            if (!stage_part(staged, &part, error)) {
                return false;
            }
        }
    }
    return stage_parts(staged, error) && await_replies(&staged->stage, 0, error);
}

static bool apply_staged(struct redis_session *session, struct writing *writing,
                         const struct staged_patch *staged, struct error *error) {
    const struct numbers *runs = &staged->runs, *masked = &staged->masked;
    struct bytes *more = malloc((4 + runs->count + masked->count) * sizeof *more);
    if (more == NULL) {
        return error_set(error, ERROR_MEMORY, "pushing state");
    }
    const uint64_t values[4] = {writing->write->bytes, 0, 3 * staged->parts, runs->count};
    char texts[4][24];
    for (int i = 0; i < 4; i++) {
        snprintf(texts[i], sizeof texts[i], "%" PRIu64, values[i]);
        more[i] = redis_text(texts[i]);
    }
    more[1] = redis_text(staged->stage.id);
    for (size_t i = 0; i < runs->count; i++) {
        more[4 + i] = redis_text(runs->texts[i]);
    }
    for (size_t i = 0; i < masked->count; i++) {
        more[4 + runs->count + i] = redis_text(masked->texts[i]);
    }
    bool done =
        run_writing(session, writing, REDIS_APPLY, more, 4 + runs->count + masked->count, error);
    free(more);
    return done;
}

static bool patch_in_stages(struct redis_session *session, struct writing *writing,
                            struct patch *patch, struct error *error) {
    struct staged_patch staged = {.patch = patch};
    patch->count = 0;
    patch->length = 0;
    bool done = begin_stage(&staged.stage, session, writing->write->bytes / STATE_CHUNK, error) &&
                stage_all(&staged, writing->write, error) &&
                apply_staged(session, writing, &staged, error);
    free(staged.runs.texts);
    free(staged.masked.texts);
    free(staged.buffers);
    return done;
}

static bool patch_value(struct redis_session *session, struct writing *writing,
                        struct error *error) {
    struct patch *patch = malloc(sizeof *patch);
    if (patch == NULL) {
        return error_set(error, ERROR_MEMORY, "pushing state");
    }
    patch->count = 0;
    patch->length = 0;
    char bytes[24];
    snprintf(bytes, sizeof bytes, "%" PRIu64, writing->write->bytes);
    patch->more[0] = redis_text(bytes);
    bool done =
        fill_patch(patch, writing->write)
            ? run_writing(session, writing, REDIS_PATCH, patch->more, 1 + 3 * patch->count, error)
            : patch_in_stages(session, writing, patch, error);
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
