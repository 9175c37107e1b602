// Looks at the bytes of a 64-bit little-endian ELF file. Every offset is checked against the
// length: the bytes come from a compiler that has read a hostile module.
#ifndef FAASM_CODEGEN_ELF_FILE_H
#define FAASM_CODEGEN_ELF_FILE_H

#include "base/buffer.h"
#include "base/error.h"

#include <elf.h>
#include <stdbool.h>
#include <stdint.h>

struct elf_file {
    uint8_t *data; // not owned
    uint64_t length;
    uint64_t section_table; // offset
    uint16_t section_count;
    uint16_t section_names; // index
};

// Checks the header and the section table.
bool elf_file_open(struct elf_file *file, uint8_t *data, size_t length, struct error *error);

// Copies section header `index`, whose contents are then known to lie inside the file.
bool elf_file_section(const struct elf_file *file, uint32_t index, Elf64_Shdr *section,
                      struct error *error);

// The first section of a type (SHT_SYMTAB): its index, or 0 where there is none.
bool elf_file_find(const struct elf_file *file, uint32_t type, uint32_t *index, Elf64_Shdr *section,
                   struct error *error);

// Symbol `number` of a symbol table section.
bool elf_file_symbol(const struct elf_file *file, const Elf64_Shdr *table, uint64_t number,
                     Elf64_Sym *symbol, struct error *error);

// The string at `offset` of a string table section: NUL-terminated inside it.
bool elf_file_string(const struct elf_file *file, const Elf64_Shdr *strings, uint64_t offset,
                     const char **string, struct error *error);

#endif
