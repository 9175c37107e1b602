// The target machine and the passes.
#include "codegen/context.h"
#include "codegen/loop_hints.h"
#include "codegen/neighbours.h"
#include "codegen/widen.h"

#include <llvm-c/Error.h>
#include <llvm-c/ErrorHandling.h>
#include <llvm-c/Support.h>
#include <llvm-c/Target.h>
#include <llvm-c/TargetMachine.h>
#include <llvm-c/Transforms/PassBuilder.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char triple[] = "x86_64-pc-linux-gnu";

enum { LEAN_LEVEL = 2 };

// What the guest's compiler did is not done again: no inlining, no interprocedural passes. The
// passes clean up after the lowering (redundant address arithmetic, base and global loads), and
// then do what the guest's compiler could not: use the host's vectors.
struct pipeline {
    const char *passes;
    const char *after_widening; // where loops over vectors are widened in between
};

static const struct pipeline pipelines[CODEGEN_OPTIMISATION_MAXIMUM + 1] = {
    {"", NULL},
    {"function(early-cse<memssa>,instcombine<no-verify-fixpoint>,simplifycfg)", NULL},
    {"function(early-cse<memssa>,simplifycfg,instcombine<no-verify-fixpoint>,"
     "loop-mssa(loop-rotate,licm),loop(indvars))",
     "function(loop-vectorize,slp-vectorizer,loop-unroll,instcombine<no-verify-fixpoint>,"
     "simplifycfg)"},
    {"function(early-cse<memssa>,simplifycfg,instcombine<no-verify-fixpoint>,"
     "loop-mssa(loop-rotate,licm,simple-loop-unswitch),loop(indvars),gvn,instcombine<no-verify-"
     "fixpoint>,loop-mssa(licm))",
     "function(loop-vectorize,slp-vectorizer,loop-unroll,early-cse<memssa>,"
     "instcombine<no-verify-fixpoint>,simplifycfg)"},
};

// At level 2 for modules of more code than CODEGEN_LEAN_MODULE: what docs/architecture.md says did
// not pay for them is left out. Loops that are worth a vectorizer are found all the same.
static const struct pipeline lean = {
    "function(early-cse<memssa>,simplifycfg,instcombine<no-verify-fixpoint>,"
    "loop-mssa(loop-rotate,licm))",
    "function(loop-vectorize,simplifycfg)",
};

static const LLVMCodeGenOptLevel levels[CODEGEN_OPTIMISATION_MAXIMUM + 1] = {
    LLVMCodeGenLevelNone,
    LLVMCodeGenLevelLess,
    LLVMCodeGenLevelDefault,
    LLVMCodeGenLevelAggressive,
};

static void initialise_target(void) {
    LLVMInitializeX86TargetInfo();
    LLVMInitializeX86Target();
    LLVMInitializeX86TargetMC();
    LLVMInitializeX86AsmPrinter();
    LLVMInitializeX86AsmParser(); // for the (empty) inline assembly of hidden constants
}

// Settings of the back end. A pass that takes time and that scalar code gains nothing from, and one
// that makes branches of conditional moves where it guesses that they are predictable: comparisons
// of data are not (edit distance 1.11 of native with it, 0.50 without). And an index of names in
// debug information, of which gdb wants one and linked parts have many.
static const char *const usual_settings[] = {
    "faasm-codegen",
    "-disable-x86-domain-reassignment",
    "-x86-cmov-converter=false",
    "-unroll-max-count=4",
    "-x86-experimental-pref-innermost-loop-alignment=5",
    "-accel-tables=Disable",
};
// For lean modules besides.
static const char *const lean_settings[] = {
    "-disable-post-ra",
    "-disable-lsr",
    "-enable-misched=false",
    "-grow-region-complexity-budget=500",
    "-addr-sink-new-phis=false",
    "-cgp-max-address-users-to-scan=10",
    "-disable-postra-machine-licm",
    "-disable-postra-machine-sink",
};
enum {
    USUAL_COUNT = sizeof usual_settings / sizeof usual_settings[0],
    LEAN_COUNT = sizeof lean_settings / sizeof lean_settings[0],
};

// LLVM keeps them for the whole process, and takes them once.
static void configure_back_end(bool is_lean) {
    static bool done;
    const char *settings[USUAL_COUNT + LEAN_COUNT];
    memcpy(settings, usual_settings, sizeof usual_settings);
    memcpy(settings + USUAL_COUNT, lean_settings, sizeof lean_settings);
    if (!done) {
        LLVMParseCommandLineOptions(USUAL_COUNT + (is_lean ? LEAN_COUNT : 0), settings, NULL);
        done = true;
    }
}

// A store of a vector whose elements lie apart is slower than those of the elements on the CPUs
// that have it: no loop becomes one over vectors for its sake.
#define TUNING "+prefer-no-scatter"

bool codegen_is_lean(const struct wasm_module *module, const struct codegen_options *options) {
    return options->optimisation_level == LEAN_LEVEL && options->passes == NULL &&
           codegen_body_bytes(module) > CODEGEN_LEAN_MODULE;
}

static LLVMTargetMachineRef create_machine(LLVMTargetRef target, const char *cpu,
                                           const char *cpu_features, LLVMCodeGenOptLevel level) {
    LLVMTargetMachineOptionsRef options = LLVMCreateTargetMachineOptions();
    size_t size = sizeof TUNING + strlen(cpu_features) + 1;
    char *features = codegen_allocate(size, 1);
    snprintf(features, size, TUNING "%s%s", cpu_features[0] != '\0' ? "," : "", cpu_features);
    LLVMTargetMachineOptionsSetCPU(options, cpu);
    LLVMTargetMachineOptionsSetFeatures(options, features);
    LLVMTargetMachineOptionsSetCodeGenOptLevel(options, level);
    LLVMTargetMachineOptionsSetRelocMode(options, LLVMRelocPIC);
    LLVMTargetMachineOptionsSetCodeModel(options, LLVMCodeModelSmall);
    LLVMTargetMachineRef machine = LLVMCreateTargetMachineWithOptions(target, triple, options);
    LLVMDisposeTargetMachineOptions(options);
    free(features);
    return machine;
}

LLVMTargetMachineRef codegen_machine_new(const struct wasm_module *module,
                                         const struct codegen_options *options,
                                         struct error *error) {
    LLVMResetFatalErrorHandler();
    LLVMInstallFatalErrorHandler(codegen_fatal);
    initialise_target();
    configure_back_end(codegen_is_lean(module, options));
    LLVMTargetRef target = NULL;
    char *message = NULL;
    if (LLVMGetTargetFromTriple(triple, &target, &message)) {
        error_set(error, ERROR_INTERNAL, "%s", message);
        LLVMDisposeMessage(message);
        return NULL;
    }
    char *host_cpu = LLVMGetHostCPUName();
    char *host_features = LLVMGetHostCPUFeatures();
    LLVMTargetMachineRef machine = create_machine(
        target, options->cpu != NULL ? options->cpu : host_cpu,
        options->cpu != NULL ? "" : host_features, levels[options->optimisation_level]);
    LLVMDisposeMessage(host_cpu);
    LLVMDisposeMessage(host_features);
    if (machine == NULL) {
        error_set(error, ERROR_INTERNAL, "LLVM has no machine for %s", triple);
    } else if (options->optimisation_level == 0) {
        LLVMSetTargetMachineFastISel(machine, true);
    }
    return machine;
}

void codegen_machine_dispose(LLVMTargetMachineRef machine) {
    if (machine != NULL) {
        LLVMDisposeTargetMachine(machine);
    }
}

static bool run_passes(struct codegen *codegen, const char *passes, struct error *error) {
    if (passes[0] == '\0') {
        return true;
    }
    LLVMPassBuilderOptionsRef options = LLVMCreatePassBuilderOptions();
    LLVMErrorRef failure = LLVMRunPasses(codegen->llvm, passes, codegen->machine, options);
    LLVMDisposePassBuilderOptions(options);
    if (failure == NULL) {
        return true;
    }
    char *message = LLVMGetErrorMessage(failure);
    error_set(error, ERROR_ARGUMENT, "passes: %s", message);
    LLVMDisposeErrorMessage(message);
    return false;
}

bool codegen_optimise(struct codegen *codegen, struct error *error) {
    if (codegen->options->passes != NULL) {
        return run_passes(codegen, codegen->options->passes, error);
    }
    const struct pipeline *pipeline = codegen_is_lean(codegen->module, codegen->options)
                                          ? &lean
                                          : &pipelines[codegen->options->optimisation_level];
    if (!run_passes(codegen, pipeline->passes, error)) {
        return false;
    }
    if (pipeline->after_widening == NULL) {
        return true;
    }
    codegen_hint_loops(codegen);
    codegen_widen_loops(codegen);
    if (!run_passes(codegen, pipeline->after_widening, error)) {
        return false;
    }
    codegen_join_neighbours(codegen);
    return true;
}

// Only the features that are there: what is absent follows from the CPU's name.
static void append_features(struct buffer *text, char *features, struct error *error) {
    char *rest = NULL;
    for (char *feature = strtok_r(features, ",", &rest); feature != NULL;
         feature = strtok_r(NULL, ",", &rest)) {
        if (feature[0] == '+') {
            (void)buffer_printf(text, error, " %s", feature);
        }
    }
}

char *codegen_compiler_identity(const struct codegen_options *options) {
    struct error error = {0};
    struct buffer text = {0};
    char *cpu = LLVMGetHostCPUName();
    char *features = LLVMGetHostCPUFeatures();
    (void)buffer_printf(&text, &error, "faasm %s llvm %s O%u%s %s", FAASM_VERSION,
                        FAASM_LLVM_VERSION, options->optimisation_level,
                        options->strict_traps ? " strict-traps" : "",
                        options->cpu != NULL ? options->cpu : cpu);
    if (options->cpu == NULL) {
        append_features(&text, features, &error);
    }
    (void)buffer_append(&text, "", 1, &error);
    LLVMDisposeMessage(cpu);
    LLVMDisposeMessage(features);
    if (error.code != ERROR_NONE) {
        buffer_destroy(&text);
        return NULL;
    }
    return (char *)text.data;
}
