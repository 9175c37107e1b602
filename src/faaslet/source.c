#include "faaslet/source.h"

#include <elf.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

struct source {
    struct source_map map;
    void *mapping;
    size_t length;
};

static bool read_at(int fd, void *data, size_t size, uint64_t offset) {
    return offset <= INT64_MAX && pread(fd, data, size, (off_t)offset) == (ssize_t)size;
}

static bool read_section(int fd, const Elf64_Ehdr *header, unsigned number, Elf64_Shdr *section) {
    return read_at(fd, section, sizeof *section, header->e_shoff + number * sizeof *section);
}

static bool find_section(int fd, Elf64_Shdr *section) {
    static const char wanted[] = SOURCE_MAP_SECTION;
    Elf64_Ehdr header;
    Elf64_Shdr names;
    if (!read_at(fd, &header, sizeof header, 0) || header.e_shentsize != sizeof *section ||
        header.e_shoff > INT32_MAX || !read_section(fd, &header, header.e_shstrndx, &names) ||
        names.sh_offset > INT32_MAX) {
        return false;
    }
    // It is the last one.
    for (unsigned i = header.e_shnum; i-- > 0;) {
        char name[sizeof wanted];
        if (read_section(fd, &header, i, section) &&
            read_at(fd, name, sizeof name, names.sh_offset + section->sh_name) &&
            memcmp(name, wanted, sizeof wanted) == 0) {
            return section->sh_type == SHT_PROGBITS;
        }
    }
    return false;
}

static bool is_in_file(int fd, const Elf64_Shdr *section) {
    struct stat status;
    return fstat(fd, &status) == 0 && section->sh_offset <= (uint64_t)status.st_size &&
           section->sh_size <= (uint64_t)status.st_size - section->sh_offset;
}

struct source *source_new(int fd) {
    Elf64_Shdr section;
    struct source *source = calloc(1, sizeof *source);
    if (source == NULL || !find_section(fd, &section) || !is_in_file(fd, &section)) {
        free(source);
        return NULL;
    }
    size_t before = section.sh_offset % (size_t)sysconf(_SC_PAGESIZE);
    source->length = section.sh_size + before;
    source->mapping =
        mmap(NULL, source->length, PROT_READ, MAP_PRIVATE, fd, (off_t)(section.sh_offset - before));
    if (source->mapping == MAP_FAILED) {
        free(source);
        return NULL;
    }
    struct bytes bytes = {(const uint8_t *)source->mapping + before, section.sh_size};
    if (!source_map_open(&source->map, bytes, NULL)) {
        source_delete(source);
        return NULL;
    }
    return source;
}

void source_delete(struct source *source) {
    if (source != NULL) {
        munmap(source->mapping, source->length);
        free(source);
    }
}

const struct source_map *source_map_of(const struct source *source) {
    return &source->map;
}
