#include "faaslet/match.h"

#include <stdio.h>
#include <string.h>

enum { TEXT_BYTES = 200 };

static void append(char text[TEXT_BYTES], const char *more) {
    object_append_text(text, TEXT_BYTES, more);
}

static void describe_limits(char text[TEXT_BYTES], const struct match_type *type) {
    char limits[64];
    int length = snprintf(limits, sizeof limits, " %llu", (unsigned long long)type->minimum);
    if (type->maximum != OBJECT_NO_MAXIMUM) {
        snprintf(limits + length, sizeof limits - (size_t)length, " to %llu",
                 (unsigned long long)type->maximum);
    }
    append(text, limits);
}

static void describe(char text[TEXT_BYTES], const struct match_type *type) {
    text[0] = '\0';
    switch (type->kind) {
    case OBJECT_FUNCTION:
        append(text, "function ");
        object_append_value_types(text, TEXT_BYTES, type->function->parameters,
                                  type->function->parameter_count);
        append(text, " -> ");
        object_append_value_types(text, TEXT_BYTES, type->function->results,
                                  type->function->result_count);
        break;
    case OBJECT_TABLE:
        append(text, "table of ");
        append(text, object_value_type_name(type->value_type));
        describe_limits(text, type);
        break;
    case OBJECT_MEMORY:
        append(text, type->shared ? "shared memory" : "memory");
        describe_limits(text, type);
        break;
    case OBJECT_TAG:
        append(text, "tag ");
        object_append_value_types(text, TEXT_BYTES, type->function->parameters,
                                  type->function->parameter_count);
        break;
    default:
        append(text, type->mutable ? "mutable global " : "global ");
        append(text, object_value_type_name(type->value_type));
    }
}

static bool limits_fit(const struct match_type *wanted, const struct match_type *given) {
    return given->minimum >= wanted->minimum &&
           (wanted->maximum == OBJECT_NO_MAXIMUM ||
            (given->maximum != OBJECT_NO_MAXIMUM && given->maximum <= wanted->maximum));
}

static bool fits(const struct match_type *wanted, const struct match_type *given) {
    if (wanted->kind != given->kind) {
        return false;
    }
    switch (wanted->kind) {
    case OBJECT_FUNCTION:
    case OBJECT_TAG:
        return wanted->identity == given->identity;
    case OBJECT_TABLE:
        return wanted->value_type == given->value_type && limits_fit(wanted, given);
    case OBJECT_MEMORY:
        return wanted->shared == given->shared && limits_fit(wanted, given);
    default:
        return wanted->value_type == given->value_type && wanted->mutable == given->mutable;
    }
}

static bool refuse(const struct object_import *import, const struct match_type *wanted,
                   const char *given, struct error *error) {
    char text[TEXT_BYTES];
    describe(text, wanted);
    return error_set(error, ERROR_UNLINKABLE,
                     "incompatible import type: %.*s.%.*s is %s but the module imports it as %s",
                     (int)import->module.length, import->module.data, (int)import->name.length,
                     import->name.data, given, text);
}

// Code that imports a memory relies on it, see struct object_memory.
static bool leaves_last_page(const struct object_import *import, const struct match_type *wanted,
                             const struct match_type *given, struct error *error) {
    if (given->minimum <= OBJECT_GROWTH_PAGES || wanted->minimum > OBJECT_GROWTH_PAGES) {
        return true;
    }
    return error_set(error, ERROR_UNLINKABLE,
                     "%.*s.%.*s is a memory of all %u pages: modules have to ask for as many to "
                     "import it",
                     (int)import->module.length, import->module.data, (int)import->name.length,
                     import->name.data, OBJECT_MAX_PAGES);
}

bool match_types(const struct object_import *import, const struct match_type *wanted,
                 const struct match_type *given, struct error *error) {
    if (fits(wanted, given)) {
        return wanted->kind != OBJECT_MEMORY || leaves_last_page(import, wanted, given, error);
    }
    char text[TEXT_BYTES];
    describe(text, given);
    return refuse(import, wanted, text, error);
}

bool match_unknown(const struct object_import *import, struct error *error) {
    return error_set(error, ERROR_UNLINKABLE, "unknown import %.*s.%.*s",
                     (int)import->module.length, import->module.data, (int)import->name.length,
                     import->name.data);
}

static char signature_letter(uint8_t type) {
    switch (type) {
    case OBJECT_I32:
        return 'i';
    case OBJECT_I64:
        return 'I';
    case OBJECT_F32:
        return 'f';
    case OBJECT_F64:
        return 'F';
    default:
        return '?';
    }
}

static bool letters_equal(const char *letters, size_t length, const uint8_t *types,
                          uint32_t count) {
    if (length != count) {
        return false;
    }
    for (uint32_t i = 0; i < count; i++) {
        if (letters[i] != signature_letter(types[i])) {
            return false;
        }
    }
    return true;
}

bool match_host_function(const struct object_module *module, const struct object_import *import,
                         const struct faaslet_host_function *row, struct error *error) {
    size_t parameters = strcspn(row->signature, ":");
    const char *results = row->signature + parameters + (row->signature[parameters] == ':');
    if (import->kind == OBJECT_FUNCTION) {
        const struct object_type *type = &module->types[import->type];
        if (letters_equal(row->signature, parameters, type->parameters, type->parameter_count) &&
            letters_equal(results, strlen(results), type->results, type->result_count)) {
            return true;
        }
    }
    struct match_type wanted = match_import_type(module, import);
    char given[TEXT_BYTES];
    snprintf(given, sizeof given, "host function \"%s\"", row->signature);
    return refuse(import, &wanted, given, error);
}

struct match_type match_import_type(const struct object_module *module,
                                    const struct object_import *import) {
    struct match_type type = {
        .kind = import->kind,
        .value_type = import->value_type,
        .mutable = import->mutable,
        .shared = import->limits.shared,
        .minimum = import->limits.minimum,
        .maximum = import->limits.maximum,
    };
    if (import->kind == OBJECT_FUNCTION || import->kind == OBJECT_TAG) {
        type.function = &module->types[import->type];
        type.identity = module->type_identities[import->type];
    }
    return type;
}

static bool name_is(struct object_name name, const char *text) {
    return name.length == strlen(text) && memcmp(name.data, text, name.length) == 0;
}

bool match_is_thread_memory(const struct object_import *import) {
    return import->kind == OBJECT_MEMORY && import->limits.shared &&
           name_is(import->module, "env") && name_is(import->name, "memory");
}
