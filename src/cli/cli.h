// The command line `faasm <command> …`. To add a command: a file src/cli/<command>.c with a
// cli_<command> function, and a row in one of the tables below.
//
// Commands that speak HTTP are in a program of their own, faasm-net, which `faasm` turns itself
// into: so `faasm run` does not start with libraries it has no use for.
#ifndef FAASM_CLI_CLI_H
#define FAASM_CLI_CLI_H

#include "base/error.h"

// X(name, one-line summary)
#define CLI_LOCAL_COMMANDS(X)                                                                      \
    X(cc, "compile and link a C program to WebAssembly (all clang arguments pass through)")        \
    X(cxx, "the same for C++ (also as `faasm c++`)")                                               \
    X(run, "run one WebAssembly file here, without a server")                                      \
    X(codegen, "show what a WebAssembly file is compiled to: LLVM IR, assembly or an object")      \
    X(objdump, "show what is in a WebAssembly file, and whether its imports can be had here")      \
    X(doctor, "check that this machine has what Faasm needs, and say what to do")

#define CLI_NETWORK_COMMANDS(X)                                                                    \
    X(serve, "serve functions over HTTP")                                                          \
    X(upload, "upload a WebAssembly file as user/name")                                            \
    X(invoke, "invoke a function and print its output")                                            \
    X(status, "show a call, a function, or the server")                                            \
    X(logs, "show what a call wrote to its stdout and stderr")                                     \
    X(ls, "list functions")                                                                        \
    X(state, "set, get, list and remove pushed state of a user")                                   \
    X(cancel, "stop a call that waits or runs")                                                    \
    X(top, "show functions, calls and Faaslets, live")                                             \
    X(rm, "remove a function")                                                                     \
    X(file, "put, get, list and remove files of the store")                                        \
    X(bench, "measure calls of a function on a server")

#define CLI_COMMANDS(X)                                                                            \
    CLI_LOCAL_COMMANDS(X)                                                                          \
    CLI_NETWORK_COMMANDS(X)

// Each takes its own arguments (argv[0] is "faasm NAME") and returns the exit status of the
// program.
#define X(name, summary) int cli_##name(int argc, char **argv);
CLI_COMMANDS(X)
#undef X

// What a local command is: its name, what it does, and its function; NULL for network commands.
struct cli_command {
    const char *name;
    const char *summary;
    int (*run)(int argc, char **argv);
};
extern const struct cli_command cli_commands[]; // up to a NULL name

// Exit statuses besides those of guests.
enum { CLI_EXIT_FAILURE = 1, CLI_EXIT_USAGE = 2 };

#endif
