#include "runtime/compile.h"
#include "runtime/program.h"

#include <cpuid.h>
#include <errno.h>
#include <limits.h>
#include <sodium.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>

// What code for the host CPU depends on: model, features, and what the system has enabled of them.
struct machine {
    uint32_t leaves[8][4];
    uint64_t enabled; // XCR0
};

static void read_machine(struct machine *machine) {
    static const uint32_t leaves[8][2] = {
        {0, 0},          {1, 0},          {7, 0},          {7, 1},
        {0x80000001, 0}, {0x80000002, 0}, {0x80000003, 0}, {0x80000004, 0},
    };
    memset(machine, 0, sizeof *machine);
    for (int i = 0; i < 8; i++) {
        uint32_t *leaf = machine->leaves[i];
        if (!__get_cpuid_count(leaves[i][0], leaves[i][1], &leaf[0], &leaf[1], &leaf[2],
                               &leaf[3])) {
            memset(leaf, 0, sizeof machine->leaves[i]);
        }
    }
    machine->leaves[1][1] = 0; // the number of the core that happens to run this
    if ((machine->leaves[1][2] & bit_OSXSAVE) != 0) {
        uint32_t low, high;
        __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
        machine->enabled = (uint64_t)high << 32 | low;
    }
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
    facts.opt_level = config->opt_level;
    unsigned char hash[16];
    crypto_generichash(hash, sizeof hash, (const unsigned char *)&facts, sizeof facts, NULL, 0);
    sodium_bin2hex(key, 65, hash, sizeof hash);
    return true;
}
