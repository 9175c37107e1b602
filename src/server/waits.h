// Requests that wait for the end of a call, for a limited time.
//
// Who runs a call that was submitted with waits_finished hears of its end at once; the ends of
// other calls are found by a thread that looks every few milliseconds while anybody waits.
#ifndef FAASM_SERVER_WAITS_H
#define FAASM_SERVER_WAITS_H

#include "base/error.h"
#include "runtime/call.h"

#include <stdint.h>

struct waits;

// One of a request: zero-initialised, kept until `wake` has been called.
struct wait {
    struct call *call;
    uint64_t deadline; // clock_monotonic()
    void (*wake)(struct wait *wait);
    struct wait *next, **link; // the set's own
};

struct waits *waits_new(struct error *error);
void waits_delete(struct waits *waits); // with nobody waiting; NULL is allowed

// Calls `wake`, once: when the call has finished or the deadline has passed, on any thread, perhaps
// before this returns. `call` stays alive until then.
void waits_add(struct waits *waits, struct wait *wait);

// call_request.finished, with the set as its context.
void waits_finished(void *waits, struct call *call);

#endif
