// `faasm file put|get|ls|rm`: the files of a user in the store.
#include "cli/cli.h"
#include "cli/verbs.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *file_name(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash == NULL ? path : slash + 1;
}

// ---- Verbs --------------------------------------------------------------------------------------

// `faasm file put USER/PATH [FILE]`
static bool put(struct client *client, const struct client_arguments *arguments,
                struct error *error) {
    char path[CLIENT_PATH_MAX];
    struct client_reply reply = {0};
    const char *from = arguments->operands[1];
    if (!client_file_path(arguments->operands[0], path, error)) {
        return false;
    }
    bool standard = from == NULL || strcmp(from, "-") == 0;
    FILE *file = standard ? stdin : fopen(from, "re");
    if (file == NULL) {
        return error_set_errno(error, errno, "%s", from);
    }
    bool done = client_put_file(client, path, file, &reply, error);
    if (done && arguments->json) {
        done = client_print(buffer_bytes(&reply.body), error);
    }
    if (!standard) {
        fclose(file);
    }
    client_reply_destroy(&reply);
    return done;
}

static bool fetch(struct client *client, const char *path, FILE *to, struct error *error) {
    struct client_reply reply = {.to = to};
    bool done = client_request_ok(client, "GET", path, NULL, &reply, error);
    if (fflush(to) != 0) { // also why an answer broke off
        done = error_set_errno(error, errno, "writing");
    }
    client_reply_destroy(&reply);
    return done;
}

// There is the whole file, or what was there before.
static bool fetch_whole(struct client *client, const char *path, const char *to,
                        struct error *error) {
    char temporary[PATH_MAX];
    int length = snprintf(temporary, sizeof temporary, "%s.XXXXXX", to);
    if (length < 0 || (size_t)length >= sizeof temporary) {
        return error_set(error, ERROR_ARGUMENT, "the path is too long: %.200s", to);
    }
    int fd = mkostemp(temporary, O_CLOEXEC);
    FILE *file = fd < 0 ? NULL : fdopen(fd, "w");
    if (file == NULL) {
        return error_set_errno(error, errno, "%s", to);
    }
    mode_t mask = umask(0);
    umask(mask);
    bool done = fetch(client, path, file, error) &&
                ((fchmod(fd, 0666 & ~mask) == 0 && rename(temporary, to) == 0) ||
                 error_set_errno(error, errno, "%s", to));
    fclose(file);
    if (!done) {
        unlink(temporary);
    }
    return done;
}

// `faasm file get USER/PATH [FILE]`; "-" is standard output, without one the file's own name.
static bool get(struct client *client, const struct client_arguments *arguments,
                struct error *error) {
    char path[CLIENT_PATH_MAX];
    const char *to =
        arguments->operands[1] == NULL ? file_name(arguments->operands[0]) : arguments->operands[1];
    if (!client_file_path(arguments->operands[0], path, error)) {
        return false;
    }
    return strcmp(to, "-") == 0 ? fetch(client, path, stdout, error)
                                : fetch_whole(client, path, to, error);
}

static void print_table(const json_t *files) {
    size_t index;
    const json_t *file;
    json_array_foreach(files, index, file) {
        printf("%12.0f  %-27s  ", client_number(file, "bytes"), client_text(file, "modified"));
        client_print_text(stdout, client_text(file, "path"));
        putchar('\n');
    }
}

// `faasm file ls USER[/PREFIX]`
static bool ls(struct client *client, const struct client_arguments *arguments,
               struct error *error) {
    char path[CLIENT_PATH_MAX];
    struct client_reply reply = {0};
    bool done = client_files_path(arguments->operands[0], path, error) &&
                client_request_ok(client, "GET", path, NULL, &reply, error);
    json_t *answer = done ? client_reply_json(&reply, error) : NULL;
    if (answer != NULL) {
        const json_t *files = json_object_get(answer, "files");
        if (arguments->json) {
            json_dumpf(files, stdout, JSON_INDENT(2) | JSON_ENCODE_ANY);
            putchar('\n');
        } else {
            print_table(files);
        }
    }
    done = answer != NULL;
    json_decref(answer);
    client_reply_destroy(&reply);
    return done;
}

// `faasm file rm USER/PATH`
static bool rm(struct client *client, const struct client_arguments *arguments,
               struct error *error) {
    char path[CLIENT_PATH_MAX];
    struct client_reply reply = {0};
    bool done = client_file_path(arguments->operands[0], path, error) &&
                client_request_ok(client, "DELETE", path, NULL, &reply, error);
    client_reply_destroy(&reply);
    return done;
}

static const struct verb verbs[] = {
    {"put",
     put,
     {"USER/PATH [FILE]", "Put a file (or standard input) into the store.", 1, 2, true}},
    {"get", get, {"USER/PATH [FILE]", "Get a file of the store; - prints it.", 1, 2, false}},
    {"ls", ls, {"USER[/PREFIX]", "List the files of a user in the store.", 1, 1, true}},
    {"rm", rm, {"USER/PATH", "Remove a file from the store.", 1, 1, false}},
    {0},
};

int cli_file(int argc, char **argv) {
    static const struct verb_command command = {
        "file", "USER/PATH [FILE]", "The files of a user in the store, which guests see at /.",
        verbs};
    return verbs_run(&command, argc, argv);
}
