// The names and units in which people set and see the limits of calls (base/limits.h): query
// parameters of an upload, flags of `faasm upload`, members of "limits" in JSON. To add one, add a
// row; docs/operations.md lists them.
#ifndef FAASM_SERVER_LIMIT_UNITS_H
#define FAASM_SERVER_LIMIT_UNITS_H

#include "base/error.h"
#include "base/limits.h"
#include "runtime/runtime.h"

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

// X(field of struct call_limits, name, bytes or nanoseconds of the unit, maximum, argument,
//   documentation)
#define LIMIT_UNITS(X)                                                                             \
    X(memory_bytes, "memory_mb", 1048576, 4096, "MB", "linear memory of a call")                   \
    X(stack_bytes, "stack_kb", 1024, 1048576, "KB", "native stack of a call")                      \
    X(threads, "threads", 1, 4096, "N", "guest threads of a call at a time; more are refused")     \
    X(wall_nanoseconds, "timeout_ms", 1000000, 86400000, "MS",                                     \
      "time from where a call begins to its end; waits count")                                     \
    X(cpu_nanoseconds, "cpu_ms", 1000000, 86400000, "MS",                                          \
      "CPU time of a call, without that of calls it chains")                                       \
    X(input_bytes, "input_mb", 1048576, 2048, "MB", "input of a call")                             \
    X(output_bytes, "output_mb", 1048576, 2048, "MB", "output of a call")                          \
    X(log_bytes, "log_kb", 1024, 1048576, "KB", "log of a call; the rest is dropped")              \
    X(concurrent_calls, "concurrency", 1, 1000000, "N", "calls that run at a time; others wait")   \
    X(queued_calls, "queue", 1, 10000000, "N", "calls that wait; others get 429")

struct limit_unit {
    const char *name;
    size_t offset; // of the uint64_t in struct call_limits
    uint64_t unit, maximum;
    const char *argument, *documentation;
};

const struct limit_unit *limit_units_rows(size_t *count);

// Sets one from text, a number from 1 on. ERROR_ARGUMENT ("memory_mb: '0' is not …").
bool limit_units_set(struct call_limits *limits, const struct limit_unit *row, const char *text,
                     struct error *error);

// Sets those of "name=value name=value …". ERROR_ARGUMENT for what is no such list.
bool limit_units_parse(struct call_limits *limits, const char *text, struct error *error);

// Reads "user: name=value …; user: …". The caller frees `*users`; NULL where there are none.
bool limit_units_parse_users(const char *text, struct runtime_user_limits **users, size_t *count,
                             struct error *error);

// {"memory_mb": 64, …} of those that there are. NULL when memory is out.
json_t *limit_units_json(const struct call_limits *limits);

#endif
