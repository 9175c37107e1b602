// Sockets that `faasm run` gives a program: it can open none of its own.
#ifndef FAASM_CLI_SOCKETS_H
#define FAASM_CLI_SOCKETS_H

#include "base/error.h"

#include <stdbool.h>

// Listens on "HOST:PORT", "[HOST]:PORT" or "unix:PATH" (a path where nothing is) and says on
// standard error where, with the port that was found for port 0. The caller closes `*fd`.
bool sockets_listen(const char *address, int *fd, struct error *error);

// A socket that this process was started with, by its number. It stays the starter's.
bool sockets_inherit(const char *number, int *fd, struct error *error);

#endif
