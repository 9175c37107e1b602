// Debug information from arbitrary bytes. By their beginning they are a wasm binary with DWARF, an
// ELF file with DWARF, a source map, or sections of DWARF one after another: a byte for which one,
// two for its length, its contents. No crash, no undefined behaviour; a map that is made can be
// read, has ascending addresses, and its scopes end.
#include "base/source_map.h"
#include "codegen/debug_elf.h"
#include "codegen/debug_read.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds, const char *what) {
    if (!holds) {
        fprintf(stderr, "%s\n", what);
        abort();
    }
}

// Looks at everything that can be reached from a place.
static uint64_t follow(const struct source_map *map, const struct source_map_place *place) {
    uint64_t seen = 0;
    uint32_t scope = place->scope;
    while (source_map_scope(map, scope) != NULL) {
        const struct source_map_function *function =
            source_map_function(map, source_map_scope(map, scope)->function);
        if (function != NULL) {
            seen += strlen(source_map_string(map, function->name)) +
                    strlen(source_map_string(map, function->linkage_name)) +
                    (source_map_unit(map, function->unit) != NULL);
        }
        uint32_t parent = source_map_parent(map, scope);
        require(parent == SOURCE_MAP_NONE || parent < scope, "scopes in a circle");
        scope = parent;
    }
    const struct source_map_file *file = source_map_file(map, place->file);
    return file == NULL ? seen : seen + strlen(source_map_string(map, file->name));
}

// Of a hostile map each place may have a long way to its end: a few of them do.
enum { PLACES = 256 };

static void read_map(const uint8_t *data, size_t size) {
    struct source_map map;
    struct error error = {0};
    uint8_t *copy = malloc(size + 1); // aligned, and with an end that is watched
    require(copy != NULL, "no memory");
    memcpy(copy, data, size);
    if (source_map_open(&map, (struct bytes){copy, size}, &error)) {
        for (uint32_t i = 0; i < map.header.place_count && i < PLACES; i++) {
            follow(&map, &map.places[i]);
            source_map_find(&map, map.places[i].address);
        }
    } else {
        require(error.code == ERROR_MALFORMED, "wrong kind of error");
    }
    free(copy);
}

static void check_made(struct bytes bytes) {
    struct source_map map;
    struct error error = {0};
    require(source_map_open(&map, bytes, &error), "a map that does not open");
    for (uint32_t i = 0; i < map.header.place_count; i++) {
        require(i == 0 || map.places[i].address > map.places[i - 1].address, "not in order");
        require(i >= PLACES || follow(&map, &map.places[i]) < UINT64_MAX, "endless");
    }
}

static void read_wasm(struct bytes wasm) {
    struct buffer map = {0};
    struct error error = {0};
    if (debug_elf_is_wanted(wasm) && debug_read_wasm(wasm, &map, &error)) {
        check_made(buffer_bytes(&map));
    }
    buffer_destroy(&map);
}

static void read_object(const uint8_t *data, size_t size) {
    struct buffer shared = {0}, map = {0};
    struct error error = {0};
    require(buffer_append(&shared, data, size, &error), "no memory");
    if (debug_read_object(buffer_bytes(&shared), &map, &error)) {
        check_made(buffer_bytes(&map));
    }
    (void)debug_elf_add_section(&shared, ".added", buffer_bytes(&map), &error);
    buffer_destroy(&shared);
    buffer_destroy(&map);
}

static void append(struct buffer *buffer, const void *data, size_t length) {
    require(buffer_append(buffer, data, length, NULL), "no memory");
}

static void read_sections(const uint8_t *data, size_t size) {
    static const char *const names[] = {".debug_line",     ".debug_info",   ".debug_abbrev",
                                        ".debug_str",      ".debug_ranges", ".debug_rnglists",
                                        ".debug_line_str", ".debug_addr",   ".debug_str_offsets"};
    struct buffer wasm = {0};
    append(&wasm, "\0asm\1\0\0\0", 8);
    while (size >= 3) {
        const char *name = names[data[0] % (sizeof names / sizeof names[0])];
        size_t length = (size_t)(data[1] | data[2] << 8);
        data += 3;
        size -= 3;
        length = length < size ? length : size;
        size_t all = 1 + strlen(name) + length;
        uint8_t head[] = {0, (uint8_t)(all | 0x80), (uint8_t)(all >> 7 | 0x80),
                          (uint8_t)(all >> 14 & 0x7f), (uint8_t)strlen(name)};
        append(&wasm, head, sizeof head);
        append(&wasm, name, strlen(name));
        append(&wasm, data, length);
        data += length;
        size -= length;
    }
    read_wasm(buffer_bytes(&wasm));
    buffer_destroy(&wasm);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const uint8_t map_magic[] = {'F', 'S', 'M', '1'};
    if (size < sizeof map_magic) {
        return 0;
    }
    if (memcmp(data, "\0asm", 4) == 0) {
        read_wasm((struct bytes){data, size});
    } else if (memcmp(data, "\177ELF", 4) == 0) {
        read_object(data, size);
    } else if (memcmp(data, map_magic, 4) == 0) {
        read_map(data, size);
    } else {
        read_sections(data, size);
    }
    return 0;
}

#ifdef FAASM_FUZZ_REPLAY
#include "fuzz/replay.h"

int main(int argument_count, char **arguments) {
    return replay_files(argument_count, arguments, LLVMFuzzerTestOneInput);
}
#endif
