#include "codegen/elf_file.h"

#include <string.h>

static bool damaged(struct error *error, const char *what) {
    return error_set(error, ERROR_INTERNAL, "the linked object is damaged: %s", what);
}

static bool inside(const struct elf_file *file, uint64_t offset, uint64_t length) {
    return offset <= file->length && length <= file->length - offset;
}

bool elf_file_open(struct elf_file *file, uint8_t *data, size_t length, struct error *error) {
    Elf64_Ehdr header;
    *file = (struct elf_file){.data = data, .length = length};
    if (length < sizeof header) {
        return damaged(error, "too short");
    }
    memcpy(&header, data, sizeof header);
    if (memcmp(header.e_ident, ELFMAG, SELFMAG) != 0 || header.e_ident[EI_CLASS] != ELFCLASS64 ||
        header.e_ident[EI_DATA] != ELFDATA2LSB || header.e_machine != EM_X86_64) {
        return damaged(error, "not an x86-64 ELF file");
    }
    if (header.e_shentsize != sizeof(Elf64_Shdr) ||
        !inside(file, header.e_shoff, (uint64_t)header.e_shnum * sizeof(Elf64_Shdr))) {
        return damaged(error, "section table");
    }
    file->section_table = header.e_shoff;
    file->section_count = header.e_shnum;
    file->section_names = header.e_shstrndx;
    return true;
}

bool elf_file_section(const struct elf_file *file, uint32_t index, Elf64_Shdr *section,
                      struct error *error) {
    if (index >= file->section_count) {
        return damaged(error, "section number");
    }
    memcpy(section, file->data + file->section_table + index * sizeof *section, sizeof *section);
    if (section->sh_type != SHT_NOBITS && !inside(file, section->sh_offset, section->sh_size)) {
        return damaged(error, "section outside the file");
    }
    return true;
}

bool elf_file_find(const struct elf_file *file, uint32_t type, uint32_t *index, Elf64_Shdr *section,
                   struct error *error) {
    for (*index = 1; *index < file->section_count; (*index)++) {
        if (!elf_file_section(file, *index, section, error)) {
            return false;
        }
        if (section->sh_type == type) {
            return true;
        }
    }
    *index = 0;
    return true;
}

bool elf_file_symbol(const struct elf_file *file, const Elf64_Shdr *table, uint64_t number,
                     Elf64_Sym *symbol, struct error *error) {
    if (number >= table->sh_size / sizeof *symbol) {
        return damaged(error, "symbol number");
    }
    memcpy(symbol, file->data + table->sh_offset + number * sizeof *symbol, sizeof *symbol);
    return true;
}

bool elf_file_string(const struct elf_file *file, const Elf64_Shdr *strings, uint64_t offset,
                     const char **string, struct error *error) {
    if (strings->sh_type != SHT_STRTAB || offset >= strings->sh_size) {
        return damaged(error, "string offset");
    }
    const char *start = (const char *)file->data + strings->sh_offset + offset;
    if (memchr(start, '\0', strings->sh_size - offset) == NULL) {
        return damaged(error, "string without end");
    }
    *string = start;
    return true;
}
