// Inside of the room: which pages of a value are written through mappings.
//
// Pages of a mapping are write-protected by userfaultfd. The first write to one raises SIGBUS, and
// the handler (state_mapping_open) keeps a copy of the page, its twin, before it lets the write
// happen. Before a push, pages that have twins are compared with them, what differs is marked, and
// they are protected again. The twins of a value are shared by all its mappings.
//
// Without userfaultfd nothing is protected: then every page that is there has a twin from the time
// on when the value is mapped, and all of them are compared. That finds the same, for as much
// memory again and a look at the whole value for each push.
#ifndef FAASM_STATE_WATCH_H
#define FAASM_STATE_WATCH_H

#include "state/value.h"

// A userfaultfd for mappings, or -1 where there is none.
int watch_open_faults(void);

// Marks what was written through mappings since the last time; with io held, lock free.
void watch_collect(struct state_value *value);

// Forgets it instead.
void watch_discard(struct state_value *value);

// What lies at [begin, end) was pulled and is no change; with value->lock held for writing.
void watch_pulled(struct state_value *value, uint64_t begin, uint64_t end);

// When nothing is mapped any more and nobody has the value.
void watch_delete_all(struct state_value *value);

#endif
