// Contents: pieces that are sent before they have a name, and fetched by range.
#include "base/clock.h"
#include "store/redis/private.h"
#include "store/store.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SEND_LEASE 900000000000ull // of contents on their way

enum { WINDOW = 4, GENERATION_MAX = 40 };

struct piece_key {
    char text[GENERATION_MAX + 48];
};

static struct bytes piece_key(struct piece_key *key, const char *generation, uint64_t number) {
    // cppcheck-suppress ctuuninitvar ; it is filled here
    int length = snprintf(key->text, sizeof key->text, "faasm:fp:%s:%" PRIu64, generation, number);
    return (struct bytes){(const uint8_t *)key->text, (size_t)length};
}

static uint64_t piece_count(uint64_t bytes) {
    return (bytes + FILES_PIECE - 1) / FILES_PIECE;
}

static size_t piece_length(uint64_t bytes, uint64_t number) {
    uint64_t rest = bytes - number * FILES_PIECE;
    return rest < FILES_PIECE ? (size_t)rest : FILES_PIECE;
}

// ---- Scripts ------------------------------------------------------------------------------------

struct opening {
    enum files_script script;
    const char *digest, *owner;
    uint64_t lease, bytes;
    redisReply *reply;
};

static bool run_script(struct redis_session *session, void *context, struct error *error) {
    struct opening *opening = context;
    struct files_number lease, bytes;
    char label[64];
    const struct bytes arguments[5] = {
        redis_text("0"), redis_text(opening->digest), redis_text(opening->owner),
        files_number(&lease, opening->lease / 1000000), files_number(&bytes, opening->bytes)};
    snprintf(label, sizeof label, "contents %.16s…", opening->digest);
    opening->reply = redis_send_script(session, opening->script, 5, arguments, error)
                         ? redis_script_reply(session, label, error)
                         : NULL;
    return opening->reply != NULL;
}

static void close_lease(const struct files_redis *files, const char *digest, const char *owner) {
    struct opening closing = {.script = FILES_CLOSE, .digest = digest, .owner = owner};
    struct error ignored; // it expires
    if (redis_run_at_once(files->redis, NULL, run_script, &closing, &ignored)) {
        freeReplyObject(closing.reply);
    }
}

// ---- Sending ------------------------------------------------------------------------------------

struct sending {
    const struct file_upload *upload;
    uint8_t *room; // of WINDOW pieces
    uint64_t next, renewed_at;
    uint64_t first; // of a window
    unsigned count;
};

static bool read_piece(const struct sending *sending, uint64_t number, uint8_t *to,
                       struct error *error) {
    size_t length = piece_length(sending->upload->size, number);
    for (size_t done = 0; done < length;) {
        ssize_t got = pread(sending->upload->fd, to + done, length - done,
                            (off_t)(number * FILES_PIECE + done));
        if (got == 0) {
            return error_set(error, ERROR_IO, "%s: cut short", sending->upload->path);
        }
        if (got < 0 && errno != EINTR) {
            return error_set_errno(error, errno, "%s", sending->upload->path);
        }
        done += got > 0 ? (size_t)got : 0;
    }
    return true;
}

static bool send_window(struct redis_session *session, void *context, struct error *error) {
    const struct sending *sending = context;
    struct files_number lease;
    const struct bytes milliseconds = files_number(&lease, SEND_LEASE / 1000000);
    for (unsigned i = 0; i < sending->count; i++) {
        struct piece_key key;
        uint64_t number = sending->first + i;
        const struct bytes piece = {sending->room + (size_t)i * FILES_PIECE,
                                    piece_length(sending->upload->size, number)};
        const struct bytes arguments[5] = {redis_text("SET"),
                                           piece_key(&key, sending->upload->id, number), piece,
                                           redis_text("PX"), milliseconds};
        if (!redis_link_send(session->link, 5, arguments, error)) {
            return false;
        }
    }
    bool done = true;
    for (unsigned i = 0; i < sending->count && done; i++) {
        done = redis_expect(session, error);
    }
    return done;
}

// What was sent long ago must not expire while the rest is sent; or, with a time of 0, goes.
struct expiring {
    const struct file_upload *upload;
    uint64_t count, milliseconds;
};

static bool expire_pieces(struct redis_session *session, void *context, struct error *error) {
    const struct expiring *expiring = context;
    struct files_number number;
    const struct bytes milliseconds = files_number(&number, expiring->milliseconds);
    bool done = true;
    for (uint64_t first = 0; first < expiring->count && done; first += 1000) {
        uint64_t end = first + 1000 < expiring->count ? first + 1000 : expiring->count;
        for (uint64_t i = first; i < end && done; i++) {
            struct piece_key key;
            const struct bytes arguments[3] = {
                redis_text("PEXPIRE"), piece_key(&key, expiring->upload->id, i), milliseconds};
            done = redis_link_send(session->link, 3, arguments, error);
        }
        for (uint64_t i = first; i < end && done; i++) {
            done = redis_expect(session, error);
        }
    }
    return done;
}

static bool keep_sent(const struct files_redis *files, struct sending *sending,
                      struct error *error) {
    uint64_t now = clock_monotonic();
    if (now - sending->renewed_at < SEND_LEASE / 3) {
        return true;
    }
    struct expiring expiring = {sending->upload, sending->first, SEND_LEASE / 1000000};
    sending->renewed_at = now;
    return redis_run(files->redis, NULL, expire_pieces, &expiring, error);
}

static bool send_pieces(const struct files_redis *files, struct sending *sending,
                        struct error *error) {
    uint64_t count = piece_count(sending->upload->size);
    for (sending->first = 0; sending->first < count; sending->first += sending->count) {
        uint64_t rest = count - sending->first;
        sending->count = rest < WINDOW ? (unsigned)rest : WINDOW;
        for (unsigned i = 0; i < sending->count; i++) {
            if (!read_piece(sending, sending->first + i, sending->room + (size_t)i * FILES_PIECE,
                            error)) {
                return false;
            }
        }
        if (!redis_run(files->redis, NULL, send_window, sending, error) ||
            !keep_sent(files, sending, error)) {
            return false;
        }
    }
    return true;
}

static bool send_all(const struct files_redis *files, const struct file_upload *upload,
                     struct error *error) {
    uint64_t count = piece_count(upload->size);
    struct sending sending = {.upload = upload, .renewed_at = clock_monotonic()};
    size_t room = count < WINDOW ? (size_t)count * FILES_PIECE : (size_t)WINDOW * FILES_PIECE;
    sending.room = malloc(upload->size < room ? (size_t)upload->size : room);
    bool done = sending.room != NULL ? send_pieces(files, &sending, error)
                                     : error_set(error, ERROR_MEMORY, "contents of a file");
    free(sending.room);
    if (!done) {
        struct error ignored; // they expire
        struct expiring dropping = {upload, count, 0};
        redis_run_at_once(files->redis, NULL, expire_pieces, &dropping, &ignored);
    }
    return done;
}

// Whether the contents are there, and open.
static bool place(const struct files_redis *files, const struct file_upload *upload, bool *there,
                  struct error *error) {
    struct opening opening = {.script = FILES_PLACE,
                              .digest = upload->digest,
                              .owner = upload->id,
                              .lease = SEND_LEASE,
                              .bytes = upload->size};
    if (!redis_run(files->redis, NULL, run_script, &opening, error)) {
        return false;
    }
    *there = strcmp(redis_item(opening.reply, 1), "there") == 0;
    freeReplyObject(opening.reply);
    return true;
}

static bool prepare(const struct files_redis *files, const struct file_upload *upload,
                    struct error *error) {
    bool there;
    if (!place(files, upload, &there, error)) {
        return false;
    }
    if (there) {
        return true;
    }
    return send_all(files, upload, error) && place(files, upload, &there, error) &&
           (there || error_set(error, ERROR_UNAVAILABLE,
                               "Redis dropped contents before they were complete"));
}

bool files_prepare(void *state, const struct file_upload *upload, struct error *error) {
    return prepare(state, upload, error) || files_failed(error);
}

void files_finish(void *state, const struct file_upload *upload) {
    close_lease(state, upload->digest, upload->id);
}

// ---- Reading ------------------------------------------------------------------------------------

struct contents {
    const struct files_redis *files;
    char digest[STORE_DIGEST_LENGTH + 1];
    char owner[REDIS_UNIQUE];
    char generation[GENERATION_MAX];
    uint64_t size, opened_at; // opened_at: clock_monotonic(), last
};

static bool extend(struct contents *contents, struct error *error) {
    struct opening opening = {.script = FILES_OPEN,
                              .digest = contents->digest,
                              .owner = contents->owner,
                              .lease = contents->files->lease};
    contents->opened_at = clock_monotonic();
    if (!redis_run(contents->files->redis, NULL, run_script, &opening, error)) {
        return false;
    }
    const char *generation = redis_item(opening.reply, 1);
    bool sound = redis_number(redis_item(opening.reply, 2)) == contents->size &&
                 strlen(generation) < sizeof contents->generation;
    if (sound) {
        snprintf(contents->generation, sizeof contents->generation, "%s", generation);
    }
    freeReplyObject(opening.reply);
    return sound ||
           error_set(error, ERROR_IO, "contents %s: damaged in the store", contents->digest);
}

void *files_open(void *state, const char *digest, uint64_t size, struct error *error) {
    struct contents *contents = calloc(1, sizeof *contents);
    if (contents == NULL) {
        error_set(error, ERROR_MEMORY, "contents of a file");
        return NULL;
    }
    contents->files = state;
    contents->size = size;
    snprintf(contents->digest, sizeof contents->digest, "%s", digest);
    redis_unique(contents->owner);
    if (!extend(contents, error)) {
        free(contents);
        return NULL;
    }
    return contents;
}

void files_close_contents(void *state) {
    struct contents *contents = state;
    close_lease(contents->files, contents->digest, contents->owner);
    free(contents);
}

struct reading {
    const struct contents *contents;
    uint64_t offset, length;
    uint8_t *to;
};

// The part of a range that lies in the piece at an offset.
static size_t part_length(const struct reading *reading, uint64_t offset) {
    uint64_t rest = reading->offset + reading->length - offset;
    uint64_t in_piece = FILES_PIECE - offset % FILES_PIECE;
    return (size_t)(rest < in_piece ? rest : in_piece);
}

static bool ask_part(struct redis_session *session, const struct reading *reading, uint64_t offset,
                     struct error *error) {
    struct piece_key key;
    struct files_number first, last;
    uint64_t begin = offset % FILES_PIECE;
    const struct bytes arguments[4] = {
        redis_text("GETRANGE"),
        piece_key(&key, reading->contents->generation, offset / FILES_PIECE),
        files_number(&first, begin), files_number(&last, begin + part_length(reading, offset) - 1)};
    return redis_link_send(session->link, 4, arguments, error);
}

static bool take_part(struct redis_session *session, const struct reading *reading, uint64_t offset,
                      struct error *error) {
    size_t length = part_length(reading, offset);
    size_t got;
    return redis_link_bytes(session->link, reading->to + (offset - reading->offset), length, &got,
                            error) &&
           (got == length || error_set(error, ERROR_IO, "contents %s: missing in the store",
                                       reading->contents->digest));
}

static bool read_range(struct redis_session *session, void *context, struct error *error) {
    const struct reading *reading = context;
    uint64_t end = reading->offset + reading->length;
    bool done = true;
    for (uint64_t at = reading->offset; at < end && done; at += part_length(reading, at)) {
        done = ask_part(session, reading, at, error);
    }
    for (uint64_t at = reading->offset; at < end && done; at += part_length(reading, at)) {
        done = take_part(session, reading, at, error);
    }
    return done;
}

bool files_read(void *state, uint64_t offset, uint64_t length, uint8_t *to, struct error *error) {
    struct contents *contents = state;
    uint64_t age = clock_monotonic() - contents->opened_at;
    struct reading reading = {contents, offset, length, to};
    return (age < contents->files->lease / 3 || extend(contents, error)) &&
           redis_run(contents->files->redis, NULL, read_range, &reading, error);
}
