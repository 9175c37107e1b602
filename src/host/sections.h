// The sections of the host interface. To add one: a file with a table and a section, a line here,
// and a line in host.c.
#ifndef FAASM_HOST_SECTIONS_H
#define FAASM_HOST_SECTIONS_H

#include "host/host.h"

// A row of a section's table; `signature` as faaslet/link.h says must fit the C function.
#define HOST_FUNCTION(module, name, signature, function)                                           \
    { module, name, signature, (void (*)(void))(function) }

extern const struct host_section host_call;         // input, output, flags, backtrace
extern const struct host_section host_chain;        // chaining and awaiting calls
extern const struct host_section host_state;        // values that functions share
extern const struct host_section host_dynlink;      // dlopen and its relatives
extern const struct host_section host_threads;      // guest threads
extern const struct host_section host_wasi_process; // arguments, environment, exit, random
extern const struct host_section host_wasi_clocks;  // clocks
extern const struct host_section host_wasi_poll;    // poll_oneoff
extern const struct host_section host_wasi_sockets; // sock_*
extern const struct host_section host_wasi_files;   // fd_*
extern const struct host_section host_wasi_folders; // fd_readdir
extern const struct host_section host_wasi_paths;   // path_*
extern const struct host_section host_posix;        // maps, dup, who and where

#endif
