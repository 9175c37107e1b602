// The code generator on whatever decoder and validator accept, at level 0 or 1: it ends, LLVM's
// verifier agrees with what was built, and an ELF object comes out. Refused modules are left alone.
#include "codegen/codegen.h"
#include "wasm/decode.h"
#include "wasm/validate.h"

#include <elf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// Bodies are bounded with it; types, tables and memories cost nothing until they are used.
enum { BINARY_BYTES = 16 << 10, HEADER_BYTES = 8 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

// Level and traps from the content, so that an input is always compiled in the same way.
static struct codegen_options options_of(const uint8_t *data, size_t size) {
    uint8_t sum = 0;
    for (size_t i = HEADER_BYTES; i < size; i++) {
        sum = (uint8_t)(sum * 31 + data[i]);
    }
    return (struct codegen_options){
        .optimisation_level = sum & 1, .strict_traps = sum & 2, .cpu = "x86-64-v3", .verify = true};
}

static void require(bool holds, const char *what, const struct error *error) {
    if (!holds) {
        fprintf(stderr, "%s: %s: %s\n", what, error_code_name(error->code), error->message);
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct wasm_module module;
    struct error error = {0};
    if (size < HEADER_BYTES || size > BINARY_BYTES ||
        !wasm_decode((struct bytes){data, size}, WASM_FEATURES_SUPPORTED, &module, &error)) {
        return 0;
    }
    if (wasm_validate(&module, &error)) {
        struct codegen_options options = options_of(data, size);
        struct buffer object = {0};
        struct LLVMOpaqueTargetMachine *machine = codegen_machine_new(&module, &options, &error);
        bool compiled =
            machine != NULL && codegen_compile(machine, &module, &options, &object, &error);
        codegen_machine_dispose(machine);
        require(compiled, "a valid module was not compiled", &error);
        require(object.length > SELFMAG && memcmp(object.data, ELFMAG, SELFMAG) == 0, "no object",
                &error);
        buffer_destroy(&object);
    }
    wasm_module_destroy(&module);
    return 0;
}

#ifdef FAASM_FUZZ_REPLAY
#include "fuzz/replay.h"

int main(int argument_count, char **arguments) {
    return replay_files(argument_count, arguments, LLVMFuzzerTestOneInput);
}
#else
// What LLVM gives up on is found by the fuzzer, instead of ending its process (linked with --wrap).
__attribute__((noreturn)) void __wrap_codegen_fatal(const char *message);
void __wrap_codegen_fatal(const char *message) {
    fprintf(stderr, "fatal: %s\n", message);
    abort();
}
#endif
