// Many calls of one function from several connections, and a summary of how long they took: what
// `faasm bench` and `faasm invoke --count` do.
#ifndef FAASM_CLI_LOAD_H
#define FAASM_CLI_LOAD_H

#include "base/buffer.h"
#include "cli/client.h"

#include <argp.h>

enum { LOAD_COUNT_MAX = 100000000, LOAD_CONCURRENCY_MAX = 4096 };

struct load {
    const struct client_options *client;
    const char *path; // of the route that invokes
    struct bytes input;
    unsigned long count, concurrency;
    bool json;
};

// Makes the calls and prints the summary. An error when one of them failed, after the summary.
bool load_run(const struct load *load, struct error *error);

// A number of an option, from 1 to `maximum`; exits with a usage message where it is none.
unsigned long load_parse_number(struct argp_state *state, const char *name, const char *text,
                                unsigned long maximum);

#endif
