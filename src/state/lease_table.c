#include "state/lease_table.h"

#include "base/clock.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

// A holder, or one that waits.
struct lease {
    struct lease *next;
    char owner[STATE_OWNER_MAX + 1];
    bool exclusive;
    bool granted;
    uint64_t expires; // clock_monotonic()
    uint64_t token;
};

// In the order of arrival; holders come before those that wait.
struct leased_name {
    UT_hash_handle hh;
    struct lease *leases;
    size_t length;
    char key[]; // user, NUL, key
};

struct lease_table {
    pthread_mutex_t mutex;
    struct leased_name *names;
    uint64_t token;
};

enum { NAME_MAX_BYTES = STATE_USER_MAX + 1 + STATE_KEY_MAX };

struct lease_table *lease_table_new(struct error *error) {
    struct lease_table *table = calloc(1, sizeof *table);
    if (table == NULL) {
        error_set(error, ERROR_MEMORY, "locks of state");
        return NULL;
    }
    pthread_mutex_init(&table->mutex, NULL);
    return table;
}

static void drop_name(struct lease_table *table, struct leased_name *name) {
    HASH_DEL(table->names, name);
    while (name->leases != NULL) {
        struct lease *lease = name->leases;
        name->leases = lease->next;
        free(lease);
    }
    free(name);
}

void lease_table_delete(struct lease_table *table) {
    if (table == NULL) {
        return;
    }
    struct leased_name *name, *next;
    HASH_ITER(hh, table->names, name, next) {
        // The analyser loses track of the list that uthash keeps.
        // cppcheck-suppress uninitvar ; HASH_ITER sets it
        drop_name(table, name); // NOLINT(clang-analyzer-unix.Malloc)
    }
    pthread_mutex_destroy(&table->mutex);
    free(table);
}

static size_t join(const struct state_name *name, char key[NAME_MAX_BYTES]) {
    size_t length = strlen(name->user) + 1;
    memcpy(key, name->user, length);
    memcpy(key + length, name->key.data, name->key.length);
    return length + name->key.length;
}

// Without leases that have expired; NULL where none are left.
static struct leased_name *find_name(struct lease_table *table, const struct state_name *name) {
    char key[NAME_MAX_BYTES];
    size_t length = join(name, key);
    struct leased_name *found;
    HASH_FIND(hh, table->names, key, length, found);
    if (found == NULL) {
        return NULL;
    }
    uint64_t now = clock_monotonic();
    for (struct lease **link = &found->leases; *link != NULL;) {
        struct lease *lease = *link;
        if (lease->expires <= now) {
            *link = lease->next;
            free(lease);
        } else {
            link = &lease->next;
        }
    }
    if (found->leases == NULL) {
        drop_name(table, found);
        return NULL;
    }
    return found;
}

static struct leased_name *add_name(struct lease_table *table, const struct state_name *name) {
    char key[NAME_MAX_BYTES];
    size_t length = join(name, key);
    struct leased_name *added = calloc(1, sizeof *added + length);
    if (added != NULL) {
        memcpy(added->key, key, length);
        added->length = length;
        HASH_ADD_KEYPTR(hh, table->names, added->key, length, added);
    }
    return added;
}

static struct lease *find_lease(const struct leased_name *name, const char *owner) {
    struct lease *lease = name == NULL ? NULL : name->leases;
    while (lease != NULL && strcmp(lease->owner, owner) != 0) {
        lease = lease->next;
    }
    return lease;
}

// At the end of the queue.
static struct lease *add_lease(struct leased_name *name, const struct state_lock_request *request) {
    struct lease *lease = calloc(1, sizeof *lease);
    if (lease != NULL) {
        snprintf(lease->owner, sizeof lease->owner, "%s", request->owner);
        lease->exclusive = request->exclusive;
        struct lease **link = &name->leases;
        while (*link != NULL) {
            link = &(*link)->next;
        }
        *link = lease;
    }
    return lease;
}

// Nobody is before it whose lock excludes it: a shared one has shared ones before it only.
static bool may_have(const struct leased_name *name, const struct lease *lease) {
    for (const struct lease *other = name->leases; other != lease; other = other->next) {
        if (lease->exclusive || other->exclusive) {
            return false;
        }
    }
    return true;
}

bool lease_table_lock(struct lease_table *table, const struct state_name *name,
                      const struct state_lock_request *request, enum state_lock_outcome *outcome,
                      uint64_t *token, struct error *error) {
    pthread_mutex_lock(&table->mutex);
    struct leased_name *found = find_name(table, name);
    if (found == NULL) {
        found = add_name(table, name);
    }
    struct lease *lease = find_lease(found, request->owner);
    if (found != NULL && lease == NULL) {
        lease = add_lease(found, request);
    }
    if (lease != NULL) {
        lease->expires = clock_monotonic() + request->lease;
        if (!lease->granted && may_have(found, lease)) {
            lease->granted = true;
            lease->token = lease->exclusive ? ++table->token : table->token;
        }
        *outcome = lease->granted ? STATE_LOCK_GRANTED : STATE_LOCK_WAIT;
        *token = lease->token;
    } else if (found != NULL && found->leases == NULL) {
        drop_name(table, found);
    }
    pthread_mutex_unlock(&table->mutex);
    return lease != NULL || error_set(error, ERROR_MEMORY, "locks of state");
}

static bool lost(const struct state_name *name, struct error *error) {
    char label[STATE_LABEL_MAX];
    return error_set(error, ERROR_CONFLICT, "the global lock of %s was lost: its lease had expired",
                     state_label(name, label));
}

bool lease_table_renew(struct lease_table *table, const struct state_name *name,
                       const struct state_lock_request *request, struct error *error) {
    pthread_mutex_lock(&table->mutex);
    struct lease *lease = find_lease(find_name(table, name), request->owner);
    bool held = lease != NULL && lease->granted;
    if (held) {
        lease->expires = clock_monotonic() + request->lease;
    }
    pthread_mutex_unlock(&table->mutex);
    return held || lost(name, error);
}

bool lease_table_unlock(struct lease_table *table, const struct state_name *name, const char *owner,
                        struct error *error) {
    pthread_mutex_lock(&table->mutex);
    struct leased_name *found = find_name(table, name);
    struct lease *lease = find_lease(found, owner);
    if (lease != NULL) {
        struct lease **link = &found->leases;
        while (*link != lease) {
            link = &(*link)->next;
        }
        *link = lease->next;
        free(lease);
        if (found->leases == NULL) {
            drop_name(table, found);
        }
    }
    pthread_mutex_unlock(&table->mutex);
    return lease != NULL || lost(name, error);
}

bool lease_table_hold(struct lease_table *table, const struct state_name *name, const char *owner,
                      uint64_t token, struct error *error) {
    pthread_mutex_lock(&table->mutex);
    const struct lease *lease = find_lease(find_name(table, name), owner);
    if (lease != NULL && lease->granted && lease->exclusive && lease->token == token) {
        return true;
    }
    pthread_mutex_unlock(&table->mutex);
    return lost(name, error);
}

void lease_table_allow(struct lease_table *table) {
    pthread_mutex_unlock(&table->mutex);
}
