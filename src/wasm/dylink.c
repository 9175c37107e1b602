#include "wasm/dylink.h"

#include "wasm/reader.h"

#include <stdlib.h>
#include <string.h>

enum part_kind {
    PART_MEMORY = 1,
    PART_NEEDED = 2,
    PART_EXPORTS = 3,
    PART_IMPORTS = 4,
    PART_KINDS = 5, // those that are read here
};

struct dylink_decoder {
    struct wasm_module *module;
    struct wasm_dylink *dylink;
    struct wasm_reader reader; // of the part
    struct error *error;
};

static bool fail(const struct dylink_decoder *decoder, const char *reason) {
    return wasm_reader_fail(&decoder->reader, decoder->error, "dylink.0: %s", reason);
}

static void *allocate(const struct dylink_decoder *decoder, uint32_t count, size_t size) {
    void *memory = arena_allocate(&decoder->module->arena, count, size);
    if (memory == NULL) {
        error_set(decoder->error, ERROR_MEMORY, "out of memory for the section dylink.0");
    }
    return memory;
}

static bool read_memory(struct dylink_decoder *decoder) {
    struct wasm_dylink *dylink = decoder->dylink;
    struct wasm_reader *reader = &decoder->reader;
    if (!wasm_read_u32(reader, &dylink->memory_bytes, decoder->error) ||
        !wasm_read_u32(reader, &dylink->memory_alignment, decoder->error) ||
        !wasm_read_u32(reader, &dylink->table_elements, decoder->error) ||
        !wasm_read_u32(reader, &dylink->table_alignment, decoder->error)) {
        return false;
    }
    if (dylink->memory_alignment > WASM_LIMIT_DYLINK_ALIGNMENT ||
        dylink->table_alignment > WASM_LIMIT_DYLINK_ALIGNMENT) {
        return fail(decoder, "alignment too large");
    }
    return dylink->table_elements <= OBJECT_MAX_ELEMENTS ||
           fail(decoder, "too many table elements");
}

static bool name_is_good(struct bytes name) {
    return name.length > 0 && name.length <= WASM_LIMIT_DYLINK_NAME &&
           memchr(name.data, '\0', name.length) == NULL;
}

static bool read_needed(struct dylink_decoder *decoder) {
    struct wasm_dylink *dylink = decoder->dylink;
    uint32_t count;
    if (!wasm_read_count(&decoder->reader, &count, decoder->error)) {
        return false;
    }
    if (count > WASM_LIMIT_DYLINK_NEEDED) {
        return fail(decoder, "too many needed modules");
    }
    dylink->needed = allocate(decoder, count, sizeof *dylink->needed);
    if (dylink->needed == NULL) {
        return false;
    }
    for (uint32_t i = 0; i < count; i++) {
        if (!wasm_read_name(&decoder->reader, &dylink->needed[i], decoder->error)) {
            return false;
        }
        if (!name_is_good(dylink->needed[i])) {
            return fail(decoder, "bad name of a needed module");
        }
    }
    dylink->needed_count = count;
    return true;
}

// A list of names with flags; those of imports have the name of their module before.
static bool read_symbols(struct dylink_decoder *decoder, bool imports,
                         struct wasm_dylink_symbol **symbols, uint32_t *symbol_count) {
    uint32_t count;
    if (!wasm_read_count(&decoder->reader, &count, decoder->error)) {
        return false;
    }
    *symbols = allocate(decoder, count, sizeof **symbols);
    if (*symbols == NULL) {
        return false;
    }
    for (uint32_t i = 0; i < count; i++) {
        struct wasm_dylink_symbol *symbol = &(*symbols)[i];
        *symbol = (struct wasm_dylink_symbol){0};
        if ((imports && !wasm_read_name(&decoder->reader, &symbol->module, decoder->error)) ||
            !wasm_read_name(&decoder->reader, &symbol->name, decoder->error) ||
            !wasm_read_u32(&decoder->reader, &symbol->flags, decoder->error)) {
            return false;
        }
    }
    *symbol_count = count;
    return true;
}

static bool read_part(struct dylink_decoder *decoder, uint8_t kind) {
    struct wasm_dylink *dylink = decoder->dylink;
    switch (kind) {
    case PART_MEMORY:
        return read_memory(decoder);
    case PART_NEEDED:
        return read_needed(decoder);
    case PART_EXPORTS:
        return read_symbols(decoder, false, &dylink->exports, &dylink->export_count);
    default:
        return read_symbols(decoder, true, &dylink->imports, &dylink->import_count);
    }
}

static bool read_parts(struct dylink_decoder *decoder, struct bytes contents) {
    const uint8_t *end = contents.data + contents.length;
    bool seen[PART_KINDS] = {false};
    struct wasm_reader *reader = &decoder->reader;
    reader->position = contents.data;
    reader->end = end;
    while (reader->position < end) {
        uint8_t kind;
        struct bytes part;
        if (!wasm_read_byte(reader, &kind, decoder->error) ||
            !wasm_read_bytes(reader, &part, decoder->error)) {
            return false;
        }
        if (kind < PART_MEMORY || kind > PART_IMPORTS) {
            continue;
        }
        if (seen[kind]) {
            return fail(decoder, "a part comes twice");
        }
        seen[kind] = true;
        reader->position = part.data;
        reader->end = part.data + part.length;
        if (!read_part(decoder, kind)) {
            return false;
        }
        if (reader->position != reader->end) {
            return fail(decoder, "bytes left in a part");
        }
        reader->end = end;
    }
    return true;
}

// ---- By name ------------------------------------------------------------------------------------

static int compare_bytes(struct bytes left, struct bytes right) {
    if (left.length != right.length) {
        return left.length < right.length ? -1 : 1;
    }
    return left.length == 0 ? 0 : memcmp(left.data, right.data, left.length);
}

static int compare_symbols(const void *left, const void *right) {
    const struct wasm_dylink_symbol *a = left;
    const struct wasm_dylink_symbol *b = right;
    int order = compare_bytes(a->name, b->name);
    return order != 0 ? order : compare_bytes(a->module, b->module);
}

static void sort_symbols(struct wasm_dylink_symbol *symbols, uint32_t count) {
    if (count > 1) {
        qsort(symbols, count, sizeof *symbols, compare_symbols);
    }
}

static uint32_t flags_of(const struct wasm_dylink_symbol *symbols, uint32_t count,
                         struct bytes module, struct bytes name) {
    struct wasm_dylink_symbol key = {module, name, 0};
    const struct wasm_dylink_symbol *found =
        count == 0 ? NULL : bsearch(&key, symbols, count, sizeof *symbols, compare_symbols);
    return found == NULL ? 0 : found->flags;
}

uint32_t wasm_dylink_import_flags(const struct wasm_dylink *dylink, struct bytes module,
                                  struct bytes name) {
    return flags_of(dylink->imports, dylink->import_count, module, name);
}

static bool bytes_are(struct bytes bytes, const char *text) {
    return bytes.length == strlen(text) && memcmp(bytes.data, text, bytes.length) == 0;
}

bool wasm_dylink_is_weak(const struct wasm_dylink *dylink, struct bytes module, struct bytes name) {
    static const char symbols[] = "env";
    uint32_t flags = wasm_dylink_import_flags(dylink, module, name);
    if (bytes_are(module, "GOT.mem") || bytes_are(module, "GOT.func")) {
        struct bytes of_symbols = {(const uint8_t *)symbols, sizeof symbols - 1};
        flags |= wasm_dylink_import_flags(dylink, of_symbols, name);
    }
    return (flags & WASM_DYLINK_BINDING_WEAK) != 0;
}

uint32_t wasm_dylink_export_flags(const struct wasm_dylink *dylink, struct bytes name) {
    return flags_of(dylink->exports, dylink->export_count, (struct bytes){NULL, 0}, name);
}

// ---- The section
// ---------------------------------------------------------------------------------

static bool is_dylink(const struct wasm_custom_section *custom) {
    static const char name[] = "dylink.0";
    return custom->name.length == sizeof name - 1 &&
           memcmp(custom->name.data, name, sizeof name - 1) == 0;
}

bool wasm_decode_dylink(struct wasm_module *module, struct error *error) {
    struct wasm_dylink *dylink = &module->dylink;
    *dylink = (struct wasm_dylink){0};
    struct dylink_decoder decoder = {.module = module,
                                     .dylink = dylink,
                                     .reader = {.start = module->binary.data},
                                     .error = error};
    for (uint32_t i = 0; i < module->custom_count; i++) {
        if (!is_dylink(&module->customs[i])) {
            continue;
        }
        if (dylink->present) {
            decoder.reader.position = module->customs[i].contents.data;
            return fail(&decoder, "the section comes twice");
        }
        dylink->present = true;
        if (!read_parts(&decoder, module->customs[i].contents)) {
            return false;
        }
    }
    sort_symbols(dylink->exports, dylink->export_count);
    sort_symbols(dylink->imports, dylink->import_count);
    return true;
}
