// Users' files in Redis or Valkey: one database that several hosts share. Names change by scripts,
// contents are pieces of 1 MiB that are sent and fetched several at a time.
//
// What cannot be reached is tried again for a time; then operations fail with ERROR_UNAVAILABLE.
// A server whose memory is full refuses what adds to it: ERROR_UNAVAILABLE, with its message; what
// is there can be read and removed. Contents on their way expire a quarter of an hour after they
// were last sent of, and what was opened ten minutes after it was last read.
#ifndef FAASM_STORE_REDIS_H
#define FAASM_STORE_REDIS_H

#include "store/file_driver.h"

struct file_redis_config {
    const char *url;  // as in redis/session.h
    uint64_t wait;    // nanoseconds that an operation is tried again for; 0: 5 s
    uint64_t timeout; // nanoseconds that the server may be silent; 0: 5 s
    uint64_t lease;   // nanoseconds that opened contents stay without being read; 0: 10 min
};

// Does not connect yet. ERROR_ARGUMENT for a URL that is none.
bool file_driver_redis(const struct file_redis_config *config, struct file_driver *driver,
                       struct error *error);

#endif
