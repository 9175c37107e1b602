#include "runtime/call.h"

#include <stdlib.h>
#include <string.h>

static void free_strings(char **strings) {
    for (size_t i = 0; strings != NULL && strings[i] != NULL; i++) {
        free(strings[i]);
    }
    free(strings);
}

static char **copy_strings(char *const *strings) {
    size_t count = 0;
    while (strings != NULL && strings[count] != NULL) {
        count++;
    }
    char **copy = calloc(count + 1, sizeof *copy);
    for (size_t i = 0; copy != NULL && i < count; i++) {
        copy[i] = strdup(strings[i]);
        if (copy[i] == NULL) {
            free_strings(copy);
            return NULL;
        }
    }
    return copy;
}

void call_environment_destroy(struct call_environment *environment) {
    free_strings(environment->arguments);
    free_strings(environment->variables);
    for (size_t i = 0; i < environment->folder_count; i++) {
        free(environment->folders[i].guest);
        free(environment->folders[i].host);
    }
    free(environment->folders);
    *environment = (struct call_environment){0};
}

static bool copy_folders(const struct call_environment *from, struct call_environment *to) {
    to->folders = calloc(from->folder_count + 1, sizeof *to->folders);
    if (to->folders == NULL) {
        return false;
    }
    for (size_t i = 0; i < from->folder_count; i++) {
        to->folder_count = i + 1;
        to->folders[i].guest = strdup(from->folders[i].guest);
        to->folders[i].host = strdup(from->folders[i].host);
        to->folders[i].layer = from->folders[i].layer;
        to->folders[i].shared = from->folders[i].shared;
        if (to->folders[i].guest == NULL || to->folders[i].host == NULL) {
            return false;
        }
    }
    return true;
}

bool call_environment_copy(const struct call_environment *from, struct call_environment *to,
                           struct error *error) {
    *to = (struct call_environment){
        .arguments = copy_strings(from->arguments),
        .variables = copy_strings(from->variables),
        .standard_input = from->standard_input,
        .standard_output = from->standard_output,
        .standard_error = from->standard_error,
        .socket_count = from->socket_count,
    };
    memcpy(to->sockets, from->sockets, sizeof to->sockets);
    if (to->arguments == NULL || to->variables == NULL || !copy_folders(from, to)) {
        call_environment_destroy(to);
        return error_set(error, ERROR_MEMORY, "environment of a function");
    }
    return true;
}
