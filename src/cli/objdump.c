// `faasm objdump`: what is in a WebAssembly file, as far as running it here is concerned.
//
// A file that is malformed or invalid, or uses a feature that is left out, is refused with the
// message that an upload gets.
#include "base/file.h"
#include "cli/cli.h"
#include "cli/wasm_file.h"
#include "faaslet/link.h"
#include "host/host.h"
#include "wasm/decode.h"
#include "wasm/dylink.h"
#include "wasm/reader.h"
#include "wasm/validate.h"

#include <argp.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct options {
    const char *file;
    bool json;
};

// Text: a heading for each list and a line for each item. JSON: an array of objects for each list.
struct dump {
    bool json;
    bool first_list, first_item;
    struct wasm_module module;
    struct faaslet_linker *linker;
};

// ---- Output -------------------------------------------------------------------------------------

static void print_json_text(struct bytes text) {
    putchar('"');
    for (size_t i = 0; i < text.length; i++) {
        uint8_t c = text.data[i];
        if (c == '"' || c == '\\') {
            printf("\\%c", c);
        } else if (c < 0x20 || c == 0x7f) {
            printf("\\u%04x", c);
        } else {
            putchar(c);
        }
    }
    putchar('"');
}

static struct bytes text_of(const char *text) {
    return (struct bytes){(const uint8_t *)text, strlen(text)};
}

static void begin_list(struct dump *dump, const char *name) {
    if (dump->json) {
        printf("%s\n  \"%s\": [", dump->first_list ? "" : ",", name);
    } else {
        printf("%s%s:\n", dump->first_list ? "" : "\n", name);
    }
    dump->first_list = false;
    dump->first_item = true;
}

static void end_list(struct dump *dump) {
    if (dump->json) {
        printf(dump->first_item ? "]" : "\n  ]");
    } else if (dump->first_item) {
        printf("  none\n");
    }
}

static void begin_item(struct dump *dump) {
    if (dump->json) {
        printf("%s\n    {", dump->first_item ? "" : ",");
    }
    dump->first_item = false;
}

static void end_item(const struct dump *dump) {
    printf(dump->json ? "}" : "\n");
}

// One field of an item: the first, or a later one, before which JSON has a comma.
enum place { FIRST, NEXT };

static void print_key(enum place place, const char *key) {
    printf("%s\"%s\": ", place == FIRST ? "" : ", ", key);
}

static void put_text(const struct dump *dump, enum place place, const char *key,
                     struct bytes text) {
    char line[WASM_PRINTABLE_SIZE];
    if (dump->json) {
        print_key(place, key);
        print_json_text(text);
    } else {
        printf("  %s", wasm_printable(text, line));
    }
}

static void put_number(const struct dump *dump, enum place place, const char *key, uint64_t value) {
    if (dump->json) {
        print_key(place, key);
        printf("%" PRIu64, value);
    } else {
        printf("  %s %" PRIu64, key, value);
    }
}

// ---- Sections -----------------------------------------------------------------------------------

static const char *const section_names[] = {"custom", "type",   "import",     "function", "table",
                                            "memory", "global", "export",     "start",    "element",
                                            "code",   "data",   "data count", "tag"};

// The module was decoded, so this cannot fail.
static bool print_section(struct dump *dump, struct wasm_reader *reader) {
    uint8_t id;
    uint32_t size;
    struct bytes name;
    if (!wasm_read_byte(reader, &id, NULL) || !wasm_read_u32(reader, &size, NULL) ||
        id >= sizeof section_names / sizeof *section_names) {
        return false;
    }
    struct wasm_reader contents = {reader->start, reader->position, reader->position + size};
    begin_item(dump);
    put_text(dump, FIRST, "section", text_of(section_names[id]));
    put_number(dump, NEXT, "offset", wasm_reader_offset(reader));
    put_number(dump, NEXT, "size", size);
    if (id == 0 && wasm_read_name(&contents, &name, NULL)) {
        put_text(dump, NEXT, "name", name);
    }
    end_item(dump);
    reader->position += size;
    return true;
}

static void print_sections(struct dump *dump) {
    enum { HEADER_BYTES = 8 };
    struct bytes binary = dump->module.binary;
    struct wasm_reader reader = {binary.data, binary.data + HEADER_BYTES,
                                 binary.data + binary.length};
    begin_list(dump, "sections");
    while (reader.position < reader.end && print_section(dump, &reader)) {
    }
    end_list(dump);
}

// ---- Imports and exports ------------------------------------------------------------------------

enum { TYPE_TEXT_BYTES = 256 };

static void append(char text[TYPE_TEXT_BYTES], const char *more) {
    object_append_text(text, TYPE_TEXT_BYTES, more);
}

static void append_limits(char text[TYPE_TEXT_BYTES], const struct wasm_limits *limits) {
    char numbers[64];
    snprintf(numbers, sizeof numbers, " %" PRIu32, limits->minimum);
    append(text, numbers);
    if (limits->has_maximum) {
        snprintf(numbers, sizeof numbers, " to %" PRIu32, limits->maximum);
        append(text, numbers);
    }
    append(text, limits->shared ? " shared" : "");
}

// "function (i32, i32) -> (i64)", "memory 1 to 2", cut where it is too long.
static void describe(const struct wasm_module *module, uint8_t kind, uint32_t index,
                     char text[TYPE_TEXT_BYTES]) {
    const struct wasm_function_type *type;
    text[0] = '\0';
    switch (kind) {
    case OBJECT_FUNCTION:
        type = wasm_function_type_of(module, index);
        append(text, "function ");
        object_append_value_types(text, TYPE_TEXT_BYTES, type->parameters, type->parameter_count);
        append(text, " -> ");
        object_append_value_types(text, TYPE_TEXT_BYTES, type->results, type->result_count);
        break;
    case OBJECT_TABLE:
        append(text, "table of ");
        append(text, object_value_type_name(module->tables[index].type.element_type));
        append_limits(text, &module->tables[index].type.limits);
        break;
    case OBJECT_MEMORY:
        append(text, "memory");
        append_limits(text, &module->memories[index].type.limits);
        append(text, " pages");
        break;
    case OBJECT_TAG:
        type = &module->types[module->tags[index].type_index];
        append(text, "tag ");
        object_append_value_types(text, TYPE_TEXT_BYTES, type->parameters, type->parameter_count);
        break;
    default:
        append(text, module->globals[index].type.mutable ? "mutable global " : "global ");
        append(text, object_value_type_name(module->globals[index].type.value_type));
    }
}

// The signature of a host function of the type (faaslet/link.h); false where none can be.
static bool host_signature(const struct wasm_function_type *type, char text[TYPE_TEXT_BYTES]) {
    static const char letters[] = {
        [OBJECT_I32] = 'i', [OBJECT_I64] = 'I', [OBJECT_F32] = 'f', [OBJECT_F64] = 'F'};
    uint32_t count = type->parameter_count;
    if (type->result_count > 1 || count + 3 > TYPE_TEXT_BYTES) {
        return false;
    }
    bool numbers = true;
    for (uint32_t i = 0; i < count + type->result_count; i++) {
        uint8_t value = i < count ? type->parameters[i] : type->results[0];
        char letter = value < sizeof letters ? letters[value] : '\0';
        text[i < count ? i : i + 1] = letter;
        numbers = numbers && letter != '\0';
    }
    text[count] = ':';
    text[count + 1 + type->result_count] = '\0';
    return numbers;
}

static bool equals(struct bytes name, const char *text) {
    return name.length == strlen(text) && memcmp(name.data, text, name.length) == 0;
}

// The memory that threads share, which Faaslets make (faaslet/thread.h).
static bool is_thread_memory(const struct dump *dump, const struct wasm_import *import) {
    return import->kind == OBJECT_MEMORY && equals(import->module, "env") &&
           equals(import->name, "memory") &&
           dump->module.memories[import->index].type.limits.shared;
}

// "yes", "no", or what stands in between.
static const char *provided(const struct dump *dump, const struct wasm_import *import) {
    const struct faaslet_host_function *found = faaslet_linker_find(
        dump->linker,
        (struct object_name){(const char *)import->module.data, (uint32_t)import->module.length},
        (struct object_name){(const char *)import->name.data, (uint32_t)import->name.length});
    char signature[TYPE_TEXT_BYTES];
    if (is_thread_memory(dump, import)) {
        return "yes";
    }
    if (found == NULL || import->kind != OBJECT_FUNCTION) {
        return "no";
    }
    return host_signature(wasm_function_type_of(&dump->module, import->index), signature) &&
                   strcmp(signature, found->signature) == 0
               ? "yes"
               : "no: it has another type";
}

static void print_imports(struct dump *dump) {
    begin_list(dump, "imports");
    for (uint32_t i = 0; i < dump->module.import_count; i++) {
        const struct wasm_import *import = &dump->module.imports[i];
        char type[TYPE_TEXT_BYTES];
        describe(&dump->module, import->kind, import->index, type);
        begin_item(dump);
        put_text(dump, FIRST, "module", import->module);
        put_text(dump, NEXT, "name", import->name);
        put_text(dump, NEXT, "type", text_of(type));
        printf(dump->json ? "" : "  provided by the host:");
        put_text(dump, NEXT, "provided_by_host", text_of(provided(dump, import)));
        end_item(dump);
    }
    end_list(dump);
}

static void print_exports(struct dump *dump) {
    begin_list(dump, "exports");
    for (uint32_t i = 0; i < dump->module.export_count; i++) {
        const struct wasm_export *export = &dump->module.exports[i];
        char type[TYPE_TEXT_BYTES];
        describe(&dump->module, export->kind, export->index, type);
        begin_item(dump);
        put_text(dump, FIRST, "name", export->name);
        put_text(dump, NEXT, "type", text_of(type));
        end_item(dump);
    }
    end_list(dump);
}

// Memories or tables, imported ones too.
static void print_kind(struct dump *dump, const char *list, uint8_t kind, uint32_t count) {
    begin_list(dump, list);
    for (uint32_t i = 0; i < count; i++) {
        char type[TYPE_TEXT_BYTES];
        describe(&dump->module, kind, i, type);
        begin_item(dump);
        put_text(dump, FIRST, "type", text_of(type));
        end_item(dump);
    }
    end_list(dump);
}

// ---- Dynamic linking ----------------------------------------------------------------------------

// What a side module wants, or a program that needs some. Nothing where the module has no section.
static void print_dylink(struct dump *dump) {
    const struct wasm_dylink *dylink = &dump->module.dylink;
    if (!dylink->present) {
        return;
    }
    begin_list(dump, "dylink");
    begin_item(dump);
    put_text(dump, FIRST, "section", text_of("dylink.0"));
    put_number(dump, NEXT, "memory_bytes", dylink->memory_bytes);
    put_number(dump, NEXT, "memory_alignment", 1ull << dylink->memory_alignment);
    put_number(dump, NEXT, "table_elements", dylink->table_elements);
    put_number(dump, NEXT, "table_alignment", 1ull << dylink->table_alignment);
    end_item(dump);
    end_list(dump);
    begin_list(dump, "needed");
    for (uint32_t i = 0; i < dylink->needed_count; i++) {
        begin_item(dump);
        put_text(dump, FIRST, "name", dylink->needed[i]);
        end_item(dump);
    }
    end_list(dump);
}

// ---- Features -----------------------------------------------------------------------------------

// A feature is used where the module is refused without it.
static bool uses(const struct dump *dump, enum wasm_feature feature) {
    struct wasm_module module;
    struct error error;
    if (!wasm_decode(dump->module.binary, WASM_FEATURES_SUPPORTED & ~(1u << feature), &module,
                     &error)) {
        return true;
    }
    bool valid = wasm_validate(&module, &error);
    wasm_module_destroy(&module);
    return !valid;
}

static void print_features(struct dump *dump) {
    begin_list(dump, "features");
    for (int i = WASM_FEATURE_CORE + 1; i < WASM_FEATURE_COUNT; i++) {
        enum wasm_feature feature = (enum wasm_feature)i;
        if (wasm_has_feature(WASM_FEATURES_SUPPORTED, feature) && uses(dump, feature)) {
            begin_item(dump);
            put_text(dump, FIRST, "name", text_of(wasm_feature_name(feature)));
            end_item(dump);
        }
    }
    end_list(dump);
}

// ---- The command --------------------------------------------------------------------------------

static void print_all(struct dump *dump) {
    dump->first_list = true;
    printf(dump->json ? "{" : "");
    print_sections(dump);
    print_imports(dump);
    print_exports(dump);
    print_kind(dump, "memories", OBJECT_MEMORY, dump->module.memory_count);
    print_kind(dump, "tables", OBJECT_TABLE, dump->module.table_count);
    print_dylink(dump);
    print_features(dump);
    printf(dump->json ? "\n}\n" : "");
}

static bool dump_file(const struct options *options, struct error *error) {
    struct dump dump = {.json = options->json, .linker = faaslet_linker_new(error)};
    struct buffer binary = {0};
    bool ok = dump.linker != NULL && host_register(dump.linker, error) &&
              file_read(options->file, WASM_LIMIT_BINARY, &binary, error) &&
              wasm_decode(buffer_bytes(&binary), WASM_FEATURES_SUPPORTED, &dump.module, error) &&
              wasm_decode_dylink(&dump.module, error) && wasm_validate(&dump.module, error);
    if (ok) {
        print_all(&dump);
    }
    wasm_module_destroy(&dump.module);
    buffer_destroy(&binary);
    faaslet_linker_delete(dump.linker);
    return ok;
}

static error_t parse_option(int key, char *argument, struct argp_state *state) {
    struct options *options = state->input;
    switch (key) {
    case 'j':
        options->json = true;
        return 0;
    default:
        return wasm_file_parse(key, argument, state, &options->file);
    }
}

static const struct argp_option descriptions[] = {{"json", 'j', NULL, 0, "print JSON", 0}, {0}};

static const struct argp objdump_argp = {
    .options = descriptions,
    .parser = parse_option,
    .args_doc = "FILE.wasm",
    .doc = "Shows sections, imports (and whether the host provides them), exports, memories, "
           "tables, what a side module wants, and features of a WebAssembly file.",
};

int cli_objdump(int argc, char **argv) {
    struct options options = {0};
    argp_parse(&objdump_argp, argc, argv, 0, NULL, &options);
    struct error error = {0};
    if (!dump_file(&options, &error)) {
        fprintf(stderr, "faasm objdump: %s: %s\n", options.file, error.message);
        return CLI_EXIT_FAILURE;
    }
    if (fflush(stdout) != 0) {
        perror("faasm objdump");
        return CLI_EXIT_FAILURE;
    }
    return 0;
}
