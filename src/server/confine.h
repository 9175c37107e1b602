// The fences around the server process, for the day on which a guest or a request gets the better
// of it: what it does not need it gives up before it serves anything. Each part can be turned off.
//
//   no_new_privs   programs that it starts gain no rights (needed by the others)
//   capabilities   of root: all are dropped but those that the folder and the port need
//   landlock       files: writes only below the folder, reads where programs, libraries and facts
//                  about the system are, no TCP connections but to the ports of Redis;
//                  where the kernel has it
//   seccomp        system calls: an allow list. Calls that only an attacker makes end the process,
//                  others fail with ENOSYS, as on a kernel that is older
//
// The compilers that the server starts inherit all of it, and confine themselves further
// (codegen/sandbox.h).
#ifndef FAASM_SERVER_CONFINE_H
#define FAASM_SERVER_CONFINE_H

#include "base/error.h"

#include <stdbool.h>
#include <stdint.h>

// X(identifier, name)
#define CONFINE_PARTS(X)                                                                           \
    X(NO_NEW_PRIVS, "no_new_privs")                                                                \
    X(CAPABILITIES, "capabilities")                                                                \
    X(LANDLOCK, "landlock")                                                                        \
    X(SECCOMP, "seccomp")

enum confine_part {
#define X(identifier, name) CONFINE_##identifier,
    CONFINE_PARTS(X)
#undef X
        CONFINE_PART_COUNT
};
const char *confine_part_name(enum confine_part part);

struct confine_config {
    bool wanted[CONFINE_PART_COUNT];
    const char *folder;       // exists; everything below it may be written
    const char *files_folder; // another such, or NULL
    const char *program;      // the compiler, or NULL: beside this program
    const char *cgroup;       // folder in which groups of users are made, or NULL
    uint16_t port;            // to listen on
    // Of the servers of state and of files.
    uint16_t connect_ports[2]; // to connect to, or 0; no other TCP connections
    const char *readable[2];   // files beside the usual places, or NULL
};

// What is in force: "on", "off", "not in this kernel", …; static texts.
struct confine_state {
    const char *parts[CONFINE_PART_COUNT];
};

// Reads "all", "none", or a list as in "seccomp,landlock".
bool confine_parse(const char *text, bool wanted[CONFINE_PART_COUNT], struct error *error);

// Confines the calling thread, and with it all that it starts: before there are others. What the
// kernel does not have is left out and told in `state`; what it has and refuses is an error.
bool confine_process(const struct confine_config *config, struct confine_state *state,
                     struct error *error);

#endif
