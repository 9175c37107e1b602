// Keys of the database:
//
//   c ID                   "1 USER FUNCTION START QUEUED\n" and the input       a call
//   k USER FUNCTION KEY    "1 ID UNTIL"                                         a client's key
//   s                      "1 START"                                            starts of processes
//
// A call notes the start in which it came, so that a later start need not write to count
// attempts.
#include "store/journal.h"

#include "base/log.h"
#include "store/driver.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { HEADER_MAX = 256, REMOVALS_MAX = 4096 };

// A caller that waits for a commit; on its stack.
struct commit {
    struct store_change changes[2];
    size_t count;
    bool ended, done;
    struct error error;
    struct commit *next;
};

struct removal {
    char key[STORE_KEY_MAX];
    struct removal *next;
};

struct journal {
    struct store_driver driver;
    pthread_mutex_t mutex;
    pthread_cond_t ended;   // a commit has
    bool committing;        // one of the callers does it for all
    struct commit *waiting; // in the order in which they came
    struct commit **last;
    struct removal *removals;
    size_t removal_count;
    uint32_t start;
};

static bool count_start(struct journal *journal, struct error *error) {
    const struct store_driver *driver = &journal->driver;
    struct buffer value = {0};
    struct error reason;
    uint32_t before = 0;
    char text[32] = {0};
    bool found = driver->get(driver->state, "s", &value, &reason);
    if (!found && reason.code != ERROR_NOT_FOUND) {
        return error_set(error, reason.code, "journal of calls: %s", reason.message);
    }
    memcpy(text, found ? value.data : (const uint8_t *)"",
           value.length < sizeof text ? value.length : 0);
    buffer_destroy(&value);
    if (found && sscanf(text, "1 %" SCNu32, &before) != 1) {
        return error_set(error, ERROR_IO, "journal of calls: damaged");
    }
    journal->start = before + 1;
    int length = snprintf(text, sizeof text, "1 %" PRIu32, journal->start);
    struct store_change change = {.key = "s", .value = {(const uint8_t *)text, (size_t)length}};
    return driver->apply(driver->state, &change, 1, error);
}

struct journal *journal_open(struct store *store, struct error *error) {
    char path[PATH_MAX];
    int length = snprintf(path, sizeof path, "%s/calls.mdb", store_folder(store));
    struct journal *journal = calloc(1, sizeof *journal);
    if (journal == NULL || length < 0 || (size_t)length >= sizeof path) {
        free(journal);
        error_set(error, ERROR_MEMORY, "journal of calls");
        return NULL;
    }
    if (!store_lmdb_open(path, &journal->driver, error)) {
        free(journal);
        return NULL;
    }
    pthread_mutex_init(&journal->mutex, NULL);
    pthread_cond_init(&journal->ended, NULL);
    journal->last = &journal->waiting;
    if (!count_start(journal, error)) {
        journal_close(journal);
        return NULL;
    }
    return journal;
}

void journal_close(struct journal *journal) {
    if (journal == NULL) {
        return;
    }
    struct error error;
    if (!journal_flush(journal, &error)) {
        log_warn("journal of calls: %s", error.message);
    }
    struct removal *next;
    for (struct removal *removal = journal->removals; removal != NULL; removal = next) {
        next = removal->next;
        free(removal);
    }
    journal->driver.close(journal->driver.state);
    pthread_cond_destroy(&journal->ended);
    pthread_mutex_destroy(&journal->mutex);
    free(journal);
}

bool journal_key_valid(const char *key) {
    size_t length = strnlen(key, JOURNAL_KEY_MAX + 1);
    for (size_t i = 0; i < length; i++) {
        if (key[i] <= ' ' || key[i] > '~') {
            return false;
        }
    }
    return length > 0 && length <= JOURNAL_KEY_MAX;
}

// ---- Commits ------------------------------------------------------------------------------------

static bool apply(struct journal *journal, const struct commit *commits,
                  const struct removal *removals, struct error *error) {
    size_t count = 0;
    for (const struct removal *removal = removals; removal != NULL; removal = removal->next) {
        count++;
    }
    for (const struct commit *commit = commits; commit != NULL; commit = commit->next) {
        count += commit->count;
    }
    struct store_change *changes = calloc(count + 1, sizeof *changes);
    if (changes == NULL) {
        return error_set(error, ERROR_MEMORY, "journal of calls");
    }
    size_t next = 0;
    for (const struct removal *removal = removals; removal != NULL; removal = removal->next) {
        changes[next++] = (struct store_change){.key = removal->key, .remove = true};
    }
    for (const struct commit *commit = commits; commit != NULL; commit = commit->next) {
        memcpy(&changes[next], commit->changes, commit->count * sizeof *changes);
        next += commit->count;
    }
    bool done = count == 0 || journal->driver.apply(journal->driver.state, changes, count, error);
    free(changes);
    return done;
}

// Under the mutex: takes all that wait, writes it without the mutex, and tells them.
static void commit_all(struct journal *journal) {
    struct commit *commits = journal->waiting;
    struct removal *removals = journal->removals;
    journal->waiting = NULL;
    journal->last = &journal->waiting;
    journal->removals = NULL;
    journal->removal_count = 0;
    journal->committing = true;
    pthread_mutex_unlock(&journal->mutex);
    struct error error = {0};
    bool done = apply(journal, commits, removals, &error);
    pthread_mutex_lock(&journal->mutex);
    journal->committing = false;
    for (struct commit *commit = commits; commit != NULL; commit = commit->next) {
        commit->done = done;
        commit->error = error;
        commit->ended = true;
    }
    while (removals != NULL) {
        struct removal *next = removals->next;
        if (done) {
            free(removals);
        } else { // tried again with the next commit
            removals->next = journal->removals;
            journal->removals = removals;
            journal->removal_count++;
        }
        removals = next;
    }
    pthread_cond_broadcast(&journal->ended);
}

static bool commit(struct journal *journal, struct commit *commit, struct error *error) {
    pthread_mutex_lock(&journal->mutex);
    *journal->last = commit;
    journal->last = &commit->next;
    while (!commit->ended) {
        if (journal->committing) {
            pthread_cond_wait(&journal->ended, &journal->mutex);
        } else {
            commit_all(journal);
        }
    }
    pthread_mutex_unlock(&journal->mutex);
    return commit->done ||
           error_set(error, commit->error.code, "journal of calls: %s", commit->error.message);
}

bool journal_flush(struct journal *journal, struct error *error) {
    pthread_mutex_lock(&journal->mutex);
    bool any = journal->removals != NULL;
    pthread_mutex_unlock(&journal->mutex);
    struct commit nothing = {.count = 0};
    return !any || commit(journal, &nothing, error);
}

// ---- Records ------------------------------------------------------------------------------------

static void key_of_call(char key[STORE_KEY_MAX], uint32_t id) {
    snprintf(key, STORE_KEY_MAX, "c %010" PRIu32, id);
}

static void key_of_key(char text[STORE_KEY_MAX], const struct journal_key *key) {
    snprintf(text, STORE_KEY_MAX, "k %s %s %s", key->user, key->function, key->key);
}

bool journal_add(struct journal *journal, const struct journal_call *call,
                 const struct journal_key *key, struct error *error) {
    char call_key[STORE_KEY_MAX], key_key[STORE_KEY_MAX], key_value[64], header[HEADER_MAX];
    struct buffer value = {0};
    key_of_call(call_key, call->id);
    int length = snprintf(header, sizeof header, "1 %s %s %" PRIu32 " %" PRIu64 "\n", call->user,
                          call->function, journal->start, call->queued);
    bool done = buffer_append(&value, header, (size_t)length, error) &&
                buffer_append(&value, call->input.data, call->input.length, error);
    if (done) {
        struct commit both = {.count = 1};
        both.changes[0] = (struct store_change){.key = call_key, .value = buffer_bytes(&value)};
        if (key != NULL) {
            key_of_key(key_key, key);
            length = snprintf(key_value, sizeof key_value, "1 %" PRIu32 " %" PRIu64, key->id,
                              key->until);
            both.changes[1] = (struct store_change){
                .key = key_key, .value = {(const uint8_t *)key_value, (size_t)length}};
            both.count = 2;
        }
        done = commit(journal, &both, error);
    }
    buffer_destroy(&value);
    return done;
}

static void remove_later(struct journal *journal, struct removal *removal) {
    pthread_mutex_lock(&journal->mutex);
    removal->next = journal->removals;
    journal->removals = removal;
    bool many = ++journal->removal_count >= REMOVALS_MAX && !journal->committing;
    if (many) {
        commit_all(journal);
    }
    pthread_mutex_unlock(&journal->mutex);
}

static struct removal *new_removal(void) {
    struct removal *removal = calloc(1, sizeof *removal);
    if (removal == NULL) {
        log_warn("journal of calls: no memory; a finished call stays in it");
    }
    return removal;
}

void journal_remove(struct journal *journal, uint32_t id) {
    struct removal *removal = new_removal();
    if (removal != NULL) {
        key_of_call(removal->key, id);
        remove_later(journal, removal);
    }
}

void journal_remove_key(struct journal *journal, const struct journal_key *key) {
    struct removal *removal = new_removal();
    if (removal != NULL) {
        key_of_key(removal->key, key);
        remove_later(journal, removal);
    }
}

// ---- Reading ------------------------------------------------------------------------------------

struct call_visit {
    uint32_t start;
    bool (*visit)(void *context, const struct journal_call *call);
    void *context;
};

static bool parse_call(const char *key, struct bytes value, struct journal_call *call) {
    char header[HEADER_MAX + 1], rest;
    *call = (struct journal_call){0};
    const uint8_t *end =
        memchr(value.data, '\n', value.length < HEADER_MAX ? value.length : HEADER_MAX);
    if (end == NULL) {
        return false;
    }
    size_t length = (size_t)(end - value.data);
    memcpy(header, value.data, length);
    header[length] = '\0';
    call->input = (struct bytes){end + 1, value.length - length - 1};
    // Wider than an id, since what does not fit is cut off without a word.
    uint64_t id;
    if (sscanf(key, "c %" SCNu64 "%c", &id, &rest) != 1 || id == 0 || id > INT32_MAX) {
        return false;
    }
    call->id = (uint32_t)id;
    return sscanf(header, "1 %64s %64s %" SCNu32 " %" SCNu64 "%c", call->user, call->function,
                  &call->attempt, &call->queued, &rest) == 4 &&
           store_name_valid(call->user) && store_name_valid(call->function);
}

static bool visit_call(void *context, const char *key, struct bytes value) {
    const struct call_visit *visit = context;
    struct journal_call call;
    if (!parse_call(key, value, &call)) {
        log_warn("calls.mdb: the record \"%s\" is damaged", key);
        return true;
    }
    call.attempt = visit->start >= call.attempt ? visit->start - call.attempt + 1 : 1;
    return visit->visit(visit->context, &call);
}

bool journal_each_call(struct journal *journal,
                       bool (*visit)(void *context, const struct journal_call *call), void *context,
                       struct error *error) {
    struct call_visit both = {journal->start, visit, context};
    return journal->driver.iterate(journal->driver.state, "c ", NULL, visit_call, &both, error);
}

struct key_visit {
    bool (*visit)(void *context, const struct journal_key *key);
    void *context;
};

static bool visit_key(void *context, const char *text, struct bytes value) {
    const struct key_visit *visit = context;
    struct journal_key key = {0};
    uint64_t id = 0;
    char numbers[64] = {0}, rest;
    memcpy(numbers, value.data, value.length < sizeof numbers ? value.length : sizeof numbers - 1);
    if (sscanf(text, "k %64s %64s %128s%c", key.user, key.function, key.key, &rest) != 3 ||
        sscanf(numbers, "1 %" SCNu64 " %" SCNu64 "%c", &id, &key.until, &rest) != 2 || id == 0 ||
        id > INT32_MAX) {
        log_warn("calls.mdb: the record \"%s\" is damaged", text);
        return true;
    }
    key.id = (uint32_t)id;
    return visit->visit(visit->context, &key);
}

bool journal_each_key(struct journal *journal,
                      bool (*visit)(void *context, const struct journal_key *key), void *context,
                      struct error *error) {
    struct key_visit both = {visit, context};
    return journal->driver.iterate(journal->driver.state, "k ", NULL, visit_key, &both, error);
}
