// The global tier in Redis or Valkey: one database that several hosts share.
//
// What cannot be reached is tried again for a time; then operations fail with ERROR_UNAVAILABLE.
// Nothing needs a restart. Appending is done once however often it is tried.
#ifndef FAASM_STATE_REDIS_H
#define FAASM_STATE_REDIS_H

#include "state/driver.h"

struct state_redis_config {
    const char *url;  // as in redis/session.h
    uint64_t wait;    // nanoseconds that an operation is tried again for; 0: 5 s
    uint64_t timeout; // nanoseconds that the server may be silent; 0: 5 s
};

// Does not connect yet. ERROR_ARGUMENT for a URL that is none.
bool state_redis_open(const struct state_redis_config *config, struct state_driver *driver,
                      struct error *error);

// Bytes that were sent to and received from servers, by all connections of the driver.
struct state_redis_traffic {
    uint64_t sent, received, round_trips;
};
void state_redis_traffic(const struct state_driver *driver, struct state_redis_traffic *traffic);

#endif
