#include "codegen/debug_elf.h"

#include "base/source_map.h"
#include "codegen/elf_file.h"
#include "wasm/section.h"

#include <elf.h>
#include <string.h>

static const char *const names[] = {
    ".debug_line",   ".debug_info",     ".debug_abbrev", ".debug_str",         ".debug_line_str",
    ".debug_ranges", ".debug_rnglists", ".debug_addr",   ".debug_str_offsets",
};
enum { NAME_COUNT = sizeof names / sizeof names[0], NAME_TABLE = NAME_COUNT + 1, SECTION_COUNT };

static bool is_named(struct bytes name, const char *text) {
    return name.length == strlen(text) && memcmp(name.data, text, name.length) == 0;
}

bool debug_elf_is_wanted(struct bytes wasm) {
    struct wasm_section section;
    size_t at = 0;
    while (wasm_next_section(wasm, &at, &section)) {
        if (section.id == WASM_SECTION_CUSTOM && is_named(section.name, names[0])) {
            return true;
        }
    }
    return false;
}

static void find_sections(struct bytes wasm, struct bytes found[NAME_COUNT]) {
    struct wasm_section section;
    size_t at = 0;
    while (wasm_next_section(wasm, &at, &section)) {
        for (size_t i = 0; section.id == WASM_SECTION_CUSTOM && i < NAME_COUNT; i++) {
            if (found[i].data == NULL && is_named(section.name, names[i])) {
                found[i] = section.contents;
            }
        }
    }
}

// What is at the end of the file is what was appended last.
static Elf32_Shdr describe(const struct buffer *elf, uint32_t type, size_t length) {
    return (Elf32_Shdr){
        .sh_type = type,
        .sh_offset = (Elf32_Off)(elf->length - length),
        .sh_size = (Elf32_Word)length,
        .sh_addralign = 1,
    };
}

static bool append_names(struct buffer *elf, Elf32_Shdr headers[SECTION_COUNT],
                         struct error *error) {
    size_t start = elf->length;
    bool ok = buffer_append(elf, "", 1, error);
    for (size_t i = 0; ok && i <= NAME_COUNT; i++) {
        const char *name = i < NAME_COUNT ? names[i] : ".shstrtab";
        headers[i + 1].sh_name = (Elf32_Word)(elf->length - start);
        ok = buffer_append(elf, name, strlen(name) + 1, error);
    }
    Elf32_Word name = headers[NAME_TABLE].sh_name;
    headers[NAME_TABLE] = describe(elf, SHT_STRTAB, elf->length - start);
    headers[NAME_TABLE].sh_name = name;
    return ok;
}

bool debug_elf_wrap(struct bytes wasm, struct buffer *elf, struct error *error) {
    struct bytes found[NAME_COUNT] = {0};
    find_sections(wasm, found);
    Elf32_Shdr headers[SECTION_COUNT] = {0};
    Elf32_Ehdr header = {
        .e_ident = {ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS32, ELFDATA2LSB, EV_CURRENT},
        .e_type = ET_EXEC,
        .e_machine = EM_386, // any with little-endian addresses of 4 bytes
        .e_version = EV_CURRENT,
        .e_ehsize = sizeof header,
        .e_shentsize = sizeof headers[0],
        .e_shnum = SECTION_COUNT,
        .e_shstrndx = NAME_TABLE,
    };
    size_t start = elf->length;
    bool ok = buffer_append(elf, &header, sizeof header, error);
    for (size_t i = 0; ok && i < NAME_COUNT; i++) {
        ok = buffer_append(elf, found[i].data, found[i].length, error);
        headers[i + 1] =
            describe(elf, found[i].data != NULL ? SHT_PROGBITS : SHT_NULL, found[i].length);
    }
    static const uint8_t padding[4] = {0};
    ok = ok && append_names(elf, headers, error) &&
         buffer_append(elf, padding, -elf->length % sizeof padding, error);
    header.e_shoff = (Elf32_Off)(elf->length - start);
    if (!ok || !buffer_append(elf, headers, sizeof headers, error)) {
        return false;
    }
    memcpy(elf->data + start, &header, sizeof header);
    return true;
}

// ---- A section more -----------------------------------------------------------------------------

static bool pad(struct buffer *shared, size_t alignment, struct error *error) {
    static const uint8_t zeros[16] = {0};
    return buffer_append(shared, zeros, -shared->length % alignment, error);
}

// The names of sections with one more; `section` is their header.
static bool append_section_name(struct buffer *shared, const struct elf_file *file,
                                const char *name, Elf64_Shdr *section, uint32_t *offset,
                                struct error *error) {
    size_t start = shared->length;
    if (!elf_file_section(file, file->section_names, section, error)) {
        return false;
    }
    if (section->sh_type != SHT_STRTAB) { // its contents need not lie in the file then
        return error_set(error, ERROR_INTERNAL, "the linked object has no names of sections");
    }
    if (!buffer_reserve(shared, section->sh_size + strlen(name) + 1, error)) {
        return false;
    }
    uint64_t old = section->sh_offset, length = section->sh_size;
    *offset = (uint32_t)length;
    section->sh_offset = start;
    section->sh_size = length + strlen(name) + 1;
    return buffer_append(shared, shared->data + old, length, error) &&
           buffer_append(shared, name, strlen(name) + 1, error);
}

static bool append_table(struct buffer *shared, const struct elf_file *file,
                         const Elf64_Shdr *section_names, const Elf64_Shdr *added,
                         struct error *error) {
    size_t size = (size_t)file->section_count * sizeof *added;
    if (!pad(shared, 8, error) || !buffer_reserve(shared, size + sizeof *added, error)) {
        return false;
    }
    size_t start = shared->length;
    (void)buffer_append(shared, shared->data + file->section_table, size, error);
    (void)buffer_append(shared, added, sizeof *added, error);
    memcpy(shared->data + start + file->section_names * sizeof *added, section_names,
           sizeof *section_names);
    Elf64_Ehdr header;
    memcpy(&header, shared->data, sizeof header);
    header.e_shoff = start;
    header.e_shnum++;
    memcpy(shared->data, &header, sizeof header);
    return true;
}

bool debug_elf_add_section(struct buffer *shared, const char *name, struct bytes contents,
                           struct error *error) {
    struct elf_file file;
    Elf64_Shdr section_names, added = {.sh_type = SHT_PROGBITS, .sh_addralign = 8};
    if (!elf_file_open(&file, shared->data, shared->length, error)) {
        return false;
    }
    if (file.section_count + 1 >= SHN_LORESERVE) {
        return error_set(error, ERROR_INTERNAL, "the linked object has too many sections");
    }
    if (!pad(shared, added.sh_addralign, error)) {
        return false;
    }
    added.sh_offset = shared->length;
    added.sh_size = contents.length;
    if (!buffer_append(shared, contents.data, contents.length, error)) {
        return false;
    }
    file.data = shared->data; // which may have moved
    return append_section_name(shared, &file, name, &section_names, &added.sh_name, error) &&
           append_table(shared, &file, &section_names, &added, error);
}
