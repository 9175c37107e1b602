#include "codegen/elf_names.h"

#include "codegen/elf_file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NAME_LIMIT = 1000 };

// ---- Names

// The name of the first export of each function; views into the module.
static struct bytes *export_names(const struct wasm_module *module) {
    struct bytes *names = calloc((size_t)module->function_count + 1, sizeof *names);
    for (uint32_t i = 0; names != NULL && i < module->export_count; i++) {
        const struct wasm_export *export = &module->exports[i];
        if (export->kind == OBJECT_FUNCTION && names[export->index].length == 0) {
            names[export->index] = export->name;
        }
    }
    return names;
}

// U+0080 to U+009f are control characters as well: c2 80 to c2 9f.
static bool is_control(const uint8_t *text, size_t length, size_t at) {
    if (text[at] < 0x20 || text[at] == 0x7f) {
        return true;
    }
    bool first = text[at] == 0xc2 && at + 1 < length && text[at + 1] < 0xa0;
    bool second = at > 0 && text[at - 1] == 0xc2 && text[at] >= 0x80 && text[at] < 0xa0;
    return first || second;
}

static bool append_name(struct buffer *strings, struct bytes name, uint32_t index,
                        struct error *error) {
    if (name.length == 0) {
        return buffer_printf(strings, error, "wasm-function[%u]", index) &&
               buffer_append(strings, "", 1, error);
    }
    size_t length = name.length < NAME_LIMIT ? name.length : NAME_LIMIT;
    size_t start = strings->length;
    if (!buffer_append(strings, name.data, length, error) ||
        !buffer_append(strings, "", 1, error)) {
        return false;
    }
    for (size_t i = 0; i < length; i++) {
        if (is_control(name.data, length, i)) {
            strings->data[start + i] = '?';
        }
    }
    return true;
}

// The number in "f<number>", or UINT32_MAX.
static uint32_t function_number(const char *symbol) {
    if (symbol[0] != 'f' || symbol[1] < '0' || symbol[1] > '9') {
        return UINT32_MAX;
    }
    char *end = NULL;
    errno = 0;
    unsigned long number = strtoul(symbol + 1, &end, 10);
    return *end == '\0' && errno == 0 && number < UINT32_MAX ? (uint32_t)number : UINT32_MAX;
}

struct renaming {
    const struct wasm_module *module;
    struct bytes *export_names;
    struct elf_file file;
    Elf64_Shdr symbols, old_strings;
    struct buffer strings; // the new table
};

static bool rename_symbol(struct renaming *renaming, uint64_t number, struct error *error) {
    Elf64_Sym symbol;
    const char *old = NULL;
    if (!elf_file_symbol(&renaming->file, &renaming->symbols, number, &symbol, error) ||
        !elf_file_string(&renaming->file, &renaming->old_strings, symbol.st_name, &old, error)) {
        return false;
    }
    if (renaming->strings.length > UINT32_MAX) {
        return error_set(error, ERROR_TOO_LARGE, "names of functions exceed 4 GiB");
    }
    uint32_t function =
        ELF64_ST_TYPE(symbol.st_info) == STT_FUNC ? function_number(old) : UINT32_MAX;
    symbol.st_name = (uint32_t)renaming->strings.length;
    bool ok = true;
    if (function < renaming->module->function_count) {
        struct bytes name = renaming->module->functions[function].name;
        ok =
            append_name(&renaming->strings,
                        name.length > 0 ? name : renaming->export_names[function], function, error);
    } else {
        ok = buffer_append(&renaming->strings, old, strlen(old) + 1, error);
    }
    memcpy(renaming->file.data + renaming->symbols.sh_offset + number * sizeof symbol, &symbol,
           sizeof symbol);
    return ok;
}

// Puts the new table at the end of the file and points the section at it.
static bool replace_strings(struct renaming *renaming, struct buffer *shared, uint32_t section,
                            struct error *error) {
    Elf64_Shdr header = renaming->old_strings;
    header.sh_offset = shared->length;
    header.sh_size = renaming->strings.length;
    if (!buffer_append(shared, renaming->strings.data, renaming->strings.length, error)) {
        return false;
    }
    memcpy(shared->data + renaming->file.section_table + section * sizeof header, &header,
           sizeof header);
    return true;
}

static bool rename_all(struct renaming *renaming, struct buffer *shared, struct error *error) {
    uint32_t index = 0;
    if (!elf_file_open(&renaming->file, shared->data, shared->length, error) ||
        !elf_file_find(&renaming->file, SHT_SYMTAB, &index, &renaming->symbols, error)) {
        return false;
    }
    if (index == 0) {
        return true;
    }
    uint32_t strings = renaming->symbols.sh_link;
    if (!elf_file_section(&renaming->file, strings, &renaming->old_strings, error)) {
        return false;
    }
    if (strings == renaming->file.section_names) {
        return error_set(error, ERROR_INTERNAL, "symbols share the table of section names");
    }
    uint64_t count = renaming->symbols.sh_size / sizeof(Elf64_Sym);
    if (!buffer_append(&renaming->strings, "", 1, error)) {
        return false;
    }
    for (uint64_t i = 1; i < count; i++) {
        if (!rename_symbol(renaming, i, error)) {
            return false;
        }
    }
    return replace_strings(renaming, shared, strings, error);
}

bool elf_names_apply(struct buffer *shared, const struct wasm_module *module, struct error *error) {
    struct renaming renaming = {.module = module, .export_names = export_names(module)};
    if (renaming.export_names == NULL) {
        return error_set(error, ERROR_MEMORY, "out of memory");
    }
    bool ok = rename_all(&renaming, shared, error);
    buffer_destroy(&renaming.strings);
    free(renaming.export_names);
    return ok;
}

// ---- Check

// Without a CPU that rounds in one instruction, rounding is a call.
static const char *const allowed_symbols[] = {
    "memcpy", "memmove", "memset", "ceil",      "ceilf",      "floor",
    "floorf", "trunc",   "truncf", "roundeven", "roundevenf",
};

static bool is_allowed(const char *symbol) {
    for (size_t i = 0; i < sizeof allowed_symbols / sizeof allowed_symbols[0]; i++) {
        if (strcmp(symbol, allowed_symbols[i]) == 0) {
            return true;
        }
    }
    return false;
}

static bool check_symbols(const struct elf_file *file, struct error *error) {
    Elf64_Shdr table, strings;
    uint32_t index = 0;
    if (!elf_file_find(file, SHT_DYNSYM, &index, &table, error)) {
        return false;
    }
    if (index == 0 || !elf_file_section(file, table.sh_link, &strings, error)) {
        return error_set(error, ERROR_INTERNAL, "the linked object has no dynamic symbols");
    }
    uint64_t count = table.sh_size / sizeof(Elf64_Sym);
    for (uint64_t i = 1; i < count; i++) {
        Elf64_Sym symbol;
        const char *name = NULL;
        if (!elf_file_symbol(file, &table, i, &symbol, error) ||
            !elf_file_string(file, &strings, symbol.st_name, &name, error)) {
            return false;
        }
        bool fine =
            symbol.st_shndx == SHN_UNDEF ? is_allowed(name) : strcmp(name, OBJECT_SYMBOL) == 0;
        if (!fine) {
            return error_set(error, ERROR_INTERNAL, "the linked object has the symbol %s", name);
        }
    }
    return true;
}

static bool check_dynamic(const struct elf_file *file, struct error *error) {
    Elf64_Shdr dynamic;
    uint32_t index = 0;
    if (!elf_file_find(file, SHT_DYNAMIC, &index, &dynamic, error)) {
        return false;
    }
    for (uint64_t i = 0; index != 0 && i < dynamic.sh_size / sizeof(Elf64_Dyn); i++) {
        Elf64_Dyn entry;
        memcpy(&entry, file->data + dynamic.sh_offset + i * sizeof entry, sizeof entry);
        if (entry.d_tag == DT_NEEDED || entry.d_tag == DT_INIT || entry.d_tag == DT_INIT_ARRAY ||
            entry.d_tag == DT_FINI || entry.d_tag == DT_FINI_ARRAY || entry.d_tag == DT_TEXTREL) {
            return error_set(error, ERROR_INTERNAL, "the linked object has dynamic tag %lld",
                             (long long)entry.d_tag);
        }
    }
    return true;
}

bool elf_names_check(struct buffer *shared, struct error *error) {
    struct elf_file file;
    return elf_file_open(&file, shared->data, shared->length, error) &&
           check_symbols(&file, error) && check_dynamic(&file, error);
}
