#include "diff/compile.h"

#include "base/buffer.h"
#include "base/file.h"
#include "codegen/codegen.h"
#include "wasm/decode.h"
#include "wasm/dylink.h"
#include "wasm/validate.h"

#include <errno.h>
#include <spawn.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PARTS_MAXIMUM = 16 };

extern char **environ;

static bool make_part(const struct compile_options *options, const struct wasm_module *module,
                      uint32_t part, int *fd, struct error *error) {
    const struct codegen_options codegen = {
        .optimisation_level = options->level,
        .strict_traps = options->strict_traps,
        .part = part,
        .part_count = options->parts,
    };
    struct buffer object = {0};
    *fd = memfd_create("object", 0); // for the linker to open
    bool ok = *fd >= 0 || error_set_errno(error, errno, "memfd_create");
    struct LLVMOpaqueTargetMachine *machine =
        ok ? codegen_machine_new(module, &codegen, error) : NULL;
    ok = machine != NULL && codegen_compile(machine, module, &codegen, &object, error) &&
         file_write_all(*fd, buffer_bytes(&object), error);
    codegen_machine_dispose(machine);
    buffer_destroy(&object);
    return ok;
}

static bool link_parts(const struct compile_options *options, const int *fds, const char *object,
                       struct error *error) {
    char inputs[PARTS_MAXIMUM][32];
    const char *arguments[16 + PARTS_MAXIMUM] = {
        options->linker, "-shared",        "-z", "now",  "-z", "relro", "-z", "noexecstack", "-z",
        "separate-code", "--eh-frame-hdr", "-o", object,
    };
    unsigned count = 0;
    while (arguments[count] != NULL) {
        count++;
    }
    for (unsigned i = 0; i < options->parts; i++) {
        snprintf(inputs[i], sizeof inputs[i], "/proc/self/fd/%d", fds[i]);
        arguments[count + i] = inputs[i];
    }
    pid_t child;
    int status = -1;
    int failure = posix_spawnp(&child, options->linker, NULL, NULL,
                               (char *const *)(void *)arguments, environ);
    if (failure != 0) {
        return error_set_errno(error, failure, "%s", options->linker);
    }
    return (waitpid(child, &status, 0) == child && status == 0) ||
           error_set(error, ERROR_INTERNAL, "%s ended with %d", options->linker, status);
}

static bool make_object(const struct compile_options *options, const struct wasm_module *module,
                        const char *object, struct error *error) {
    int fds[PARTS_MAXIMUM];
    uint32_t made = 0;
    bool ok = options->parts <= PARTS_MAXIMUM ||
              error_set(error, ERROR_ARGUMENT, "more than %d parts", PARTS_MAXIMUM);
    while (ok && made < options->parts) {
        ok = make_part(options, module, made, &fds[made], error);
        made++;
    }
    ok = ok && link_parts(options, fds, object, error);
    for (uint32_t i = 0; i < made; i++) {
        if (fds[i] >= 0) {
            close(fds[i]);
        }
    }
    return ok;
}

enum compile_outcome compile_module(const struct compile_options *options, const char *source,
                                    const char *object, struct error *error) {
    struct buffer binary = {0};
    struct wasm_module module = {0};
    enum compile_outcome outcome = COMPILE_FAILED;
    if (!file_read(source, WASM_LIMIT_BINARY, &binary, error)) {
        outcome = COMPILE_FAILED;
    } else if (!wasm_decode(buffer_bytes(&binary), WASM_FEATURES_SUPPORTED, &module, error) ||
               !wasm_decode_dylink(&module, error) || !wasm_validate(&module, error)) {
        bool refused = error->code == ERROR_MALFORMED || error->code == ERROR_INVALID ||
                       error->code == ERROR_UNSUPPORTED;
        outcome = refused ? COMPILE_REFUSED : COMPILE_FAILED;
    } else if (make_object(options, &module, object, error)) {
        outcome = COMPILE_DONE;
    }
    wasm_module_destroy(&module);
    buffer_destroy(&binary);
    return outcome;
}
