// Calls that were accepted and have not finished, kept so that they survive the process; and keys
// by which a request that is sent again is known.
//
// A database of its own in the store's folder (calls.mdb). What is added is durable when the
// function returns: callers that come at the same time share one commit. What is removed is written
// with the next commit, or by journal_flush: a call can come back after it has finished, never the
// other way round. Thread-safe.
#ifndef FAASM_STORE_JOURNAL_H
#define FAASM_STORE_JOURNAL_H

#include "store/store.h"

enum { JOURNAL_KEY_MAX = 128 }; // bytes of a key that a client chooses

struct journal;

struct journal_call {
    uint32_t id;
    uint32_t attempt; // 1: the first; one more with every start of a process that finds it
    uint64_t queued;  // clock_realtime()
    char user[STORE_NAME_MAX + 1];
    char function[STORE_NAME_MAX + 1];
    struct bytes input;
};

struct journal_key {
    char user[STORE_NAME_MAX + 1];
    char function[STORE_NAME_MAX + 1];
    char key[JOURNAL_KEY_MAX + 1]; // 1 to JOURNAL_KEY_MAX printable ASCII characters, no space
    uint32_t id;                   // of the call
    uint64_t until;                // clock_realtime() when it is forgotten
};

// Counts as a start of the process.
struct journal *journal_open(struct store *store, struct error *error);
void journal_close(struct journal *journal); // writes what is pending

bool journal_key_valid(const char *key);

// Adds a call (`attempt` is not looked at, it is its first); with it a key, where `key` is not
// NULL.
bool journal_add(struct journal *journal, const struct journal_call *call,
                 const struct journal_key *key, struct error *error);
void journal_remove(struct journal *journal, uint32_t id);
void journal_remove_key(struct journal *journal, const struct journal_key *key);
bool journal_flush(struct journal *journal, struct error *error);

// What is there, until `visit` returns false; valid during the visit. Damaged records are left out
// and said so in the log.
bool journal_each_call(struct journal *journal,
                       bool (*visit)(void *context, const struct journal_call *call), void *context,
                       struct error *error);
bool journal_each_key(struct journal *journal,
                      bool (*visit)(void *context, const struct journal_key *key), void *context,
                      struct error *error);

#endif
