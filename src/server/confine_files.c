#include "server/confine_files.h"

#include "base/file.h"
#include "base/landlock.h"

#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

static const struct {
    const char *path;
    unsigned access;
} places[] = {
    // Programs and libraries: the compiler, the linker, what they load.
    {"/usr", LANDLOCK_READ | LANDLOCK_EXECUTE},
    {"/lib", LANDLOCK_READ | LANDLOCK_EXECUTE},
    {"/lib64", LANDLOCK_READ | LANDLOCK_EXECUTE},
    {"/bin", LANDLOCK_READ | LANDLOCK_EXECUTE},
    {"/etc", LANDLOCK_READ},
    // Facts about the process and the machine.
    {"/proc", LANDLOCK_READ},
    {"/sys/devices/system", LANDLOCK_READ},
    {"/sys/fs/cgroup", LANDLOCK_READ},
    {"/sys/kernel/mm", LANDLOCK_READ},
    {"/dev/null", LANDLOCK_READ | LANDLOCK_WRITE},
    {"/dev/zero", LANDLOCK_READ},
    {"/dev/urandom", LANDLOCK_READ},
    {"/dev/random", LANDLOCK_READ},
};

static bool allow_folder_of(struct landlock *fence, const char *program, struct error *error) {
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s", program);
    return landlock_allow(fence, dirname(path), LANDLOCK_READ | LANDLOCK_EXECUTE, error);
}

static bool allow_programs(struct landlock *fence, const struct confine_config *config,
                           struct error *error) {
    char *own = file_program_folder(error);
    bool done = own != NULL &&
                landlock_allow(fence, own, LANDLOCK_READ | LANDLOCK_EXECUTE, error) &&
                (config->program == NULL || allow_folder_of(fence, config->program, error));
    free(own);
    return done;
}

static bool allow_server(struct landlock *fence, const struct confine_config *config, int which,
                         struct error *error) {
    const char *file = config->readable[which];
    uint16_t port = config->connect_ports[which];
    return (file == NULL || landlock_allow(fence, file, LANDLOCK_READ | LANDLOCK_WRITE, error)) &&
           (port == 0 || landlock_allow_connect(fence, port, error));
}

static bool allow_all(struct landlock *fence, const struct confine_config *config,
                      struct error *error) {
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        if (!landlock_allow(fence, places[i].path, places[i].access, error)) {
            return false;
        }
    }
    // What functions and users store there is never executed as a program.
    return allow_programs(fence, config, error) &&
           (config->cgroup == NULL ||
            landlock_allow(fence, config->cgroup,
                           LANDLOCK_READ | LANDLOCK_WRITE | LANDLOCK_MAKE_FOLDERS, error)) &&
           landlock_allow(fence, config->folder, LANDLOCK_ALL_BUT_EXECUTE, error) &&
           (config->files_folder == NULL ||
            landlock_allow(fence, config->files_folder, LANDLOCK_ALL_BUT_EXECUTE, error)) &&
           allow_server(fence, config, 0, error) && allow_server(fence, config, 1, error) &&
           landlock_allow_port(fence, config->port, error);
}

bool confine_files(const struct confine_config *config, bool *there, struct error *error) {
    struct landlock fence;
    if (!landlock_begin(&fence, error)) {
        return false;
    }
    *there = landlock_there(&fence);
    bool done = allow_all(&fence, config, error) && landlock_enforce(&fence, error);
    landlock_end(&fence);
    return done;
}
