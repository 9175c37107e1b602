// A call that goes on: waiting for its end, with its state shown meanwhile.
#ifndef FAASM_CLI_FOLLOW_H
#define FAASM_CLI_FOLLOW_H

#include "cli/client.h"

#include <jansson.h>

// The record of the call once it has finished: a new reference. While it has not, a line on stderr
// says its state and for how long, where that is a terminal. An interrupt cancels the call, which
// then finishes. NULL with an error.
json_t *follow_call(struct client *client, uint32_t call, struct error *error);

// The record now, or within `wait_ms` if it finishes: a new reference.
json_t *follow_record(struct client *client, uint32_t call, unsigned wait_ms, struct error *error);

// Whether the record says that the call has finished.
bool follow_finished(const json_t *record);

#endif
