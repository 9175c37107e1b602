// DWARF of a module -> source map: hand-made sections of versions 4 and 5, and what is made of them
// when they are cut off, changed, or lead in circles.
#include "codegen/debug_elf.h"
#include "codegen/debug_map.h"
#include "codegen/debug_read.h"
#include "codegen/elf_file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

// ---- Sections by hand

enum { ABBREV, INFO, LINE, SECTIONS };
static const char *const section_names[SECTIONS] = {".debug_abbrev", ".debug_info", ".debug_line"};

struct dwarf {
    struct buffer sections[SECTIONS];
};

static void put(struct buffer *buffer, const void *bytes, size_t length) {
    assert_true(buffer_append(buffer, bytes, length, NULL));
}

static void put_u8(struct buffer *buffer, unsigned value) {
    uint8_t byte = (uint8_t)value;
    put(buffer, &byte, 1);
}

static void put_u16(struct buffer *buffer, unsigned value) {
    uint16_t half = (uint16_t)value;
    put(buffer, &half, 2);
}

static void put_u32(struct buffer *buffer, uint32_t value) {
    put(buffer, &value, 4);
}

static void put_text(struct buffer *buffer, const char *text) {
    put(buffer, text, strlen(text) + 1);
}

// The bytes from `start` on are as long as the four bytes before them say.
static void close_length(struct buffer *buffer, size_t start) {
    uint32_t length = (uint32_t)(buffer->length - start);
    memcpy(buffer->data + start - 4, &length, 4);
}

static void make_abbreviations(struct buffer *abbrev) {
    static const uint8_t bytes[] = {
        // compile unit: name, folder, line table, language
        1, 0x11, 1, 0x03, 0x08, 0x1b, 0x08, 0x10, 0x17, 0x13, 0x05, 0, 0,
        // function: name, first address, length, file, line
        2, 0x2e, 1, 0x03, 0x08, 0x11, 0x01, 0x12, 0x06, 0x3a, 0x0b, 0x3b, 0x0b, 0, 0,
        // function that is inlined: name, linkage name, inline, file, line
        3, 0x2e, 0, 0x03, 0x08, 0x6e, 0x08, 0x20, 0x0b, 0x3a, 0x0b, 0x3b, 0x0b, 0, 0,
        // inlined function: of which, first address, length, file, line and column of the call
        4, 0x1d, 1, 0x31, 0x13, 0x11, 0x01, 0x12, 0x06, 0x58, 0x0b, 0x59, 0x0b, 0x57, 0x0b, 0, 0,
        0};
    put(abbrev, bytes, sizeof bytes);
}

// void outer() at 10 to 40, into which inner() is inlined at 20 to 30.
static void make_entries(struct buffer *info, unsigned version) {
    unsigned first_file = version < 5;
    put_u32(info, 0);
    put_u16(info, version);
    if (version >= 5) {
        put_u8(info, 1); // DW_UT_compile
        put_u8(info, 4);
        put_u32(info, 0);
    } else {
        put_u32(info, 0);
        put_u8(info, 4);
    }
    put_u8(info, 1);
    put_text(info, "src/main.c");
    put_text(info, "/work");
    put_u32(info, 0);
    put_u16(info, 0x0c);
    uint32_t inner = (uint32_t)info->length;
    put_u8(info, 3);
    put_text(info, "inner");
    put_text(info, "_Z5innerv");
    put_u8(info, 1);
    put_u8(info, first_file + 1);
    put_u8(info, 2);
    put_u8(info, 2);
    put_text(info, "outer");
    put_u32(info, 10);
    put_u32(info, 30);
    put_u8(info, first_file);
    put_u8(info, 7);
    put_u8(info, 4);
    put_u32(info, inner);
    put_u32(info, 20);
    put_u32(info, 10);
    put_u8(info, first_file);
    put_u8(info, 9);
    put_u8(info, 5);
    put_u8(info, 0); // children of the inlined function,
    put_u8(info, 0); // of the function,
    put_u8(info, 0); // of the unit
    close_length(info, 4);
}

static void put_address(struct buffer *line, uint32_t address) {
    put(line, "\0\5\2", 3);
    put_u32(line, address);
}

// The rest of a row after its address: line by difference, file, column; then the row.
static void put_row(struct buffer *line, int difference, unsigned file, unsigned column) {
    put_u8(line, 4);
    put_u8(line, file);
    put_u8(line, 5);
    put_u8(line, column);
    put_u8(line, 3);
    put_u8(line, (unsigned)difference & 0x7f);
    put_u8(line, 1);
}

static void make_lines(struct buffer *line, unsigned version) {
    static const uint8_t lengths[] = {0, 1, 1, 1, 1, 0, 0, 0, 1, 0, 0, 1};
    unsigned first_file = version < 5;
    put_u32(line, 0);
    put_u16(line, version);
    if (version >= 5) {
        put_u8(line, 4);
        put_u8(line, 0);
    }
    put_u32(line, 0);
    size_t header = line->length;
    put(line, "\1\1\1\xfb\x0e\x0d", 6);
    put(line, lengths, sizeof lengths);
    if (version >= 5) {
        put(line, "\1\1\x08\1", 4); // folders: a path; one
        put_text(line, "/work");
        put(line, "\2\1\x08\2\x0b\2", 6); // files: path and folder; two
        put_text(line, "src/main.c");
        put_u8(line, 0);
        put_text(line, "/usr/include/inner.h");
        put_u8(line, 0);
    } else {
        put_u8(line, 0);
        put_text(line, "src/main.c");
        put(line, "\0\0\0", 3);
        put_text(line, "/usr/include/inner.h");
        put(line, "\0\0\0\0", 4);
    }
    close_length(line, header);
    put_address(line, 10);
    put_row(line, 7, first_file, 1); // line 8
    put_address(line, 20);
    put_row(line, -5, first_file + 1, 3); // line 3
    put_address(line, 30);
    put_row(line, 7, first_file, 0); // line 10
    put_address(line, 40);
    put(line, "\0\1\1", 3);
    close_length(line, 4);
}

static struct dwarf make_dwarf(unsigned version) {
    struct dwarf dwarf = {0};
    make_abbreviations(&dwarf.sections[ABBREV]);
    make_entries(&dwarf.sections[INFO], version);
    make_lines(&dwarf.sections[LINE], version);
    return dwarf;
}

static void free_dwarf(struct dwarf *dwarf) {
    for (int i = 0; i < SECTIONS; i++) {
        buffer_destroy(&dwarf->sections[i]);
    }
}

// The sections as a module, with room for the addresses that they name.
static struct buffer make_module(const struct dwarf *dwarf) {
    struct buffer module = {0};
    put(&module, "\0asm\1\0\0\0", 8);
    for (int i = 0; i < SECTIONS; i++) {
        size_t name = strlen(section_names[i]);
        size_t length = 1 + name + dwarf->sections[i].length;
        put_u8(&module, 0);
        put_u8(&module, (length & 0x7f) | 0x80);
        put_u8(&module, (unsigned)(length >> 7));
        put_u8(&module, (unsigned)name);
        put(&module, section_names[i], name);
        put(&module, dwarf->sections[i].data, dwarf->sections[i].length);
    }
    return module;
}

static bool read_dwarf(const struct dwarf *dwarf, struct buffer *bytes, struct error *error) {
    struct buffer module = make_module(dwarf);
    assert_true(debug_elf_is_wanted(buffer_bytes(&module)));
    bool done = debug_read_wasm(buffer_bytes(&module), bytes, error);
    buffer_destroy(&module);
    return done;
}

// ---- What is found

static const char *name_of_file(const struct source_map *map, uint32_t number) {
    return source_map_string(map, source_map_file(map, number)->name);
}

static void reads_version(unsigned version) {
    struct dwarf dwarf = make_dwarf(version);
    struct buffer bytes = {0};
    struct error error = {0};
    struct source_map map;
    assert_true(read_dwarf(&dwarf, &bytes, &error));
    assert_true(source_map_open(&map, buffer_bytes(&bytes), &error));

    assert_null(source_map_find(&map, 9));
    const struct source_map_place *place = source_map_find(&map, 12);
    assert_int_equal(place->line, 8);
    assert_int_equal(place->column, 1);
    assert_string_equal(name_of_file(&map, place->file), "src/main.c");
    assert_string_equal(source_map_string(&map, source_map_file(&map, place->file)->folder),
                        "/work");
    assert_int_equal(source_map_parent(&map, place->scope), SOURCE_MAP_NONE);

    place = source_map_find(&map, 20);
    assert_int_equal(place->line, 3);
    assert_string_equal(name_of_file(&map, place->file), "/usr/include/inner.h");
    const struct source_map_scope *scope = source_map_scope(&map, place->scope);
    const struct source_map_function *inner = source_map_function(&map, scope->function);
    assert_string_equal(source_map_string(&map, inner->name), "inner");
    assert_string_equal(source_map_string(&map, inner->linkage_name), "_Z5innerv");
    assert_int_equal(inner->line, 2);
    assert_int_equal(scope->call_line, 9);
    assert_int_equal(scope->call_column, 5);
    assert_string_equal(name_of_file(&map, scope->call_file), "src/main.c");

    scope = source_map_scope(&map, source_map_parent(&map, place->scope));
    const struct source_map_function *outer = source_map_function(&map, scope->function);
    assert_string_equal(source_map_string(&map, outer->name), "outer");
    assert_int_equal(outer->line, 7);
    assert_int_equal(source_map_unit(&map, outer->unit)->language, 0x0c);

    assert_int_equal(source_map_find(&map, 39)->line, 10);
    assert_null(source_map_find(&map, 40));
    buffer_destroy(&bytes);
    free_dwarf(&dwarf);
}

static void reads_version_4(void **state) {
    (void)state;
    reads_version(4);
}

static void reads_version_5(void **state) {
    (void)state;
    reads_version(5);
}

// ---- Hostile

// Refused, or a map whose every place can be followed to its end.
static void try_hostile(const struct dwarf *dwarf) {
    struct buffer bytes = {0};
    struct error error = {0};
    if (!read_dwarf(dwarf, &bytes, &error)) {
        assert_int_not_equal(error.code, ERROR_NONE);
        assert_null(strchr(error.message, '\n'));
    } else {
        struct source_map map;
        assert_true(source_map_open(&map, buffer_bytes(&bytes), &error));
        for (uint32_t i = 0; i < map.header.place_count; i++) {
            assert_true(i == 0 || map.places[i].address > map.places[i - 1].address);
            uint32_t scope = map.places[i].scope;
            for (unsigned depth = 0; scope != SOURCE_MAP_NONE; depth++) {
                assert_true(depth <= SOURCE_MAP_DEPTH);
                assert_non_null(source_map_scope(&map, scope));
                scope = source_map_parent(&map, scope);
            }
        }
    }
    buffer_destroy(&bytes);
}

static void survives_cut_sections(void **state) {
    (void)state;
    for (unsigned version = 4; version <= 5; version++) {
        struct dwarf dwarf = make_dwarf(version);
        for (int i = 0; i < SECTIONS; i++) {
            size_t whole = dwarf.sections[i].length;
            for (size_t length = 0; length < whole; length++) {
                dwarf.sections[i].length = length;
                try_hostile(&dwarf);
            }
            dwarf.sections[i].length = whole;
        }
        free_dwarf(&dwarf);
    }
}

// Among these are lengths of units past the section, addresses of nothing, entries that are their
// own abstract origin, and abbreviations of themselves.
static void survives_changed_bytes(void **state) {
    static const uint8_t values[] = {0x00, 0x01, 0x7f, 0x80, 0xff, 0x1d, 0x2e, 0x40};
    (void)state;
    for (unsigned version = 4; version <= 5; version++) {
        struct dwarf dwarf = make_dwarf(version);
        for (int i = 0; i < SECTIONS; i++) {
            for (size_t at = 0; at < dwarf.sections[i].length; at++) {
                uint8_t *byte = &dwarf.sections[i].data[at], before = *byte;
                for (size_t k = 0; k < sizeof values; k++) {
                    *byte = values[k];
                    try_hostile(&dwarf);
                }
                *byte = before;
            }
        }
        free_dwarf(&dwarf);
    }
}

// A sibling that is the entry itself: the walk would not end.
static void ends_in_circles(void **state) {
    (void)state;
    static const uint8_t abbreviations[] = {1, 0x11, 1, 0x10, 0x17, 0, 0,     // unit
                                            2, 0x13, 1, 0x01, 0x13, 0, 0, 0}; // with a sibling
    struct dwarf dwarf = {0};
    struct buffer *info = &dwarf.sections[INFO];
    put(&dwarf.sections[ABBREV], abbreviations, sizeof abbreviations);
    put_u32(info, 0);
    put_u16(info, 4);
    put_u32(info, 0);
    put_u8(info, 4);
    put_u8(info, 1);
    put_u32(info, 0);
    uint32_t entry = (uint32_t)info->length;
    put_u8(info, 2);
    put_u32(info, entry);
    put_u8(info, 0);
    put_u8(info, 0);
    close_length(info, 4);
    make_lines(&dwarf.sections[LINE], 4);
    try_hostile(&dwarf);
    free_dwarf(&dwarf);
}

// Rows and functions that the linker has removed do not cover what was kept.
static void leaves_out_what_was_removed(void **state) {
    (void)state;
    struct dwarf dwarf = make_dwarf(4);
    struct buffer *line = &dwarf.sections[LINE];
    static const uint32_t removed[] = {0, UINT32_MAX, 0x00ffffff};
    for (size_t i = 0; i < sizeof removed / sizeof removed[0]; i++) {
        put_address(line, removed[i]);
        put_row(line, 40, 1, 1);
        put(line, "\0\1\1", 3);
    }
    close_length(line, 4);
    struct buffer bytes = {0};
    struct error error = {0};
    struct source_map map;
    assert_true(read_dwarf(&dwarf, &bytes, &error));
    assert_true(source_map_open(&map, buffer_bytes(&bytes), &error));
    assert_null(source_map_find(&map, 5));
    assert_int_equal(source_map_find(&map, 12)->line, 8);
    assert_null(source_map_find(&map, 50));
    buffer_destroy(&bytes);
    free_dwarf(&dwarf);
}

// ---- The map itself

static void later_rows_win(void **state) {
    (void)state;
    struct debug_map gathered = {0};
    struct buffer bytes = {0};
    uint32_t file, scope;
    struct source_map map;
    assert_true(debug_map_file(&gathered, "/home", "/home/a.c", &file, NULL));
    static const struct debug_row rows[] = {
        {.address = 30, .end = true}, {.address = 10, .line = 1},  {.address = 10, .line = 2},
        {.address = 20, .end = true}, {.address = 20, .line = 20}, {.address = 25, .line = 20},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct debug_row row = rows[i];
        row.file = file;
        assert_true(debug_map_row(&gathered, &row, NULL));
    }
    struct source_map_scope outer = {.parent = SOURCE_MAP_NONE};
    assert_true(debug_map_scope(&gathered, &outer, &scope, NULL));
    assert_true(debug_map_span(&gathered, 15, 25, scope, 0, NULL));
    assert_true(debug_map_finish(&gathered, &bytes, NULL));
    assert_true(source_map_open(&map, buffer_bytes(&bytes), NULL));
    assert_int_equal(source_map_find(&map, 10)->line, 2);
    assert_int_equal(source_map_find(&map, 10)->scope, SOURCE_MAP_NONE);
    assert_int_equal(source_map_find(&map, 15)->scope, scope);
    assert_int_equal(source_map_find(&map, 20)->line, 20);
    assert_int_equal(source_map_find(&map, 25)->scope, SOURCE_MAP_NONE);
    assert_null(source_map_find(&map, 30));
    assert_string_equal(name_of_file(&map, file), "a.c");
    debug_map_destroy(&gathered);
    buffer_destroy(&bytes);
}

// ---- The section of the object

static void adds_a_section(void **state) {
    (void)state;
    struct buffer shared = {0};
    struct error error = {0};
    Elf64_Shdr headers[2] = {{0},
                             {.sh_type = SHT_STRTAB, .sh_name = 1, .sh_offset = 64, .sh_size = 11}};
    Elf64_Ehdr header = {
        .e_ident = {ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB, EV_CURRENT},
        .e_machine = EM_X86_64,
        .e_shoff = 75,
        .e_shentsize = sizeof headers[0],
        .e_shnum = 2,
        .e_shstrndx = 1,
    };
    put(&shared, &header, sizeof header);
    put(&shared, "\0.shstrtab", 11);
    put(&shared, headers, sizeof headers);
    struct bytes contents = {(const uint8_t *)"contents", 8};
    assert_true(debug_elf_add_section(&shared, ".added", contents, &error));

    struct elf_file file;
    Elf64_Shdr names, added;
    const char *name = NULL;
    assert_true(elf_file_open(&file, shared.data, shared.length, &error));
    assert_int_equal(file.section_count, 3);
    assert_true(elf_file_section(&file, file.section_names, &names, &error));
    assert_true(elf_file_section(&file, 2, &added, &error));
    assert_true(elf_file_string(&file, &names, added.sh_name, &name, &error));
    assert_string_equal(name, ".added");
    assert_int_equal(added.sh_size, 8);
    assert_int_equal(added.sh_offset % 8, 0);
    assert_memory_equal(shared.data + added.sh_offset, "contents", 8);
    assert_true(elf_file_string(&file, &names, 1, &name, &error));
    assert_string_equal(name, ".shstrtab");

    for (size_t length = 0; length < 75 + sizeof headers; length++) {
        struct buffer cut = {0};
        put(&cut, shared.data, length);
        assert_false(debug_elf_add_section(&cut, ".added", contents, &error));
        buffer_destroy(&cut);
    }
    Elf64_Shdr nowhere = {.sh_type = SHT_NOBITS, .sh_size = 1ull << 40};
    shared.length = 75 + sizeof headers;
    memcpy(shared.data, &header, sizeof header);
    memcpy(shared.data + 75 + sizeof nowhere, &nowhere, sizeof nowhere);
    assert_false(debug_elf_add_section(&shared, ".added", contents, &error));
    buffer_destroy(&shared);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_version_4),       cmocka_unit_test(reads_version_5),
        cmocka_unit_test(survives_cut_sections), cmocka_unit_test(survives_changed_bytes),
        cmocka_unit_test(ends_in_circles),       cmocka_unit_test(leaves_out_what_was_removed),
        cmocka_unit_test(later_rows_win),        cmocka_unit_test(adds_a_section),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
