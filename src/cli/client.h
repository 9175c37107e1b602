// The HTTP client of the commands that talk to a server, on libcurl. Proxies of the environment are
// not used: the server is a host of one's own.
#ifndef FAASM_CLI_CLIENT_H
#define FAASM_CLI_CLIENT_H

#include "base/buffer.h"
#include "base/error.h"

#include <argp.h>
#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

// --server URL, as a child of a command's argp; its input is a struct client_options.
struct client_options {
    const char *server; // NULL: FAASM_SERVER, or http://127.0.0.1:8080
};
extern const struct argp client_argp;

// The arguments of a command that takes only operands, --server and perhaps --json. Exits the
// process on wrong usage and on --help, as argp does.
struct client_arguments {
    struct client_options client;
    bool json;
    const char *operands[2]; // NULL where not given
};
struct client_usage {
    const char *operands, *summary; // for --help
    unsigned minimum, maximum;      // of operands
    bool json;                      // whether --json is taken
};
void client_parse(const struct client_usage *usage, int argc, char **argv,
                  struct client_arguments *arguments);

struct client; // one connection at a time, kept alive; for one thread

// Before the first client_new and before threads.
bool client_initialize(struct error *error);

struct client *client_new(const struct client_options *options, struct error *error);
void client_delete(struct client *client);

// An answer; zero-initialise, and destroy. One struct can be used for many requests.
struct client_reply {
    unsigned status;
    struct buffer body;
    FILE *to;             // where the body of an answer goes that is no error, instead; or NULL
    uint32_t call;        // X-Faasm-Call-Id, 0 where there was none
    char call_status[16]; // X-Faasm-Call-Status, empty where there was none
};
void client_reply_destroy(struct client_reply *reply);

// Has all requests with a body carry this header, too ("Name: value").
bool client_add_header(struct client *client, const char *header, struct error *error);

// Has SIGINT and SIGTERM set a flag. A second signal ends the process.
void client_catch_interrupts(void);
bool client_interrupted(void);

// Sends `body` (NULL: none) and reads the answer, whatever its status. False when there was none.
bool client_request(struct client *client, const char *method, const char *path,
                    const struct bytes *body, struct client_reply *reply, struct error *error);

// As client_request, and an answer that is an error is one: `error` has its code and message.
bool client_request_ok(struct client *client, const char *method, const char *path,
                       const struct bytes *body, struct client_reply *reply, struct error *error);

// PUTs what is left of a file, which is read as it is sent.
bool client_put_file(struct client *client, const char *path, FILE *from,
                     struct client_reply *reply, struct error *error);

// Fills `error` from an answer whose status is 400 or more. `code`, which may be NULL, gets the
// code of its JSON.
enum { CLIENT_CODE_MAX = 40 };
void client_reply_error(const struct client_reply *reply, char code[CLIENT_CODE_MAX],
                        struct error *error);

// The body as a JSON object: a new reference, or NULL with ERROR_MALFORMED.
json_t *client_reply_json(const struct client_reply *reply, struct error *error);

// "/v1/files/user/path" of "user/path", percent-encoded, and "/v1/files/user?prefix=prefix" of
// "user" or "user/prefix". ERROR_ARGUMENT for what is neither.
enum { CLIENT_PATH_MAX = 2048 };
bool client_file_path(const char *file, char path[CLIENT_PATH_MAX], struct error *error);
bool client_files_path(const char *files, char path[CLIENT_PATH_MAX], struct error *error);

// "/v1/functions/user/name" of "user/name", percent-encoded, and `suffix`. ERROR_ARGUMENT when
// there is no slash.
bool client_function_path(const char *function, const char *suffix, char path[CLIENT_PATH_MAX],
                          struct error *error);

// "/v1/calls/ID" and `suffix`. ERROR_ARGUMENT when `id` is no number.
bool client_call_path(const char *id, const char *suffix, char path[CLIENT_PATH_MAX],
                      struct error *error);

// ---- For all commands ---------------------------------------------------------------------------

// Prints "faasm COMMAND: message" to stderr; returns 1, the exit status.
int client_fail(const char *command, const struct error *error);

// Writes all bytes to stdout.
bool client_print(struct bytes bytes, struct error *error);

// Prints text of guests: control characters, which a terminal might obey, become '?'.
void client_print_text(FILE *file, const char *text);

// The member of an object as text or number, "" or 0 where it is missing.
const char *client_text(const json_t *object, const char *name);
double client_number(const json_t *object, const char *name);

#endif
