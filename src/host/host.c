#include "host/host.h"

#include "host/sections.h"

const struct host_section *const host_sections[] = {
    &host_call,         &host_chain,
    &host_state,        &host_dynlink,
    &host_threads,      &host_wasi_process,
    &host_wasi_clocks,  &host_wasi_poll,
    &host_wasi_sockets, &host_wasi_files,
    &host_wasi_folders, &host_wasi_paths,
    &host_posix,        NULL,
};

bool host_register(struct faaslet_linker *linker, struct error *error) {
    for (const struct host_section *const *section = host_sections; *section != NULL; section++) {
        if (!faaslet_linker_add(linker, (*section)->functions, (*section)->count, error)) {
            return error_prefix(error, "host section %s", (*section)->name);
        }
        if ((*section)->start != NULL) {
            (*section)->start();
        }
    }
    return true;
}
