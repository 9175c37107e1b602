// The calls that are remembered, by id: those that wait or run, and finished ones within limits.
//
// A finished call that a running call has chained and not awaited stays until it is awaited or the
// parent ends, within `finished_bytes` for all such records; other finished ones go oldest first.
// Thread-safe.
#ifndef FAASM_RUNTIME_CALL_TABLE_H
#define FAASM_RUNTIME_CALL_TABLE_H

#include "runtime/record.h"

struct call_table {
    pthread_mutex_t mutex;
    struct call **buckets; // by id: ids are given in order, so that they fill evenly
    size_t bucket_count;   // a power of two
    size_t count;          // calls
    uint32_t next_id;
    struct call_list finished; // oldest first
    size_t finished_bytes;
    size_t pinned_bytes; // of finished children of calls that run
    size_t limit_calls;
    size_t limit_bytes;
    // Records that can be used again: they come and go too often for malloc, which would give
    // memory back to the kernel and fetch it again. A mutex of their own guards them.
    pthread_mutex_t spare_mutex;
    struct call *spare; // linked by next_in_bucket
    size_t spare_count;
};

bool call_table_create(struct call_table *table, size_t limit_calls, size_t limit_bytes,
                       struct error *error);
void call_table_destroy(struct call_table *table); // gives up its references

// Takes a reference, and gives the call an id unless it has one (that is not in the table).
// `parent` is the call that chained it, or NULL; false where that is to stop.
bool call_table_add(struct call_table *table, struct call *call, struct call *parent,
                    struct error *error);

// An id for a call that is not in the table.
uint32_t call_table_new_id(struct call_table *table);

// A reference, or NULL.
struct call *call_table_find(struct call_table *table, uint32_t id);

// Each once for a call that was added: when it has finished; when it was awaited and has finished.
void call_table_finished(struct call_table *table, struct call *call);
void call_table_awaited(struct call_table *table, struct call *call);

// Marks the call, and all below it that have not finished, as to be stopped, unless they were: it
// with `kind`, those as cancelled. Calls that they chain from here on are refused. Those that it
// marked, linked by `next_to_stop`, the call first, a reference each.
struct call *call_table_mark_stopped(struct call_table *table, struct call *call,
                                     enum faaslet_trap_kind kind);

// The same for every call that has not finished.
struct call *call_table_mark_all_stopped(struct call_table *table, enum faaslet_trap_kind kind);

// Drops the records of calls that finished before a time; when the oldest of the others finished,
// UINT64_MAX where there is none. Times are those of clock_monotonic().
uint64_t call_table_expire(struct call_table *table, uint64_t before);

// A record to be used again, as it was left, or NULL; and back. `give` is false where there are
// enough. `drop` frees them.
struct call *call_table_take_spare(struct call_table *table);
bool call_table_give_spare(struct call_table *table, struct call *call);
void call_table_drop_spare(struct call_table *table);

// Forgets a call that was added and could not be queued.
void call_table_remove(struct call_table *table, struct call *call);

#endif
