#include "base/database.h"
#include "store/driver.h"

#include <stdlib.h>
#include <string.h>

// Address space, not memory or disk: the file grows as it is filled.
#define MAP_BYTES ((size_t)1 << 30)

struct lmdb {
    MDB_env *environment;
    MDB_dbi database;
};

static bool lmdb_get(void *state, const char *key, struct buffer *value, struct error *error) {
    struct lmdb *lmdb = state;
    MDB_txn *transaction;
    int number = mdb_txn_begin(lmdb->environment, NULL, MDB_RDONLY, &transaction);
    if (number != 0) {
        return database_failed(error, number, key);
    }
    MDB_val name = {strlen(key), (void *)key};
    MDB_val found;
    number = mdb_get(transaction, lmdb->database, &name, &found);
    bool done = number == 0 ? buffer_assign(value, found.mv_data, found.mv_size, error)
                            : database_failed(error, number, key);
    mdb_txn_abort(transaction);
    return done;
}

static int make_change(struct lmdb *lmdb, MDB_txn *transaction, const struct store_change *change) {
    MDB_val key = {strlen(change->key), (void *)change->key};
    if (change->remove) {
        int number = mdb_del(transaction, lmdb->database, &key, NULL);
        return number == MDB_NOTFOUND ? 0 : number;
    }
    MDB_val value = {change->value.length, (void *)change->value.data};
    return mdb_put(transaction, lmdb->database, &key, &value, 0);
}

// Whether the guard holds: MDB_NOTFOUND where it does not.
static int check_guard(struct lmdb *lmdb, MDB_txn *transaction, const struct store_change *change) {
    MDB_val key = {strlen(change->key), (void *)change->key};
    MDB_val there = {0, NULL};
    int number = change->guarded ? mdb_get(transaction, lmdb->database, &key, &there) : 0;
    if (!change->guarded || (number != 0 && number != MDB_NOTFOUND)) {
        return number;
    }
    return there.mv_size == change->before.length &&
                   (there.mv_size == 0 ||
                    memcmp(there.mv_data, change->before.data, there.mv_size) == 0)
               ? 0
               : MDB_NOTFOUND;
}

static bool lmdb_apply(void *state, const struct store_change *changes, size_t count,
                       struct error *error) {
    struct lmdb *lmdb = state;
    MDB_txn *transaction;
    int number = mdb_txn_begin(lmdb->environment, NULL, 0, &transaction);
    if (number != 0) {
        return database_failed(error, number, "names");
    }
    for (size_t i = 0; i < count; i++) {
        number = check_guard(lmdb, transaction, &changes[i]);
        if (number != 0) {
            mdb_txn_abort(transaction);
            return number == MDB_NOTFOUND
                       ? error_set(error, ERROR_BUSY, "%s: it has changed", changes[i].key)
                       : database_failed(error, number, changes[i].key);
        }
        number = make_change(lmdb, transaction, &changes[i]);
        if (number != 0) {
            mdb_txn_abort(transaction);
            return database_failed(error, number, changes[i].key);
        }
    }
    number = mdb_txn_commit(transaction); // frees the transaction either way
    return number == 0 || database_failed(error, number, "commit of names");
}

static int visit_keys(MDB_cursor *cursor, const char *prefix, const char *from,
                      bool (*visit)(void *context, const char *key, struct bytes value),
                      void *context) {
    size_t length = strlen(prefix);
    const char *begin = from != NULL && strcmp(from, prefix) > 0 ? from : prefix;
    MDB_val key = {strlen(begin), (void *)begin};
    MDB_val value;
    int number = mdb_cursor_get(cursor, &key, &value, key.mv_size == 0 ? MDB_FIRST : MDB_SET_RANGE);
    while (number == 0 && key.mv_size >= length && memcmp(key.mv_data, prefix, length) == 0) {
        char text[STORE_KEY_MAX + 1];
        if (key.mv_size <= STORE_KEY_MAX) {
            memcpy(text, key.mv_data, key.mv_size);
            text[key.mv_size] = '\0';
            if (!visit(context, text, (struct bytes){value.mv_data, value.mv_size})) {
                return 0;
            }
        }
        number = mdb_cursor_get(cursor, &key, &value, MDB_NEXT);
    }
    return number == MDB_NOTFOUND ? 0 : number;
}

static bool lmdb_iterate(void *state, const char *prefix, const char *from,
                         bool (*visit)(void *context, const char *key, struct bytes value),
                         void *context, struct error *error) {
    struct lmdb *lmdb = state;
    MDB_txn *transaction;
    int number = mdb_txn_begin(lmdb->environment, NULL, MDB_RDONLY, &transaction);
    if (number != 0) {
        return database_failed(error, number, "names");
    }
    MDB_cursor *cursor;
    number = mdb_cursor_open(transaction, lmdb->database, &cursor);
    if (number == 0) {
        number = visit_keys(cursor, prefix, from, visit, context);
        mdb_cursor_close(cursor);
    }
    mdb_txn_abort(transaction);
    return number == 0 || database_failed(error, number, "names");
}

static void lmdb_close(void *state) {
    struct lmdb *lmdb = state;
    mdb_env_close(lmdb->environment);
    free(lmdb);
}

static int open_database(struct lmdb *lmdb) {
    MDB_txn *transaction;
    int number = mdb_txn_begin(lmdb->environment, NULL, 0, &transaction);
    if (number != 0) {
        return number;
    }
    number = mdb_dbi_open(transaction, NULL, 0, &lmdb->database);
    if (number != 0) {
        mdb_txn_abort(transaction);
        return number;
    }
    return mdb_txn_commit(transaction);
}

bool store_lmdb_open(const char *path, struct store_driver *driver, struct error *error) {
    struct lmdb *lmdb = calloc(1, sizeof *lmdb);
    if (lmdb == NULL) {
        return error_set(error, ERROR_MEMORY, "database of names");
    }
    lmdb->environment = database_open(path, MAP_BYTES, 0, error);
    if (lmdb->environment == NULL) {
        free(lmdb);
        return false;
    }
    int number = open_database(lmdb);
    if (number != 0) {
        lmdb_close(lmdb);
        return database_failed(error, number, path);
    }
    *driver = (struct store_driver){
        .state = lmdb,
        .get = lmdb_get,
        .apply = lmdb_apply,
        .iterate = lmdb_iterate,
        .close = lmdb_close,
    };
    return true;
}
