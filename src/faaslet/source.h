// Inside of the room: the source map of a compiled object, found in its file when it is first asked
// for and mapped, not read, so that it takes memory only while it is looked at.
#ifndef FAASM_FAASLET_SOURCE_H
#define FAASM_FAASLET_SOURCE_H

#include "base/source_map.h"

struct source;

// The map in section SOURCE_MAP_SECTION of the ELF file at `fd`, NULL where there is none that can
// be read. The file must not be cut short as long as it is there.
struct source *source_new(int fd);
void source_delete(struct source *source);

const struct source_map *source_map_of(const struct source *source);

#endif
