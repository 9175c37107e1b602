#include "base/database.h"

#include <errno.h>
#include <inttypes.h>
#include <stdint.h>
#include <sys/stat.h>

enum { MAX_READERS = 1024 };

bool database_failed(struct error *error, int number, const char *what) {
    switch (number) {
    case MDB_NOTFOUND:
        return error_set(error, ERROR_NOT_FOUND, "%s: not found", what);
    case MDB_MAP_FULL:
    case MDB_TXN_FULL:
        return error_set(error, ERROR_UNAVAILABLE, "%s: the database is full", what);
    case MDB_READERS_FULL:
        return error_set(error, ERROR_BUSY, "%s: too many readers of the database", what);
    case MDB_INVALID:
    case MDB_VERSION_MISMATCH:
    case MDB_CORRUPTED:
    case MDB_PAGE_NOTFOUND:
    case MDB_PANIC:
    case MDB_INCOMPATIBLE:
        return error_set(error, ERROR_IO, "%s: damaged, or not a database of Faasm: %s", what,
                         mdb_strerror(number));
    default:
        if (number > 0) {
            return error_set_errno(error, number, "%s", what);
        }
        return error_set(error, ERROR_INTERNAL, "%s: %s", what, mdb_strerror(number));
    }
}

// LMDB maps the file and trusts it: reading a page past its end would be a SIGBUS.
static bool check_length(MDB_env *environment, const char *path, struct error *error) {
    MDB_envinfo information;
    MDB_stat statistics;
    struct stat status;
    int number = mdb_env_info(environment, &information);
    if (number == 0) {
        number = mdb_env_stat(environment, &statistics);
    }
    if (number != 0) {
        return database_failed(error, number, path);
    }
    if (stat(path, &status) != 0) {
        return database_failed(error, ENOENT, path);
    }
    uint64_t needed = ((uint64_t)information.me_last_pgno + 1) * statistics.ms_psize;
    if ((uint64_t)status.st_size < needed) {
        return error_set(error, ERROR_IO, "%s: damaged: cut to %jd of at least %" PRIu64 " bytes",
                         path, (intmax_t)status.st_size, needed);
    }
    return true;
}

static int open_environment(MDB_env *environment, const char *path, size_t bytes,
                            unsigned databases) {
    int number = mdb_env_set_mapsize(environment, bytes);
    if (number == 0) {
        number = mdb_env_set_maxreaders(environment, MAX_READERS);
    }
    if (number == 0 && databases > 0) {
        number = mdb_env_set_maxdbs(environment, databases);
    }
    if (number == 0) {
        number = mdb_env_open(environment, path, MDB_NOSUBDIR | MDB_NOTLS, 0600);
    }
    return number;
}

MDB_env *database_open(const char *path, size_t bytes, unsigned databases, struct error *error) {
    MDB_env *environment;
    int number = mdb_env_create(&environment);
    if (number != 0) {
        database_failed(error, number, path);
        return NULL;
    }
    number = open_environment(environment, path, bytes, databases);
    if (number != 0) {
        database_failed(error, number, path);
    } else if (check_length(environment, path, error)) {
        return environment;
    }
    mdb_env_close(environment);
    return NULL;
}
