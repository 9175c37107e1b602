#include "base/source_map.h"

#include <string.h>

// Steps over the next array; false where it ends outside of the bytes.
static bool take(struct bytes *rest, const void **array, uint32_t count, size_t size) {
    uint64_t length = (uint64_t)count * size;
    if (length > rest->length) {
        return false;
    }
    *array = rest->data;
    rest->data += length;
    rest->length -= length;
    return true;
}

bool source_map_open(struct source_map *map, struct bytes bytes, struct error *error) {
    struct bytes rest = bytes;
    const void *header, *places, *scopes, *functions, *files, *units, *strings;
    if ((uintptr_t)bytes.data % SOURCE_MAP_ALIGNMENT != 0 ||
        !take(&rest, &header, 1, sizeof map->header)) {
        return error_set(error, ERROR_MALFORMED, "source map: too short");
    }
    memcpy(&map->header, header, sizeof map->header);
    if (map->header.magic != SOURCE_MAP_MAGIC ||
        !take(&rest, &places, map->header.place_count, sizeof *map->places) ||
        !take(&rest, &scopes, map->header.scope_count, sizeof *map->scopes) ||
        !take(&rest, &functions, map->header.function_count, sizeof *map->functions) ||
        !take(&rest, &files, map->header.file_count, sizeof *map->files) ||
        !take(&rest, &units, map->header.unit_count, sizeof *map->units) ||
        !take(&rest, &strings, map->header.string_bytes, 1)) {
        return error_set(error, ERROR_MALFORMED, "source map: sizes do not fit");
    }
    map->places = places;
    map->scopes = scopes;
    map->functions = functions;
    map->files = files;
    map->units = units;
    map->strings = strings;
    if (map->header.string_bytes == 0 || map->strings[map->header.string_bytes - 1] != '\0') {
        return error_set(error, ERROR_MALFORMED, "source map: strings without end");
    }
    return true;
}

uint32_t source_map_search(const struct source_map *map, uint32_t address) {
    uint32_t low = 0, high = map->header.place_count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (map->places[middle].address <= address) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low > 0 ? low - 1 : 0;
}

const struct source_map_place *source_map_find(const struct source_map *map, uint32_t address) {
    uint32_t number = source_map_search(map, address);
    if (number >= map->header.place_count) {
        return NULL;
    }
    const struct source_map_place *place = &map->places[number];
    return place->address <= address && place->file != SOURCE_MAP_NONE ? place : NULL;
}

const struct source_map_scope *source_map_scope(const struct source_map *map, uint32_t number) {
    return number < map->header.scope_count ? &map->scopes[number] : NULL;
}

const struct source_map_function *source_map_function(const struct source_map *map,
                                                      uint32_t number) {
    return number < map->header.function_count ? &map->functions[number] : NULL;
}

const struct source_map_file *source_map_file(const struct source_map *map, uint32_t number) {
    return number < map->header.file_count ? &map->files[number] : NULL;
}

const struct source_map_unit *source_map_unit(const struct source_map *map, uint32_t number) {
    return number < map->header.unit_count ? &map->units[number] : NULL;
}

const char *source_map_string(const struct source_map *map, uint32_t offset) {
    return offset < map->header.string_bytes ? map->strings + offset : "";
}

uint32_t source_map_parent(const struct source_map *map, uint32_t scope) {
    const struct source_map_scope *found = source_map_scope(map, scope);
    return found != NULL && found->parent < scope ? found->parent : SOURCE_MAP_NONE;
}
