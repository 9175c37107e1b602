#include "runtime/compile.h"
#include "runtime/program.h"

#include <cpuid.h>
#include <errno.h>
#include <limits.h>
#include <sodium.h>
#include <stdint.h>
#include <string.h>
#include <sys/platform/x86.h>
#include <sys/stat.h>

// What code for the host CPU depends on: vendor, model, features, and what the system has enabled
// of them. glibc has read all but the vendor when the process began; to ask the CPU again would
// take longer in a virtual machine, where each question ends up with the hypervisor, than all else
// that makes the key.
struct machine {
    uint32_t vendor[4];
    struct cpuid_feature leaves[4];
};

static void read_machine(struct machine *machine) {
    static const unsigned leaves[4] = {CPUID_INDEX_1, CPUID_INDEX_7, CPUID_INDEX_80000001,
                                       CPUID_INDEX_7_ECX_1};
    __cpuid(0, machine->vendor[0], machine->vendor[1], machine->vendor[2], machine->vendor[3]);
    for (int i = 0; i < 4; i++) {
        machine->leaves[i] = *__x86_get_cpuid_feature_leaf(leaves[i]);
    }
    // The number of the core that happens to run this.
    machine->leaves[0].cpuid_array[cpuid_register_index_ebx] = 0;
    machine->leaves[0].active_array[cpuid_register_index_ebx] = 0;
}

bool compile_key(const struct compile_config *config, char key[65], struct error *error) {
    char program[PATH_MAX];
    struct stat status;
    if (!compile_program(config, program, error)) {
        return false;
    }
    if (stat(program, &status) != 0) {
        return error_set_errno(error, errno, "%s", program);
    }
    struct {
        struct machine machine;
        int64_t program[4];
        int64_t opt_level;
    } facts;
    memset(&facts, 0, sizeof facts);
    read_machine(&facts.machine);
    facts.program[0] = status.st_size;
    facts.program[1] = status.st_mtim.tv_sec;
    facts.program[2] = status.st_mtim.tv_nsec;
    facts.opt_level = config->opt_level >= 0 ? config->opt_level : COMPILE_LEVEL_DEFAULT;
    unsigned char hash[16];
    crypto_generichash(hash, sizeof hash, (const unsigned char *)&facts, sizeof facts, NULL, 0);
    sodium_bin2hex(key, 65, hash, sizeof hash);
    return true;
}
