#include "faaslet/trap.h"

#include "faaslet/loader.h"

#include <stddef.h>
#include <string.h>

const char *faaslet_trap_name(enum faaslet_trap_kind kind) {
    static const char *const names[FAASLET_TRAP_COUNT] = {
#define X(identifier, name) name,
        OBJECT_TRAPS(X) FAASLET_STOPS(X)
#undef X
    };
    return (unsigned)kind < FAASLET_TRAP_COUNT ? names[kind] : "unknown trap";
}

// ---- Backtraces ---------------------------------------------------------------------------------

// What a module can make of one backtrace: longer names are cut, further frames left out.
enum { NAME_BYTES = 1000, FILE_BYTES = 400, LINES = 4 * FAASLET_BACKTRACE_FRAMES };

struct trace {
    struct buffer *text;
    struct error *error;
    unsigned line;
};

// Names come from the guest: what would garble a terminal or forge a log line is replaced.
static bool append_name(struct trace *trace, struct object_name name, uint32_t limit) {
    uint32_t length = name.length < limit ? name.length : limit;
    if (!buffer_append(trace->text, name.data, length, trace->error)) {
        return false;
    }
    uint8_t *copy = trace->text->data + trace->text->length - length;
    for (uint32_t i = 0; i < length; i++) {
        if (copy[i] < 0x20 || copy[i] == 0x7f) {
            copy[i] = (uint8_t)'?';
        }
    }
    return true;
}

static struct object_name name_of(const struct source_map *map, uint32_t string) {
    const char *text = source_map_string(map, string);
    return (struct object_name){text, (uint32_t)strlen(text)};
}

static bool begin_line(struct trace *trace, struct object_name name) {
    return buffer_printf(trace->text, trace->error, "  #%u ", trace->line++) &&
           append_name(trace, name, NAME_BYTES) &&
           (name.length == 0 || buffer_append(trace->text, " ", 1, trace->error));
}

// "(file.c:12)"; without the line where it is not known.
static bool end_line(struct trace *trace, const struct source_map *map, uint32_t file,
                     uint32_t line, const char *kind) {
    const struct source_map_file *found = source_map_file(map, file);
    struct object_name name =
        found != NULL ? name_of(map, found->name) : (struct object_name){"?", 1};
    return buffer_append(trace->text, "(", 1, trace->error) &&
           append_name(trace, name, FILE_BYTES) &&
           (line == 0 || buffer_printf(trace->text, trace->error, ":%u", line)) &&
           buffer_printf(trace->text, trace->error, "%s)\n", kind);
}

// The functions that were inlined at the place, the innermost first, and then the one they are in.
static bool append_place(struct trace *trace, const struct source_map *map,
                         const struct source_map_place *place, struct object_name own_name) {
    uint32_t file = place->file, line = place->line, scope = place->scope;
    while (source_map_parent(map, scope) != SOURCE_MAP_NONE && trace->line < LINES) {
        const struct source_map_scope *inlined = source_map_scope(map, scope);
        const struct source_map_function *function = source_map_function(map, inlined->function);
        struct object_name name =
            function != NULL ? name_of(map, function->name) : (struct object_name){"", 0};
        if (!begin_line(trace, name) || !end_line(trace, map, file, line, ", inlined")) {
            return false;
        }
        file = inlined->call_file;
        line = inlined->call_line;
        scope = inlined->parent;
    }
    const struct source_map_scope *outer = source_map_scope(map, scope);
    const struct source_map_function *function =
        outer != NULL ? source_map_function(map, outer->function) : NULL;
    // Linkers call main by other names.
    struct object_name name = function != NULL ? name_of(map, function->name) : own_name;
    return begin_line(trace, name.length > 0 ? name : own_name) &&
           end_line(trace, map, file, line, "");
}

static bool append_frame(struct trace *trace, const void *address,
                         const struct object_function *function, uint32_t number) {
    uint32_t map_address;
    const struct source_map *map = faaslet_object_source(address, &map_address);
    const struct source_map_place *place = map != NULL ? source_map_find(map, map_address) : NULL;
    if (place != NULL) {
        return append_place(trace, map, place, function->name);
    }
    return begin_line(trace, function->name) &&
           buffer_printf(trace->text, trace->error, "(function %u)\n", number);
}

bool faaslet_result_backtrace(const struct faaslet_result *result, struct buffer *text,
                              struct error *error) {
    struct trace trace = {text, error, 0};
    for (uint32_t i = 0; i < result->frame_count && trace.line < LINES; i++) {
        uint32_t function;
        const struct object_module *module = faaslet_object_at(result->frames[i], &function);
        if (module == NULL || function == UINT32_MAX) {
            continue;
        }
        if (!append_frame(&trace, result->frames[i], &module->functions[function], function)) {
            return false;
        }
    }
    return true;
}
