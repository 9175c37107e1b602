#include "codegen/context.h"

#include "codegen/debug_info.h"
#include "codegen/sandbox.h"
#include "codegen/signature.h"

#include <llvm-c/Target.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void codegen_fatal(const char *message) {
    fprintf(stderr, "faasm-codegen: internal: %s\n", message);
    fflush(stderr);
    _exit(2);
}

static __attribute__((noreturn)) void lack_memory(void) {
    _exit(SANDBOX_OUT_OF_MEMORY);
}

void codegen_grow(void **array, size_t *capacity, size_t needed, size_t element_size) {
    if (needed <= *capacity) {
        return;
    }
    size_t wanted = *capacity < 16 ? 16 : *capacity;
    while (wanted < needed) {
        if (wanted > SIZE_MAX / 2 / element_size) {
            lack_memory();
        }
        wanted *= 2;
    }
    void *grown = realloc(*array, wanted * element_size);
    if (grown == NULL) {
        lack_memory();
    }
    *array = grown;
    *capacity = wanted;
}

void *codegen_allocate(size_t count, size_t size) {
    void *memory = calloc(count > 0 ? count : 1, size);
    if (memory == NULL) {
        lack_memory();
    }
    return memory;
}

LLVMTypeRef codegen_value_type(const struct codegen *codegen, uint8_t value_type) {
    switch (value_type) {
    case OBJECT_I32:
        return codegen->i32;
    case OBJECT_F32:
        return codegen->f32;
    case OBJECT_F64:
        return codegen->f64;
    case OBJECT_V128:
        return codegen->v128;
    default: // i64 and references
        return codegen->i64;
    }
}

static void create_types(struct codegen *codegen) {
    LLVMContextRef context = codegen->context;
    codegen->void_type = LLVMVoidTypeInContext(context);
    codegen->i1 = LLVMInt1TypeInContext(context);
    codegen->i8 = LLVMInt8TypeInContext(context);
    codegen->i16 = LLVMInt16TypeInContext(context);
    codegen->i32 = LLVMInt32TypeInContext(context);
    codegen->i64 = LLVMInt64TypeInContext(context);
    codegen->f32 = LLVMFloatTypeInContext(context);
    codegen->f64 = LLVMDoubleTypeInContext(context);
    codegen->v128 = LLVMVectorType(codegen->i8, 16);
    codegen->pointer = LLVMPointerTypeInContext(context, 0);
    codegen->zero_i32 = codegen_i32(codegen, 0);
    codegen->zero_i64 = codegen_i64(codegen, 0);

    const struct wasm_module *module = codegen->module;
    codegen->signatures = codegen_allocate(module->type_count, sizeof(struct signature));
    codegen->type_identities = codegen_allocate(module->type_count, sizeof(uint64_t));
    for (uint32_t i = 0; i < module->type_count; i++) {
        const struct wasm_function_type *type = &module->types[i];
        signature_create(codegen, type, &codegen->signatures[i]);
        codegen->type_identities[i] = object_type_identity(type->parameters, type->parameter_count,
                                                           type->results, type->result_count);
    }
}

static unsigned metadata_kind(const struct codegen *codegen, const char *name) {
    return LLVMGetMDKindIDInContext(codegen->context, name, (unsigned)strlen(name));
}

static LLVMMetadataRef metadata_string(const struct codegen *codegen, const char *text) {
    return LLVMMDStringInContext2(codegen->context, text, strlen(text));
}

// A tree of one root with a leaf for each kind: leaves do not alias one another.
static void create_alias_metadata(struct codegen *codegen) {
    static const char *const names[CODEGEN_ALIAS_COUNT] = {"memory", "globals", "tables", "sizes"};
    LLVMMetadataRef root_name = metadata_string(codegen, "faasm");
    LLVMMetadataRef root = LLVMMDNodeInContext2(codegen->context, &root_name, 1);
    LLVMMetadataRef zero = LLVMValueAsMetadata(codegen->zero_i64);
    for (int i = 0; i < CODEGEN_ALIAS_COUNT; i++) {
        LLVMMetadataRef type_fields[] = {metadata_string(codegen, names[i]), root, zero};
        LLVMMetadataRef type = LLVMMDNodeInContext2(codegen->context, type_fields, 3);
        LLVMMetadataRef tag_fields[] = {type, type, zero};
        codegen->alias[i] = LLVMMetadataAsValue(
            codegen->context, LLVMMDNodeInContext2(codegen->context, tag_fields, 3));
    }
}

static void create_metadata(struct codegen *codegen) {
    codegen->kind_tbaa = metadata_kind(codegen, "tbaa");
    codegen->kind_invariant = metadata_kind(codegen, "invariant.load");
    codegen->kind_profile = metadata_kind(codegen, "prof");
    codegen->kind_range = metadata_kind(codegen, "range");
    codegen->no_metadata =
        LLVMMetadataAsValue(codegen->context, LLVMMDNodeInContext2(codegen->context, NULL, 0));
    LLVMMetadataRef weights[] = {
        metadata_string(codegen, "branch_weights"),
        LLVMValueAsMetadata(codegen_i32(codegen, 1)),
        LLVMValueAsMetadata(codegen_i32(codegen, 1u << 20)),
    };
    codegen->unlikely =
        LLVMMetadataAsValue(codegen->context, LLVMMDNodeInContext2(codegen->context, weights, 3));
    create_alias_metadata(codegen);
}

static void add_flag(struct codegen *codegen, const char *name, uint64_t value) {
    unsigned kind = LLVMGetEnumAttributeKindForName(name, strlen(name));
    codegen->attributes[codegen->attribute_count++] =
        LLVMCreateEnumAttribute(codegen->context, kind, value);
}

static void add_text(struct codegen *codegen, const char *name, const char *value) {
    codegen->attributes[codegen->attribute_count++] = LLVMCreateStringAttribute(
        codegen->context, name, (unsigned)strlen(name), value, (unsigned)strlen(value));
}

static void create_attributes(struct codegen *codegen) {
    if (!codegen->module->may_throw) {
        add_flag(codegen, "nounwind", 0);
    }
    add_flag(codegen, "uwtable", 2);                // exact at every instruction
    add_text(codegen, "probe-stack", "inline-asm"); // no frame steps over the guard page
    add_text(codegen, "no-builtins", "");           // loops do not become library calls
    add_text(codegen, "prefer-vector-width", "512");
    unsigned kind = LLVMGetEnumAttributeKindForName("swiftself", strlen("swiftself"));
    codegen->base_attribute = LLVMCreateEnumAttribute(codegen->context, kind, 0);
}

static uint32_t exception_slots(const struct wasm_module *module) {
    uint32_t most = 0;
    for (uint32_t i = 0; i < module->tag_count; i++) {
        uint32_t slots = signature_tag_slots(&module->types[module->tags[i].type_index]);
        most = slots > most ? slots : most;
    }
    return most;
}

// What all parts of a module see, and nothing outside of it.
static void set_shared_linkage(const struct codegen *codegen, LLVMValueRef global) {
    if (codegen_has_parts(codegen)) {
        LLVMSetVisibility(global, LLVMHiddenVisibility);
    } else {
        LLVMSetLinkage(global, LLVMInternalLinkage);
    }
}

// The two things that the runtime writes when it loads the object. They are marked as externally
// initialised: else LLVM would take their initial values for granted.
static LLVMValueRef add_data_slot(struct codegen *codegen, LLVMTypeRef type, LLVMValueRef initial,
                                  const char *name) {
    LLVMValueRef slot = LLVMAddGlobal(codegen->llvm, type, name);
    set_shared_linkage(codegen, slot);
    LLVMSetAlignment(slot, 16);
    if (codegen_is_first_part(codegen)) {
        LLVMSetInitializer(slot, initial);
        LLVMSetExternallyInitialized(slot, true);
    }
    return slot;
}

static void create_slots(struct codegen *codegen) {
    codegen->support =
        add_data_slot(codegen, codegen->pointer, LLVMConstNull(codegen->pointer), "support");

    uint32_t count = codegen->module->type_count;
    LLVMValueRef *identities = codegen_allocate(count, sizeof(LLVMValueRef));
    for (uint32_t i = 0; i < count; i++) {
        identities[i] = codegen_i64(codegen, codegen->type_identities[i]);
    }
    codegen->type_identity_table =
        add_data_slot(codegen, LLVMArrayType2(codegen->i64, count),
                      LLVMConstArray2(codegen->i64, identities, count), "type_identities");
    free(identities);
}

LLVMValueRef codegen_function(struct codegen *codegen, uint32_t index) {
    if (codegen->functions[index] == NULL) {
        const struct wasm_function *function = &codegen->module->functions[index];
        const struct signature *signature = &codegen->signatures[function->type_index];
        char name[16];
        snprintf(name, sizeof name, "f%u", index);
        codegen->functions[index] =
            signature_add_function(codegen, name, signature, function->tail_calls);
        set_shared_linkage(codegen, codegen->functions[index]);
    }
    return codegen->functions[index];
}

// The plainest CPU that can be named is the only one without.
static bool has_sse41(const struct codegen *codegen) {
    if (codegen->options->cpu != NULL) {
        return strcmp(codegen->options->cpu, "x86-64") != 0;
    }
    char *features = LLVMGetTargetMachineFeatureString(codegen->machine);
    bool found = strstr(features, "+sse4.1") != NULL;
    LLVMDisposeMessage(features);
    return found;
}

bool codegen_context_create(struct codegen *codegen, const struct wasm_module *module,
                            const struct codegen_options *options, LLVMTargetMachineRef machine,
                            struct error *error) {
    *codegen = (struct codegen){.module = module, .options = options, .machine = machine};
    if (!codegen_layout(codegen, error)) {
        return false;
    }
    codegen_choose_part(codegen);
    codegen->context = LLVMContextCreate();
    LLVMContextSetDiscardValueNames(codegen->context,
                                    !options->print_ir && options->output == CODEGEN_OBJECT);
    codegen->llvm = LLVMModuleCreateWithNameInContext("wasm", codegen->context);
    codegen->builder = LLVMCreateBuilderInContext(codegen->context);
    codegen->entry_builder = LLVMCreateBuilderInContext(codegen->context);
    codegen->data_layout = LLVMCreateTargetDataLayout(machine);
    LLVMSetModuleDataLayout(codegen->llvm, codegen->data_layout);
    char *triple = LLVMGetTargetMachineTriple(machine);
    LLVMSetTarget(codegen->llvm, triple);
    LLVMDisposeMessage(triple);
    codegen->has_sse41 = has_sse41(codegen);
    codegen->exception_slots = exception_slots(module);
    create_types(codegen);
    create_metadata(codegen);
    create_attributes(codegen);
    create_slots(codegen);
    codegen->functions = codegen_allocate(module->function_count, sizeof(LLVMValueRef));
    debug_info_begin(codegen);
    return true;
}

void codegen_context_destroy(struct codegen *codegen) {
    free(codegen->signatures);
    free(codegen->adapters);
    free(codegen->type_identities);
    free(codegen->functions);
    free(codegen->entries);
    free(codegen->function_references);
    if (codegen->context != NULL) {
        debug_info_destroy(codegen);
        LLVMDisposeBuilder(codegen->builder);
        LLVMDisposeBuilder(codegen->entry_builder);
        LLVMDisposeTargetData(codegen->data_layout);
        LLVMDisposeModule(codegen->llvm);
        LLVMContextDispose(codegen->context);
    }
}

void codegen_leave_unoptimised(const struct codegen *codegen, LLVMValueRef function) {
    static const char *const names[] = {"optnone", "noinline"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        unsigned kind = LLVMGetEnumAttributeKindForName(names[i], strlen(names[i]));
        LLVMAddAttributeAtIndex(function, LLVMAttributeFunctionIndex,
                                LLVMCreateEnumAttribute(codegen->context, kind, 0));
    }
}

void codegen_set_attributes(const struct codegen *codegen, LLVMValueRef function) {
    for (unsigned i = 0; i < codegen->attribute_count; i++) {
        LLVMAddAttributeAtIndex(function, LLVMAttributeFunctionIndex, codegen->attributes[i]);
    }
}

LLVMValueRef codegen_intrinsic(struct codegen *codegen, const char *name, LLVMTypeRef *types,
                               unsigned type_count, LLVMValueRef *arguments,
                               unsigned argument_count) {
    unsigned id = LLVMLookupIntrinsicID(name, strlen(name));
    LLVMValueRef function = LLVMGetIntrinsicDeclaration(codegen->llvm, id, types, type_count);
    return LLVMBuildCall2(codegen->builder, LLVMGlobalGetValueType(function), function, arguments,
                          argument_count, "");
}

LLVMValueRef codegen_address(struct codegen *codegen, LLVMBuilderRef builder, LLVMValueRef base,
                             uint64_t offset) {
    if (offset == 0) {
        return base;
    }
    LLVMValueRef index = codegen_i64(codegen, offset);
    return LLVMBuildInBoundsGEP2(builder, codegen->i8, base, &index, 1, "");
}

void codegen_note(const struct codegen *codegen, LLVMValueRef instruction, unsigned kind,
                  LLVMValueRef node) {
    if (codegen->options->optimisation_level > 0 || codegen->options->passes != NULL) {
        LLVMSetMetadata(instruction, kind, node);
    }
}

void codegen_note_alias(const struct codegen *codegen, LLVMValueRef access,
                        enum codegen_alias alias) {
    codegen_note(codegen, access, codegen->kind_tbaa, codegen->alias[alias]);
}

LLVMValueRef codegen_load_invariant(struct codegen *codegen, LLVMBuilderRef builder,
                                    LLVMTypeRef type, LLVMValueRef base, uint64_t offset) {
    LLVMValueRef load =
        LLVMBuildLoad2(builder, type, codegen_address(codegen, builder, base, offset), "");
    LLVMSetAlignment(load, 8);
    codegen_note(codegen, load, codegen->kind_invariant, codegen->no_metadata);
    return load;
}

LLVMValueRef codegen_memory_base(struct codegen *codegen, LLVMBuilderRef builder,
                                 LLVMValueRef instance) {
    LLVMValueRef delta = codegen_load_invariant(codegen, builder, codegen->i64, instance,
                                                offsetof(struct object_instance, base_delta));
    return LLVMBuildGEP2(builder, codegen->i8, instance, &delta, 1, "");
}
