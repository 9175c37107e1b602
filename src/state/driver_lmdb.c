// The global tier in LMDB.
//
//   names     user, NUL, key -> struct record and the key (a key longer than LMDB's are is cut and
//             followed by its digest)
//   chunks    id and number, big-endian -> up to STATE_CHUNK bytes; what is missing is zeros
//   elements  id and number, big-endian -> an appended element
//   users     user -> struct state_usage
//   counters  "next" -> the last id or version that was given out
//
// A change is one transaction, on disk when it returns.
#include "base/database.h"
#include "state/driver.h"
#include "state/lease_table.h"

#include <endian.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

// Address space, not memory or disk: the file grows as it is filled.
#define MAP_BYTES ((size_t)64 << 30)

enum {
    PLAIN_KEY = 400, // bytes of a key that names keep as they are
    DIGEST = 32,
    NAME_KEY_MAX = STATE_USER_MAX + 1 + PLAIN_KEY + DIGEST,
};

struct record {
    uint64_t id;
    uint64_t bytes;
    uint64_t version; // 0: there are no bytes
    uint64_t elements;
    uint64_t element_bytes;
};

struct item_key { // of chunks and elements
    uint64_t id;
    uint64_t number;
};

enum database { NAMES, CHUNKS, ELEMENTS, USERS, COUNTERS, DATABASES };
static const char *const database_names[DATABASES] = {
    [NAMES] = "names", [CHUNKS] = "chunks",     [ELEMENTS] = "elements",
    [USERS] = "users", [COUNTERS] = "counters",
};

struct lmdb {
    MDB_env *environment;
    MDB_dbi databases[DATABASES];
    struct lease_table *leases;
};

// ---- Transactions -------------------------------------------------------------------------------

// One transaction about one name.
struct session {
    struct lmdb *lmdb;
    MDB_txn *transaction;
    const struct state_name *name;
    MDB_val key; // of the name, in key_bytes
    char key_bytes[NAME_KEY_MAX];
    struct record record, before;
    struct error *error;
};

static bool failed(const struct session *session, int number) {
    char label[STATE_LABEL_MAX];
    return database_failed(session->error, number, state_label(session->name, label));
}

static size_t name_key(const char *user, struct bytes key, char bytes[NAME_KEY_MAX]) {
    size_t length = strlen(user) + 1;
    size_t plain = key.length < PLAIN_KEY ? key.length : PLAIN_KEY;
    memcpy(bytes, user, length);
    if (plain > 0) {
        memcpy(bytes + length, key.data, plain);
    }
    length += plain;
    if (key.length > plain) {
        crypto_generichash((uint8_t *)bytes + length, DIGEST, key.data, key.length, NULL, 0);
        length += DIGEST;
    }
    return length;
}

static bool read_record(MDB_val found, struct record *record) {
    bool whole = found.mv_size >= sizeof *record;
    if (whole) {
        memcpy(record, found.mv_data, sizeof *record);
    }
    return whole;
}

// Begins; the record is all zeros where there is none.
static bool begin(struct session *session, struct lmdb *lmdb, const struct state_name *name,
                  unsigned flags, struct error *error) {
    *session = (struct session){.lmdb = lmdb, .name = name, .error = error};
    session->key =
        (MDB_val){name_key(name->user, name->key, session->key_bytes), session->key_bytes};
    int number = mdb_txn_begin(lmdb->environment, NULL, flags, &session->transaction);
    if (number != 0) {
        return failed(session, number);
    }
    MDB_val found;
    number = mdb_get(session->transaction, lmdb->databases[NAMES], &session->key, &found);
    if (number == 0 && !read_record(found, &session->record)) {
        number = MDB_CORRUPTED;
    }
    if (number != 0 && number != MDB_NOTFOUND) {
        mdb_txn_abort(session->transaction);
        return failed(session, number);
    }
    session->before = session->record;
    return true;
}

static bool next_number(struct session *session, uint64_t *next) {
    MDB_val key = {4, (void *)"next"};
    MDB_val value;
    *next = 0;
    MDB_dbi counters = session->lmdb->databases[COUNTERS];
    int number = mdb_get(session->transaction, counters, &key, &value);
    if (number == 0 && value.mv_size == sizeof *next) {
        memcpy(next, value.mv_data, sizeof *next);
    }
    if (number == 0 || number == MDB_NOTFOUND) {
        ++*next;
        value = (MDB_val){sizeof *next, next};
        number = mdb_put(session->transaction, counters, &key, &value, 0);
    }
    return number == 0 || failed(session, number);
}

static bool exists(const struct record *record) {
    return record->version != 0 || record->elements != 0;
}

static uint64_t size_of(const struct record *record) {
    return record->bytes + record->element_bytes;
}

static bool read_usage(struct session *session, struct state_usage *usage) {
    MDB_val key = {strlen(session->name->user), (void *)session->name->user};
    MDB_val value;
    *usage = (struct state_usage){0};
    int number = mdb_get(session->transaction, session->lmdb->databases[USERS], &key, &value);
    if (number == 0 && value.mv_size == sizeof *usage) {
        memcpy(usage, value.mv_data, sizeof *usage);
    }
    return number == 0 || number == MDB_NOTFOUND || failed(session, number);
}

// Counts what the record has become for the user, within the limits where it has grown.
static bool account(struct session *session, const struct state_limits *limits) {
    struct state_usage usage;
    if (!read_usage(session, &usage)) {
        return false;
    }
    uint64_t before = size_of(&session->before);
    uint64_t now = size_of(&session->record);
    bool new = exists(&session->record) && !exists(&session->before);
    usage.bytes = usage.bytes - before + now;
    usage.keys = usage.keys + exists(&session->record) - exists(&session->before);
    if (limits != NULL && limits->bytes != 0 && now > before && usage.bytes > limits->bytes) {
        return error_set(session->error, ERROR_TOO_LARGE,
                         "state of user %s: %llu bytes, the limit is %llu", session->name->user,
                         (unsigned long long)usage.bytes, (unsigned long long)limits->bytes);
    }
    if (limits != NULL && limits->keys != 0 && new &&usage.keys > limits->keys) {
        return error_set(session->error, ERROR_TOO_LARGE,
                         "state of user %s: %llu keys, the limit is %llu", session->name->user,
                         (unsigned long long)usage.keys, (unsigned long long)limits->keys);
    }
    MDB_val key = {strlen(session->name->user), (void *)session->name->user};
    MDB_val value = {sizeof usage, &usage};
    int number = mdb_put(session->transaction, session->lmdb->databases[USERS], &key, &value, 0);
    return number == 0 || failed(session, number);
}

static bool put_record(struct session *session) {
    MDB_dbi names = session->lmdb->databases[NAMES];
    if (!exists(&session->record)) {
        int number = mdb_del(session->transaction, names, &session->key, NULL);
        return number == 0 || number == MDB_NOTFOUND || failed(session, number);
    }
    MDB_val value = {sizeof session->record + session->name->key.length, NULL};
    int number = mdb_put(session->transaction, names, &session->key, &value, MDB_RESERVE);
    if (number != 0) {
        return failed(session, number);
    }
    memcpy(value.mv_data, &session->record, sizeof session->record);
    memcpy((char *)value.mv_data + sizeof session->record, session->name->key.data,
           session->name->key.length);
    return true;
}

static void abandon(struct session *session) {
    mdb_txn_abort(session->transaction);
}

// Writes record and usage, and commits; otherwise aborts.
static bool commit(struct session *session, const struct state_limits *limits) {
    if (!account(session, limits) || !put_record(session)) {
        abandon(session);
        return false;
    }
    int number = mdb_txn_commit(session->transaction); // frees the transaction either way
    return number == 0 || failed(session, number);
}

// ---- Chunks and elements ------------------------------------------------------------------------

static struct item_key item_key(uint64_t id, uint64_t number) {
    return (struct item_key){htobe64(id), htobe64(number)};
}

// A chunk as it is kept; of length 0 where there is none.
static bool get_chunk(struct session *session, uint64_t number, struct bytes *chunk) {
    struct item_key item = item_key(session->record.id, number);
    MDB_val key = {sizeof item, &item};
    MDB_val value = {0};
    int result = mdb_get(session->transaction, session->lmdb->databases[CHUNKS], &key, &value);
    *chunk = (struct bytes){0};
    if (result == 0 && value.mv_size <= STATE_CHUNK) {
        *chunk = (struct bytes){value.mv_data, value.mv_size};
    }
    return result == 0 || result == MDB_NOTFOUND || failed(session, result);
}

static bool put_chunk(struct session *session, uint64_t number, struct bytes chunk) {
    struct item_key item = item_key(session->record.id, number);
    MDB_val key = {sizeof item, &item};
    MDB_val value = {chunk.length, (void *)chunk.data};
    int result = mdb_put(session->transaction, session->lmdb->databases[CHUNKS], &key, &value, 0);
    return result == 0 || failed(session, result);
}

// Removes all items of the record from a database.
static bool drop_items(struct session *session, enum database database) {
    MDB_cursor *cursor;
    int number = mdb_cursor_open(session->transaction, session->lmdb->databases[database], &cursor);
    if (number != 0) {
        return failed(session, number);
    }
    struct item_key item = item_key(session->record.id, 0);
    MDB_val key = {sizeof item, &item};
    MDB_val value;
    number = mdb_cursor_get(cursor, &key, &value, MDB_SET_RANGE);
    while (number == 0 && key.mv_size == sizeof item &&
           memcmp(key.mv_data, &item.id, sizeof item.id) == 0) {
        number = mdb_cursor_del(cursor, 0);
        if (number == 0) {
            number = mdb_cursor_get(cursor, &key, &value, MDB_NEXT);
        }
    }
    mdb_cursor_close(cursor);
    return number == 0 || number == MDB_NOTFOUND || failed(session, number);
}

// ---- Reading ------------------------------------------------------------------------------------

static bool lmdb_find(void *state, const struct state_name *name, struct state_facts *facts,
                      struct error *error) {
    struct session session;
    if (!begin(&session, state, name, MDB_RDONLY, error)) {
        return false;
    }
    abandon(&session);
    if (session.record.version == 0) {
        return failed(&session, MDB_NOTFOUND);
    }
    *facts = (struct state_facts){session.record.bytes, session.record.version};
    return true;
}

static bool read_span(struct session *session, const struct state_span *span) {
    uint64_t done = 0;
    while (done < span->length) {
        uint64_t at = span->offset + done;
        uint64_t inside = at % STATE_CHUNK;
        uint64_t count = STATE_CHUNK - inside;
        count = count < span->length - done ? count : span->length - done;
        struct bytes chunk = {0};
        if (session->record.version != 0 && at < session->record.bytes &&
            !get_chunk(session, at / STATE_CHUNK, &chunk)) {
            return false;
        }
        uint64_t there = chunk.length > inside ? chunk.length - inside : 0;
        there = there < count ? there : count;
        if (there > 0) {
            memcpy(span->to + done, chunk.data + inside, there);
        }
        memset(span->to + done + there, 0, count - there);
        done += count;
    }
    return true;
}

static bool lmdb_read(void *state, const struct state_name *name, const struct state_span *spans,
                      size_t count, struct error *error) {
    struct session session;
    if (!begin(&session, state, name, MDB_RDONLY, error)) {
        return false;
    }
    bool done = true;
    for (size_t i = 0; i < count && done; i++) {
        done = read_span(&session, &spans[i]);
    }
    abandon(&session);
    return done;
}

// ---- Writing ------------------------------------------------------------------------------------

// Goes through the pieces, which are in order, chunk by chunk.
struct chunk_writer {
    struct session *session;
    uint8_t *chunk; // STATE_CHUNK bytes
    uint64_t number;
    uint64_t length; // of the chunk; 0: none is open
};

static bool close_chunk(struct chunk_writer *writer) {
    bool done = writer->length == 0 || put_chunk(writer->session, writer->number,
                                                 (struct bytes){writer->chunk, writer->length});
    writer->length = 0;
    return done;
}

static bool open_chunk(struct chunk_writer *writer, uint64_t number) {
    if (writer->length > 0 && writer->number == number) {
        return true;
    }
    struct bytes old;
    if (!close_chunk(writer) || !get_chunk(writer->session, number, &old)) {
        return false;
    }
    if (old.length > 0) {
        memcpy(writer->chunk, old.data, old.length);
    }
    memset(writer->chunk + old.length, 0, STATE_CHUNK - old.length);
    writer->number = number;
    writer->length = old.length;
    return true;
}

static bool write_part(struct chunk_writer *writer, uint64_t offset, const uint8_t *from,
                       uint64_t length) {
    if (length == STATE_CHUNK) {
        return close_chunk(writer) &&
               put_chunk(writer->session, offset / STATE_CHUNK, (struct bytes){from, length});
    }
    if (!open_chunk(writer, offset / STATE_CHUNK)) {
        return false;
    }
    uint64_t inside = offset % STATE_CHUNK;
    memcpy(writer->chunk + inside, from, length);
    writer->length = inside + length > writer->length ? inside + length : writer->length;
    return true;
}

static bool write_pieces(struct session *session, const struct state_write *write) {
    struct chunk_writer writer = {.session = session, .chunk = malloc(STATE_CHUNK)};
    if (writer.chunk == NULL) {
        return error_set(session->error, ERROR_MEMORY, "a chunk of state");
    }
    bool done = true;
    for (size_t i = 0; i < write->count && done; i++) {
        const struct state_piece *piece = &write->pieces[i];
        for (uint64_t at = 0; at < piece->bytes.length && done;) {
            uint64_t offset = piece->offset + at;
            uint64_t length = STATE_CHUNK - offset % STATE_CHUNK;
            length = length < piece->bytes.length - at ? length : piece->bytes.length - at;
            done = write_part(&writer, offset, piece->bytes.data + at, length);
            at += length;
        }
    }
    done = done && close_chunk(&writer);
    free(writer.chunk);
    return done;
}

static bool check_version(const struct session *session, uint64_t expected) {
    char label[STATE_LABEL_MAX];
    return expected == 0 || session->record.version == expected ||
           error_set(session->error, ERROR_CONFLICT, "%s has changed: version %llu, not %llu",
                     state_label(session->name, label), (unsigned long long)session->record.version,
                     (unsigned long long)expected);
}

// The id that a name has from its first bytes or element on.
static bool need_id(struct session *session) {
    return exists(&session->record) || next_number(session, &session->record.id);
}

static bool change_bytes(struct session *session, const struct state_write *write) {
    struct record *record = &session->record;
    if (!check_version(session, write->expected) || !need_id(session) ||
        !next_number(session, &record->version) ||
        (write->replace && !drop_items(session, CHUNKS))) {
        return false;
    }
    if (write->replace || write->bytes > record->bytes) {
        record->bytes = write->bytes;
    }
    return write_pieces(session, write);
}

static bool write_value(struct lmdb *lmdb, const struct state_name *name,
                        const struct state_write *write, struct state_facts *facts,
                        struct error *error) {
    struct session session;
    if (!begin(&session, lmdb, name, 0, error)) {
        return false;
    }
    if (!change_bytes(&session, write)) {
        abandon(&session);
        return false;
    }
    if (!commit(&session, &write->limits)) {
        return false;
    }
    if (facts != NULL) {
        *facts = (struct state_facts){session.record.bytes, session.record.version};
    }
    return true;
}

static bool lmdb_write(void *state, const struct state_name *name, const struct state_write *write,
                       struct state_facts *facts, struct error *error) {
    struct lmdb *lmdb = state;
    if (write->fence_owner == NULL) {
        return write_value(lmdb, name, write, facts, error);
    }
    if (!lease_table_hold(lmdb->leases, name, write->fence_owner, write->fence, error)) {
        return false;
    }
    bool done = write_value(lmdb, name, write, facts, error);
    lease_table_allow(lmdb->leases);
    return done;
}

static bool lmdb_remove(void *state, const struct state_name *name, uint64_t expected,
                        struct error *error) {
    struct session session;
    if (!begin(&session, state, name, 0, error)) {
        return false;
    }
    bool done = exists(&session.record) ? check_version(&session, expected)
                                        : failed(&session, MDB_NOTFOUND);
    if (!done || !drop_items(&session, CHUNKS) || !drop_items(&session, ELEMENTS)) {
        abandon(&session);
        return false;
    }
    session.record = (struct record){0};
    return commit(&session, NULL);
}

// ---- Appended elements --------------------------------------------------------------------------

static bool append_element(struct session *session, struct bytes element) {
    if (!need_id(session)) {
        return false;
    }
    struct item_key item = item_key(session->record.id, session->record.elements);
    MDB_val key = {sizeof item, &item};
    MDB_val value = {element.length, (void *)element.data};
    int number = mdb_put(session->transaction, session->lmdb->databases[ELEMENTS], &key, &value, 0);
    session->record.elements++;
    session->record.element_bytes += element.length;
    return number == 0 || failed(session, number);
}

static bool lmdb_append(void *state, const struct state_name *name, struct bytes element,
                        const struct state_limits *limits, struct error *error) {
    struct session session;
    if (!begin(&session, state, name, 0, error)) {
        return false;
    }
    if (!append_element(&session, element)) {
        abandon(&session);
        return false;
    }
    return commit(&session, limits);
}

static bool read_elements(struct session *session, size_t count, size_t most,
                          struct buffer *elements) {
    size_t begin_length = elements->length;
    for (uint64_t i = 0; i < session->record.elements && i < count; i++) {
        struct item_key item = item_key(session->record.id, i);
        MDB_val key = {sizeof item, &item};
        MDB_val value;
        int number =
            mdb_get(session->transaction, session->lmdb->databases[ELEMENTS], &key, &value);
        if (number != 0) {
            return failed(session, number);
        }
        if (value.mv_size > most - (elements->length - begin_length)) {
            char label[STATE_LABEL_MAX];
            return error_set(session->error, ERROR_TOO_LARGE,
                             "%s: the first %zu appended elements are more than %zu bytes",
                             state_label(session->name, label), count, most);
        }
        if (!buffer_append(elements, value.mv_data, value.mv_size, session->error)) {
            return false;
        }
    }
    return true;
}

static bool lmdb_read_appended(void *state, const struct state_name *name, size_t count,
                               size_t most, struct buffer *elements, struct error *error) {
    struct session session;
    if (!begin(&session, state, name, MDB_RDONLY, error)) {
        return false;
    }
    bool done = read_elements(&session, count, most, elements);
    abandon(&session);
    return done;
}

static bool lmdb_clear_appended(void *state, const struct state_name *name, struct error *error) {
    struct session session;
    if (!begin(&session, state, name, 0, error)) {
        return false;
    }
    if (session.record.elements == 0) {
        abandon(&session);
        return true;
    }
    if (!drop_items(&session, ELEMENTS)) {
        abandon(&session);
        return false;
    }
    session.record.elements = 0;
    session.record.element_bytes = 0;
    return commit(&session, NULL);
}

// ---- Listing ------------------------------------------------------------------------------------

struct listing {
    const char *user;
    struct bytes prefix, after;
    bool (*visit)(void *context, struct bytes key, const struct state_facts *facts);
    void *context;
};

static bool begins_with(struct bytes key, struct bytes prefix) {
    return key.length >= prefix.length &&
           (prefix.length == 0 || memcmp(key.data, prefix.data, prefix.length) == 0);
}

// False when the visitor wants no more.
static bool visit_record(const struct listing *listing, MDB_val value) {
    struct record record;
    if (!read_record(value, &record)) {
        return true;
    }
    struct bytes key = {(uint8_t *)value.mv_data + sizeof record, value.mv_size - sizeof record};
    struct state_facts facts = {record.bytes, record.version};
    return !begins_with(key, listing->prefix) || listing->visit(listing->context, key, &facts);
}

static int visit_names(MDB_cursor *cursor, const struct listing *listing) {
    char first[NAME_KEY_MAX], user[NAME_KEY_MAX];
    struct bytes prefix = listing->prefix;
    prefix.length = prefix.length < PLAIN_KEY ? prefix.length : PLAIN_KEY;
    size_t prefix_length = name_key(listing->user, prefix, user);
    bool goes_on = listing->after.length > 0;
    MDB_val key = {goes_on ? name_key(listing->user, listing->after, first) : prefix_length,
                   goes_on ? first : user};
    MDB_val begin_key = key;
    MDB_val value;
    int number = mdb_cursor_get(cursor, &key, &value, MDB_SET_RANGE);
    if (number == 0 && goes_on && key.mv_size == begin_key.mv_size &&
        memcmp(key.mv_data, first, key.mv_size) == 0) {
        number = mdb_cursor_get(cursor, &key, &value, MDB_NEXT);
    }
    while (number == 0 && key.mv_size >= prefix_length &&
           memcmp(key.mv_data, user, prefix_length) == 0 && visit_record(listing, value)) {
        number = mdb_cursor_get(cursor, &key, &value, MDB_NEXT);
    }
    return number == MDB_NOTFOUND ? 0 : number;
}

static bool lmdb_list(void *state, const char *user, struct bytes prefix, struct bytes after,
                      bool (*visit)(void *context, struct bytes key,
                                    const struct state_facts *facts),
                      void *context, struct error *error) {
    struct lmdb *lmdb = state;
    const struct listing listing = {user, prefix, after, visit, context};
    MDB_txn *transaction;
    int number = mdb_txn_begin(lmdb->environment, NULL, MDB_RDONLY, &transaction);
    if (number != 0) {
        return database_failed(error, number, "state");
    }
    MDB_cursor *cursor;
    number = mdb_cursor_open(transaction, lmdb->databases[NAMES], &cursor);
    if (number == 0) {
        number = visit_names(cursor, &listing);
        mdb_cursor_close(cursor);
    }
    mdb_txn_abort(transaction);
    return number == 0 || database_failed(error, number, "state");
}

static bool lmdb_usage(void *state, const char *user, struct state_usage *usage,
                       struct error *error) {
    struct session session;
    const struct state_name name = {user, {(const uint8_t *)"?", 1}};
    if (!begin(&session, state, &name, MDB_RDONLY, error)) {
        return false;
    }
    bool done = read_usage(&session, usage);
    abandon(&session);
    return done;
}

// ---- Locks --------------------------------------------------------------------------------------

static bool lmdb_lock(void *state, const struct state_name *name,
                      const struct state_lock_request *request, enum state_lock_outcome *outcome,
                      uint64_t *token, struct error *error) {
    return lease_table_lock(((struct lmdb *)state)->leases, name, request, outcome, token, error);
}

static bool lmdb_renew(void *state, const struct state_name *name,
                       const struct state_lock_request *request, struct error *error) {
    return lease_table_renew(((struct lmdb *)state)->leases, name, request, error);
}

static bool lmdb_unlock(void *state, const struct state_name *name, const char *owner,
                        struct error *error) {
    return lease_table_unlock(((struct lmdb *)state)->leases, name, owner, error);
}

// ---- Opening ------------------------------------------------------------------------------------

static void lmdb_close(void *state) {
    struct lmdb *lmdb = state;
    if (lmdb->environment != NULL) {
        mdb_env_close(lmdb->environment);
    }
    lease_table_delete(lmdb->leases);
    free(lmdb);
}

static int open_databases(struct lmdb *lmdb) {
    MDB_txn *transaction;
    int number = mdb_txn_begin(lmdb->environment, NULL, 0, &transaction);
    if (number != 0) {
        return number;
    }
    for (int i = 0; i < DATABASES && number == 0; i++) {
        number = mdb_dbi_open(transaction, database_names[i], MDB_CREATE, &lmdb->databases[i]);
    }
    if (number != 0) {
        mdb_txn_abort(transaction);
        return number;
    }
    return mdb_txn_commit(transaction);
}

bool state_lmdb_open(const char *path, struct state_driver *driver, struct error *error) {
    struct lmdb *lmdb = calloc(1, sizeof *lmdb);
    if (lmdb == NULL || sodium_init() < 0) {
        free(lmdb);
        return error_set(error, ERROR_MEMORY, "database of state");
    }
    lmdb->environment = database_open(path, MAP_BYTES, DATABASES, error);
    lmdb->leases = lmdb->environment == NULL ? NULL : lease_table_new(error);
    if (lmdb->leases == NULL) {
        lmdb_close(lmdb);
        return false;
    }
    int number = open_databases(lmdb);
    if (number != 0) {
        lmdb_close(lmdb);
        return database_failed(error, number, path);
    }
    *driver = (struct state_driver){
        .state = lmdb,
        .kind = "lmdb",
        .find = lmdb_find,
        .read = lmdb_read,
        .write = lmdb_write,
        .remove = lmdb_remove,
        .append = lmdb_append,
        .read_appended = lmdb_read_appended,
        .clear_appended = lmdb_clear_appended,
        .list = lmdb_list,
        .usage = lmdb_usage,
        .lock = lmdb_lock,
        .renew = lmdb_renew,
        .unlock = lmdb_unlock,
        .close = lmdb_close,
    };
    return true;
}
