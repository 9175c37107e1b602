#include "server/limit_units.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct limit_unit rows[] = {
#define X(field, name, unit, maximum, argument, documentation)                                     \
    {name, offsetof(struct call_limits, field), unit, maximum, argument, documentation},
    LIMIT_UNITS(X)
#undef X
};
enum { ROW_COUNT = sizeof rows / sizeof rows[0], NAME_MAX_LENGTH = 32, VALUE_MAX_LENGTH = 24 };

const struct limit_unit *limit_units_rows(size_t *count) {
    *count = ROW_COUNT;
    return rows;
}

bool limit_units_set(struct call_limits *limits, const struct limit_unit *row, const char *text,
                     struct error *error) {
    char *end;
    errno = 0;
    unsigned long long value = strtoull(text, &end, 10);
    if (!isdigit((unsigned char)text[0]) || *end != '\0' || errno != 0 || value == 0 ||
        value > row->maximum) {
        return error_set(error, ERROR_ARGUMENT, "%s: '%.100s' is not a number from 1 to %llu",
                         row->name, text, (unsigned long long)row->maximum);
    }
    *(uint64_t *)(void *)((char *)limits + row->offset) = value * row->unit;
    return true;
}

static const struct limit_unit *find(const char *name) {
    for (size_t i = 0; i < ROW_COUNT; i++) {
        if (strcmp(rows[i].name, name) == 0) {
            return &rows[i];
        }
    }
    return NULL;
}

// Takes the characters up to one of `ends`; false where there are none or too many.
static bool take_word(const char **at, const char *ends, char *word, size_t size) {
    size_t length = strcspn(*at, ends);
    if (length == 0 || length >= size) {
        return false;
    }
    memcpy(word, *at, length);
    word[length] = '\0';
    *at += length;
    return true;
}

bool limit_units_parse(struct call_limits *limits, const char *text, struct error *error) {
    const char *at = text;
    for (at += strspn(at, " \t"); *at != '\0'; at += strspn(at, " \t")) {
        char name[NAME_MAX_LENGTH], value[VALUE_MAX_LENGTH];
        if (!take_word(&at, "= \t", name, sizeof name) || *at++ != '=' ||
            !take_word(&at, " \t", value, sizeof value)) {
            return error_set(error, ERROR_ARGUMENT, "'%.100s' is not a list of name=value", text);
        }
        const struct limit_unit *row = find(name);
        if (row == NULL) {
            return error_set(error, ERROR_ARGUMENT, "no limit is called '%s'", name);
        }
        if (!limit_units_set(limits, row, value, error)) {
            return false;
        }
    }
    return true;
}

static bool parse_user(const char *text, struct runtime_user_limits *user, struct error *error) {
    const char *colon = strchr(text, ':');
    size_t length = colon == NULL ? 0 : (size_t)(colon - text);
    while (length > 0 && (text[length - 1] == ' ' || text[length - 1] == '\t')) {
        length--;
    }
    if (length <= STORE_NAME_MAX) {
        memcpy(user->user, text, length);
        user->user[length] = '\0';
    }
    if (colon == NULL || length > STORE_NAME_MAX || !store_name_valid(user->user)) {
        return error_set(error, ERROR_ARGUMENT, "'%.100s' is not 'user: name=value …'", text);
    }
    return limit_units_parse(&user->limits, colon + 1, error) ||
           error_prefix(error, "user %s", user->user);
}

bool limit_units_parse_users(const char *text, struct runtime_user_limits **users, size_t *count,
                             struct error *error) {
    size_t most = 1;
    for (const char *at = text; (at = strchr(at, ';')) != NULL; at++) {
        most++;
    }
    char *copy = strdup(text), *rest = copy;
    *users = calloc(most, sizeof **users);
    *count = 0;
    bool done = (copy != NULL && *users != NULL) || error_set(error, ERROR_MEMORY, "limits");
    for (char *part; done && (part = strsep(&rest, ";")) != NULL;) {
        part += strspn(part, " \t");
        if (*part != '\0') {
            done = parse_user(part, &(*users)[*count], error);
            *count += done;
        }
    }
    free(copy);
    if (!done || *count == 0) {
        free(*users);
        *users = NULL;
    }
    return done;
}

json_t *limit_units_json(const struct call_limits *limits) {
    json_t *json = json_object();
    for (size_t i = 0; i < ROW_COUNT && json != NULL; i++) {
        uint64_t value = *(const uint64_t *)(const void *)((const char *)limits + rows[i].offset);
        if (value == 0) {
            continue;
        }
        json_t *number = value % rows[i].unit == 0
                             ? json_integer((json_int_t)(value / rows[i].unit))
                             : json_real((double)value / (double)rows[i].unit);
        if (json_object_set_new(json, rows[i].name, number) != 0) {
            json_decref(json);
            json = NULL;
        }
    }
    return json;
}
