#include "codegen/debug_read.h"

#include "codegen/debug_elf.h"
#include "codegen/debug_map.h"

#include <dwarf.h>
#include <elfutils/libdw.h>
#include <libelf.h>
#include <stdlib.h>
#include <string.h>

// What a module can make this do is bounded: entries and ranges that are looked at, of all units.
enum { STEPS_MAXIMUM = 64 << 20 };
enum { NESTING_MAXIMUM = 512 };

// Of the C++ runtime, which LLVM brings along.
extern char *__cxa_demangle(const char *mangled, char *buffer, size_t *length, int *status);

struct reader {
    Dwarf *dwarf;
    struct debug_map map;
    struct error *error;
    uint32_t lowest; // code begins here: what lies below was removed by the linker
    uint64_t end;    // of code
    bool readable_names;
    uint32_t steps;

    Dwarf_Die unit;
    uint32_t unit_number;
    const char *folder; // of the unit
    Dwarf_Files *files; // of the unit; NULL where it has none
    size_t file_count;
    uint32_t *file_numbers; // [file_count]; SOURCE_MAP_NONE: not asked for yet
};

static bool count_step(struct reader *reader) {
    return reader->steps++ < STEPS_MAXIMUM ||
           error_set(reader->error, ERROR_TOO_LARGE, "debug information of too many entries");
}

static bool fail(struct reader *reader) {
    const char *message = dwarf_errmsg(-1);
    return error_set(reader->error, ERROR_MALFORMED, "%s",
                     message != NULL ? message : "not understood");
}

// ---- Strings and files --------------------------------------------------------------------------

static const char *string_of(Dwarf_Die *entry, unsigned name) {
    Dwarf_Attribute attribute;
    const char *text = dwarf_formstring(dwarf_attr_integrate(entry, name, &attribute));
    return text != NULL ? text : "";
}

static uint32_t number_of(Dwarf_Die *entry, unsigned name) {
    Dwarf_Attribute attribute;
    Dwarf_Word value = 0;
    if (dwarf_formudata(dwarf_attr_integrate(entry, name, &attribute), &value) != 0) {
        return 0;
    }
    return value < UINT32_MAX ? (uint32_t)value : 0;
}

static bool add_path(struct reader *reader, const char *path, uint32_t *number) {
    if (path == NULL || path[0] == '\0') {
        *number = SOURCE_MAP_NONE;
        return true;
    }
    return debug_map_file(&reader->map, reader->folder, path, number, reader->error);
}

// A file of the unit's table by its number there.
static bool add_file(struct reader *reader, uint64_t index, uint32_t *number) {
    if (index >= reader->file_count) {
        *number = SOURCE_MAP_NONE;
        return true;
    }
    uint32_t *known = &reader->file_numbers[index];
    if (*known == SOURCE_MAP_NONE &&
        !add_path(reader, dwarf_filesrc(reader->files, index, NULL, NULL), known)) {
        return false;
    }
    *number = *known;
    return true;
}

static bool open_files(struct reader *reader) {
    free(reader->file_numbers);
    reader->file_numbers = NULL;
    reader->file_count = 0;
    if (dwarf_getsrcfiles(&reader->unit, &reader->files, &reader->file_count) != 0) {
        reader->files = NULL;
        reader->file_count = 0;
        return true;
    }
    reader->file_numbers = malloc((reader->file_count + 1) * sizeof(uint32_t));
    if (reader->file_numbers == NULL) {
        return error_set(reader->error, ERROR_MEMORY, "out of memory");
    }
    for (size_t i = 0; i < reader->file_count; i++) {
        reader->file_numbers[i] = SOURCE_MAP_NONE;
    }
    return true;
}

// ---- Lines --------------------------------------------------------------------------------------

static bool add_line(struct reader *reader, Dwarf_Line *line) {
    Dwarf_Addr address = 0;
    Dwarf_Files *files = NULL;
    size_t file = 0;
    int number = 0, column = 0;
    struct debug_row row = {.file = SOURCE_MAP_NONE};
    if (dwarf_lineaddr(line, &address) != 0 || dwarf_lineno(line, &number) != 0 ||
        dwarf_linecol(line, &column) != 0 || dwarf_lineendsequence(line, &row.end) != 0 ||
        dwarf_line_file(line, &files, &file) != 0) {
        return fail(reader);
    }
    if (address < reader->lowest || address > reader->end || !count_step(reader)) {
        return reader->error->code == ERROR_NONE;
    }
    row.address = (uint32_t)address;
    row.line = number > 0 ? (uint32_t)number : 0;
    row.column = column > 0 ? (uint32_t)column : 0;
    bool added = row.end || (files == reader->files
                                 ? add_file(reader, file, &row.file)
                                 : add_path(reader, dwarf_linesrc(line, NULL, NULL), &row.file));
    return added && debug_map_row(&reader->map, &row, reader->error);
}

static bool add_lines(struct reader *reader) {
    Dwarf_Lines *lines = NULL;
    size_t count = 0;
    if (dwarf_getsrclines(&reader->unit, &lines, &count) != 0) {
        return true; // a unit without code has none
    }
    for (size_t i = 0; i < count; i++) {
        if (!add_line(reader, dwarf_onesrcline(lines, i))) {
            return false;
        }
    }
    return true;
}

// ---- Functions ----------------------------------------------------------------------------------

static bool is_mangled(const char *name) {
    return strncmp(name, "_Z", 2) == 0 || strncmp(name, "_R", 2) == 0 || name[0] == '$';
}

static bool add_names(struct reader *reader, Dwarf_Die *entry,
                      struct source_map_function *function) {
    const char *name = string_of(entry, DW_AT_name);
    const char *linkage_name = string_of(entry, DW_AT_linkage_name);
    // Others are the names of symbols, such as __main_argc_argv, which the object does not have.
    linkage_name = is_mangled(linkage_name) ? linkage_name : "";
    char *demangled = NULL;
    if (reader->readable_names && strncmp(linkage_name, "_Z", 2) == 0) {
        demangled = __cxa_demangle(linkage_name, NULL, NULL, NULL);
    }
    bool added = debug_map_string(&reader->map, demangled != NULL ? demangled : name,
                                  &function->name, reader->error) &&
                 debug_map_string(&reader->map, reader->readable_names ? "" : linkage_name,
                                  &function->linkage_name, reader->error);
    free(demangled);
    return added;
}

static bool add_function(struct reader *reader, Dwarf_Die *entry, uint32_t *number) {
    struct source_map_function function = {
        .line = number_of(entry, DW_AT_decl_line),
        .unit = reader->unit_number,
    };
    return add_path(reader, dwarf_decl_file(entry), &function.file) &&
           add_names(reader, entry, &function) &&
           debug_map_function(&reader->map, &function, number, reader->error);
}

struct span {
    uint32_t low, high;
};

// The ranges of an entry that are code of the module.
static bool read_ranges(struct reader *reader, Dwarf_Die *entry, struct buffer *spans) {
    Dwarf_Addr base, low, high;
    ptrdiff_t offset = 0;
    while ((offset = dwarf_ranges(entry, offset, &base, &low, &high)) > 0) {
        if (!count_step(reader)) {
            return false;
        }
        if (low < high && low >= reader->lowest && high <= reader->end) {
            struct span span = {(uint32_t)low, (uint32_t)high};
            if (!buffer_append(spans, &span, sizeof span, reader->error)) {
                return false;
            }
        }
    }
    return true;
}

// Gives `number` SOURCE_MAP_NONE where no code is left of it.
static bool add_scope(struct reader *reader, Dwarf_Die *entry, uint32_t parent, uint32_t depth,
                      uint32_t *number) {
    struct buffer spans = {0};
    struct source_map_scope scope = {.parent = parent, .call_file = SOURCE_MAP_NONE};
    *number = SOURCE_MAP_NONE;
    bool ok = read_ranges(reader, entry, &spans);
    if (ok && spans.length > 0) {
        if (parent != SOURCE_MAP_NONE) {
            scope.call_line = number_of(entry, DW_AT_call_line);
            scope.call_column = number_of(entry, DW_AT_call_column);
            ok = add_file(reader, number_of(entry, DW_AT_call_file), &scope.call_file);
        }
        ok = ok && add_function(reader, entry, &scope.function) &&
             debug_map_scope(&reader->map, &scope, number, reader->error);
    }
    const struct span *all = (void *)spans.data;
    for (size_t i = 0; ok && i < spans.length / sizeof *all; i++) {
        ok = debug_map_span(&reader->map, all[i].low, all[i].high, *number, depth, reader->error);
    }
    buffer_destroy(&spans);
    return ok;
}

// Where a walk over entries is: within `scope`, of which so many are inlined into one another.
struct place {
    uint32_t scope;
    uint32_t depth;
    unsigned nesting;
};

static bool walk(struct reader *reader, Dwarf_Die *parent, struct place place);

static bool visit_function(struct reader *reader, Dwarf_Die *entry, struct place place) {
    struct place within = {SOURCE_MAP_NONE, 1, place.nesting};
    if (!dwarf_hasattr(entry, DW_AT_low_pc) && !dwarf_hasattr(entry, DW_AT_ranges)) {
        return true; // declared, or the pattern of what is inlined
    }
    return add_scope(reader, entry, SOURCE_MAP_NONE, 0, &within.scope) &&
           (within.scope == SOURCE_MAP_NONE || walk(reader, entry, within));
}

static bool visit_inlined(struct reader *reader, Dwarf_Die *entry, struct place place) {
    struct place within = {SOURCE_MAP_NONE, place.depth + 1, place.nesting};
    if (place.scope == SOURCE_MAP_NONE || place.depth >= SOURCE_MAP_DEPTH) {
        return true;
    }
    return add_scope(reader, entry, place.scope, place.depth, &within.scope) &&
           (within.scope == SOURCE_MAP_NONE || walk(reader, entry, within));
}

static bool visit(struct reader *reader, Dwarf_Die *entry, struct place place) {
    switch (dwarf_tag(entry)) {
    case DW_TAG_subprogram:
        return visit_function(reader, entry, place);
    case DW_TAG_inlined_subroutine:
        return visit_inlined(reader, entry, place);
    case DW_TAG_lexical_block:
    case DW_TAG_try_block:
    case DW_TAG_catch_block:
    case DW_TAG_namespace:
    case DW_TAG_module:
    case DW_TAG_class_type:
    case DW_TAG_structure_type:
    case DW_TAG_union_type:
    case DW_TAG_enumeration_type: // of Rust, which have functions
        return walk(reader, entry, place);
    default:
        return true;
    }
}

static bool walk(struct reader *reader, Dwarf_Die *parent, struct place place) {
    Dwarf_Die entry;
    if (place.nesting++ >= NESTING_MAXIMUM) {
        return true;
    }
    int result = dwarf_child(parent, &entry);
    while (result == 0) {
        if (!count_step(reader) || !visit(reader, &entry, place)) {
            return false;
        }
        result = dwarf_siblingof(&entry, &entry);
    }
    return result > 0 || fail(reader);
}

// ---- Units --------------------------------------------------------------------------------------

static bool add_unit(struct reader *reader) {
    Dwarf_Attribute attribute;
    const char *folder = dwarf_formstring(dwarf_attr(&reader->unit, DW_AT_comp_dir, &attribute));
    reader->folder = folder != NULL ? folder : "";
    int language = dwarf_srclang(&reader->unit);
    struct source_map_unit unit = {.language = language > 0 ? (uint32_t)language : DW_LANG_C11};
    return add_path(reader, dwarf_diename(&reader->unit), &unit.file) &&
           debug_map_string(&reader->map, string_of(&reader->unit, DW_AT_producer), &unit.producer,
                            reader->error) &&
           debug_map_unit(&reader->map, &unit, &reader->unit_number, reader->error) &&
           open_files(reader) && add_lines(reader) &&
           walk(reader, &reader->unit, (struct place){SOURCE_MAP_NONE, 0, 0});
}

// Units that are split off into other files are not looked for.
static bool read_units(struct reader *reader) {
    Dwarf_CU *unit = NULL;
    uint8_t type = 0;
    int result;
    while ((result = dwarf_get_units(reader->dwarf, unit, &unit, NULL, &type, &reader->unit,
                                     NULL)) == 0) {
        bool has_code = type == DW_UT_compile || type == DW_UT_partial;
        if (!count_step(reader) || (has_code && !add_unit(reader))) {
            return false;
        }
    }
    return result > 0 || fail(reader);
}

static bool read_elf(struct reader *reader, struct bytes bytes, struct buffer *map) {
    if (elf_version(EV_CURRENT) == EV_NONE) {
        return error_set(reader->error, ERROR_INTERNAL, "libelf: %s", elf_errmsg(-1));
    }
    bool ok = false;
    Elf *elf = elf_memory((char *)bytes.data, bytes.length);
    reader->dwarf = elf != NULL ? dwarf_begin_elf(elf, DWARF_C_READ, NULL) : NULL;
    if (reader->dwarf == NULL) {
        fail(reader);
    } else {
        ok = read_units(reader) && debug_map_finish(&reader->map, map, reader->error);
        dwarf_end(reader->dwarf);
    }
    if (elf != NULL) {
        elf_end(elf);
    }
    free(reader->file_numbers);
    debug_map_destroy(&reader->map);
    return ok;
}

bool debug_read_wasm(struct bytes wasm, struct buffer *map, struct error *error) {
    struct error local = {0};
    struct buffer elf = {0};
    // Address 0 is the number of functions, so nothing that was kept is there.
    struct reader reader = {.error = &local, .lowest = 1, .end = wasm.length};
    bool ok = debug_elf_wrap(wasm, &elf, &local) && read_elf(&reader, buffer_bytes(&elf), map);
    buffer_destroy(&elf);
    return ok || error_set(error, local.code, "%s", local.message);
}

bool debug_read_object(struct bytes shared, struct buffer *map, struct error *error) {
    struct error local = {0};
    struct reader reader = {
        .error = &local, .lowest = 1, .end = UINT32_MAX - 1, .readable_names = true};
    return read_elf(&reader, shared, map) || error_set(error, local.code, "%s", local.message);
}
