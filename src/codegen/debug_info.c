#include "codegen/debug_info.h"

#include "base/source_map.h"

#include <llvm-c/DebugInfo.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct debug_info {
    const struct source_map *map;
    uint32_t code_offset; // of the code section's contents: addresses of the map count from there
    LLVMDIBuilderRef *builders;   // [units], NULL until needed; each has one unit
    LLVMMetadataRef *units;       // [units]
    LLVMMetadataRef *files;       // [files]
    LLVMMetadataRef *functions;   // [functions]
    LLVMDIBuilderRef any_builder; // for what belongs to no unit

    // Of the function that is being written; NULL where it has no places.
    LLVMMetadataRef subprogram;
    uint32_t subprogram_file;
    uint32_t place; // the last one that was looked at
};

// ---- Units, files and functions -----------------------------------------------------------------

static LLVMMetadataRef file_of(struct debug_info *debug, uint32_t number) {
    const struct source_map *map = debug->map;
    const struct source_map_file *file = source_map_file(map, number);
    if (file == NULL) {
        return LLVMDIBuilderCreateFile(debug->any_builder, "?", 1, "", 0);
    }
    if (debug->files[number] == NULL) {
        const char *name = source_map_string(map, file->name);
        const char *folder = source_map_string(map, file->folder);
        debug->files[number] =
            LLVMDIBuilderCreateFile(debug->any_builder, name, strlen(name), folder, strlen(folder));
    }
    return debug->files[number];
}

// LLVM's numbers follow those of DWARF, in which two are left out.
static LLVMDWARFSourceLanguage language_of(uint32_t dwarf) {
    enum { FIRST = 0x01, CRYSTAL = 0x28, CPLUSPLUS_17 = 0x2a, C_17 = 0x2c };
    if (dwarf >= FIRST && dwarf <= CRYSTAL) {
        return (LLVMDWARFSourceLanguage)(dwarf - 1);
    }
    if (dwarf >= CPLUSPLUS_17 && dwarf <= C_17) {
        return (LLVMDWARFSourceLanguage)(dwarf - 2);
    }
    return LLVMDWARFSourceLanguageC11;
}

static LLVMDIBuilderRef open_unit(struct codegen *codegen, uint32_t number) {
    struct debug_info *debug = codegen->debug;
    const struct source_map_unit *unit = source_map_unit(debug->map, number);
    const char *producer = source_map_string(debug->map, unit->producer);
    LLVMDIBuilderRef builder = LLVMCreateDIBuilder(codegen->llvm);
    debug->builders[number] = builder;
    debug->any_builder = builder;
    debug->units[number] = LLVMDIBuilderCreateCompileUnit(
        builder, language_of(unit->language), file_of(debug, unit->file), producer,
        strlen(producer), codegen->options->optimisation_level > 0, "", 0, 0, "", 0,
        LLVMDWARFEmissionFull, 0, true, false, "", 0, "", 0);
    return builder;
}

static LLVMDIBuilderRef builder_of(struct codegen *codegen, uint32_t unit) {
    struct debug_info *debug = codegen->debug;
    unit = unit < debug->map->header.unit_count ? unit : 0;
    return debug->builders[unit] != NULL ? debug->builders[unit] : open_unit(codegen, unit);
}

static LLVMMetadataRef make_subprogram(struct codegen *codegen,
                                       const struct source_map_function *function, const char *name,
                                       uint32_t scope_line) {
    struct debug_info *debug = codegen->debug;
    LLVMDIBuilderRef builder = builder_of(codegen, function->unit);
    const char *linkage_name = source_map_string(debug->map, function->linkage_name);
    LLVMMetadataRef file = file_of(debug, function->file);
    LLVMMetadataRef type =
        LLVMDIBuilderCreateSubroutineType(builder, file, NULL, 0, LLVMDIFlagZero);
    return LLVMDIBuilderCreateFunction(
        builder, file, name, strlen(name), linkage_name, strlen(linkage_name), file, function->line,
        type, false, true, scope_line, LLVMDIFlagZero, codegen->options->optimisation_level > 0);
}

static LLVMMetadataRef inlined_subprogram(struct codegen *codegen, uint32_t number) {
    struct debug_info *debug = codegen->debug;
    const struct source_map_function *function = source_map_function(debug->map, number);
    if (function == NULL) {
        return NULL;
    }
    if (debug->functions[number] == NULL) {
        debug->functions[number] = make_subprogram(
            codegen, function, source_map_string(debug->map, function->name), function->line);
    }
    return debug->functions[number];
}

// ---- Places -------------------------------------------------------------------------------------

// A line in `file` of a subprogram that may be defined in another file.
static LLVMMetadataRef make_location(struct codegen *codegen, LLVMMetadataRef subprogram,
                                     uint32_t own_file, uint32_t file, uint32_t line,
                                     uint32_t column, LLVMMetadataRef inlined_at) {
    struct debug_info *debug = codegen->debug;
    LLVMMetadataRef scope = subprogram;
    if (file != own_file && file != SOURCE_MAP_NONE) {
        scope = LLVMDIBuilderCreateLexicalBlockFile(debug->any_builder, subprogram,
                                                    file_of(debug, file), 0);
    }
    return LLVMDIBuilderCreateDebugLocation(codegen->context, line, column, scope, inlined_at);
}

struct line {
    uint32_t file, line, column;
};

// From the outermost scope inwards: `scopes` are those inlined into the function.
static LLVMMetadataRef locate(struct codegen *codegen, struct line line, uint32_t scope) {
    struct debug_info *debug = codegen->debug;
    const struct source_map *map = debug->map;
    uint32_t scopes[SOURCE_MAP_DEPTH];
    unsigned depth = 0;
    for (; source_map_parent(map, scope) != SOURCE_MAP_NONE && depth < SOURCE_MAP_DEPTH;
         scope = source_map_parent(map, scope)) {
        scopes[depth++] = scope;
    }
    LLVMMetadataRef inlined_at = NULL, subprogram = debug->subprogram;
    uint32_t file = debug->subprogram_file;
    while (depth > 0) {
        const struct source_map_scope *inlined = source_map_scope(map, scopes[--depth]);
        LLVMMetadataRef callee = inlined_subprogram(codegen, inlined->function);
        if (callee == NULL) {
            break;
        }
        inlined_at = make_location(codegen, subprogram, file, inlined->call_file,
                                   inlined->call_line, inlined->call_column, inlined_at);
        subprogram = callee;
        file = source_map_function(map, inlined->function)->file;
    }
    return make_location(codegen, subprogram, file, line.file, line.line, line.column, inlined_at);
}

// The number of the place of an address, SOURCE_MAP_NONE where nothing is known. Goes on from the
// last one, as bodies are walked through in order.
static bool find_place(struct debug_info *debug, uint32_t address, bool *changed) {
    const struct source_map_place *places = debug->map->places;
    uint32_t count = debug->map->header.place_count;
    uint32_t place = debug->place;
    while (place + 1 < count && places[place + 1].address <= address) {
        place++;
    }
    *changed = place != debug->place;
    debug->place = place;
    return places[place].address <= address && places[place].file != SOURCE_MAP_NONE;
}

void debug_info_locate(struct codegen *codegen, uint32_t offset) {
    struct debug_info *debug = codegen->debug;
    if (debug == NULL || debug->subprogram == NULL) {
        return;
    }
    bool changed;
    bool known = find_place(debug, offset - debug->code_offset, &changed);
    if (!changed && LLVMGetCurrentDebugLocation2(codegen->builder) != NULL) {
        return;
    }
    const struct source_map_place *place = &debug->map->places[debug->place];
    struct line line = {place->file, place->line, place->column};
    struct line nowhere = {debug->subprogram_file, 0, 0};
    LLVMSetCurrentDebugLocation2(codegen->builder, locate(codegen, known ? line : nowhere,
                                                          known ? place->scope : SOURCE_MAP_NONE));
}

LLVMMetadataRef debug_info_leave_place(struct codegen *codegen) {
    LLVMMetadataRef place = LLVMGetCurrentDebugLocation2(codegen->builder);
    if (codegen->debug != NULL && codegen->debug->subprogram != NULL) {
        LLVMSetCurrentDebugLocation2(
            codegen->builder, LLVMDIBuilderCreateDebugLocation(codegen->context, 0, 0,
                                                               codegen->debug->subprogram, NULL));
    }
    return place;
}

void debug_info_restore(struct codegen *codegen, LLVMMetadataRef place) {
    LLVMSetCurrentDebugLocation2(codegen->builder, place);
}

uint32_t debug_info_place(const struct codegen *codegen) {
    return codegen->debug != NULL ? codegen->debug->place : 0;
}

// Inline assembly, here of no instructions, ends what LLVM compares of the ends of blocks.
void debug_info_keep_apart(struct codegen *codegen) {
    if (codegen->debug != NULL) {
        LLVMTypeRef type = LLVMFunctionType(codegen->void_type, NULL, 0, false);
        LLVMValueRef nothing =
            LLVMGetInlineAsm(type, "", 0, "", 0, true, false, LLVMInlineAsmDialectATT, false);
        LLVMBuildCall2(codegen->builder, type, nothing, NULL, 0, "");
    }
}

// ---- Functions ----------------------------------------------------------------------------------

// What the map says of a function's code: its first place, and which function it is of. False where
// it says nothing.
static bool find_function(const struct debug_info *debug, uint32_t begin, uint32_t end,
                          struct source_map_place *first, uint32_t *number) {
    const struct source_map *map = debug->map;
    bool found = false;
    *number = SOURCE_MAP_NONE;
    for (uint32_t i = source_map_search(map, begin);
         i < map->header.place_count && map->places[i].address < end; i++) {
        const struct source_map_place *place = &map->places[i];
        if (place->file == SOURCE_MAP_NONE) {
            continue;
        }
        if (!found) {
            *first = *place;
            found = true;
        }
        uint32_t scope = place->scope;
        while (source_map_parent(map, scope) != SOURCE_MAP_NONE) {
            scope = source_map_parent(map, scope);
        }
        if (source_map_scope(map, scope) != NULL) {
            *number = source_map_scope(map, scope)->function;
            break;
        }
    }
    return found;
}

// The name in the module, as text; for functions that the map does not name.
static char *module_name(const struct codegen *codegen, uint32_t index) {
    struct bytes name = codegen->module->functions[index].name;
    char *text = codegen_allocate(name.length + 32, 1);
    if (name.length > 0) {
        memcpy(text, name.data, name.length);
    } else {
        snprintf(text, 32, "wasm-function[%u]", index);
    }
    return text;
}

static void define(struct codegen *codegen, uint32_t index, const struct source_map_place *first,
                   uint32_t number) {
    struct debug_info *debug = codegen->debug;
    const struct source_map_function *known = source_map_function(debug->map, number);
    struct source_map_function function = {.file = first->file, .line = first->line};
    function.name = function.linkage_name = UINT32_MAX;
    if (known != NULL) {
        function = *known;
        function.file = function.file != SOURCE_MAP_NONE ? function.file : first->file;
    }
    char *own = module_name(codegen, index);
    const char *name = source_map_string(debug->map, function.name);
    uint32_t scope_line = function.file == first->file ? first->line : function.line;
    debug->subprogram =
        make_subprogram(codegen, &function, name[0] != '\0' ? name : own, scope_line);
    debug->subprogram_file = function.file;
    free(own);
    LLVMSetSubprogram(codegen_function(codegen, index), debug->subprogram);
    if (known != NULL && debug->functions[number] == NULL) {
        debug->functions[number] = debug->subprogram; // also where it is inlined
    }
}

void debug_info_begin_function(struct codegen *codegen, uint32_t index) {
    struct debug_info *debug = codegen->debug;
    if (debug == NULL) {
        return;
    }
    const struct wasm_function *function = &codegen->module->functions[index];
    uint32_t begin = function->offset - debug->code_offset;
    struct source_map_place first;
    uint32_t number;
    debug->subprogram = NULL;
    if (find_function(debug, begin, begin + function->length, &first, &number)) {
        debug->place = source_map_search(debug->map, begin);
        define(codegen, index, &first, number);
    }
}

void debug_info_end_function(struct codegen *codegen) {
    if (codegen->debug != NULL) {
        codegen->debug->subprogram = NULL;
        LLVMSetCurrentDebugLocation2(codegen->builder, NULL);
    }
}

// ---- The module ---------------------------------------------------------------------------------

static void add_flag(struct codegen *codegen, const char *name, uint32_t value) {
    LLVMAddModuleFlag(codegen->llvm, LLVMModuleFlagBehaviorWarning, name, strlen(name),
                      LLVMValueAsMetadata(codegen_i32(codegen, value)));
}

void debug_info_begin(struct codegen *codegen) {
    enum { DWARF_VERSION = 5 };
    const struct source_map *map = codegen->options->source;
    if (map == NULL || map->header.unit_count == 0 || map->header.place_count == 0) {
        return;
    }
    struct debug_info *debug = codegen_allocate(1, sizeof *debug);
    *debug = (struct debug_info){
        .map = map,
        .code_offset = codegen->module->code_offset,
        .builders = codegen_allocate(map->header.unit_count, sizeof *debug->builders),
        .units = codegen_allocate(map->header.unit_count, sizeof *debug->units),
        .files = codegen_allocate(map->header.file_count, sizeof *debug->files),
        .functions = codegen_allocate(map->header.function_count, sizeof *debug->functions),
    };
    codegen->debug = debug;
    add_flag(codegen, "Dwarf Version", DWARF_VERSION);
    add_flag(codegen, "Debug Info Version", LLVMDebugMetadataVersion());
}

void debug_info_end(struct codegen *codegen) {
    struct debug_info *debug = codegen->debug;
    for (uint32_t i = 0; debug != NULL && i < debug->map->header.unit_count; i++) {
        if (debug->builders[i] != NULL) {
            LLVMDIBuilderFinalize(debug->builders[i]);
        }
    }
}

void debug_info_destroy(struct codegen *codegen) {
    struct debug_info *debug = codegen->debug;
    if (debug == NULL) {
        return;
    }
    for (uint32_t i = 0; i < debug->map->header.unit_count; i++) {
        if (debug->builders[i] != NULL) {
            LLVMDisposeDIBuilder(debug->builders[i]);
        }
    }
    free(debug->builders);
    free(debug->units);
    free(debug->files);
    free(debug->functions);
    free(debug);
    codegen->debug = NULL;
}
