#include "server/settings.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct setting rows[] = {
#define X(identifier, kind, preset, minimum, maximum, argument, documentation)                     \
    {#identifier, SETTING_##kind, preset,        minimum,                                          \
     maximum,     argument,       documentation, offsetof(struct settings, identifier)},
    SETTINGS(X)
#undef X
};
enum { ROW_COUNT = sizeof rows / sizeof rows[0] };

const struct setting *settings_rows(size_t *count) {
    *count = ROW_COUNT;
    return rows;
}

const struct setting *settings_find(const char *name) {
    for (size_t i = 0; i < ROW_COUNT; i++) {
        if (strcmp(rows[i].name, name) == 0) {
            return &rows[i];
        }
    }
    return NULL;
}

void setting_flag(const struct setting *setting, char flag[SETTING_NAME_MAX]) {
    snprintf(flag, SETTING_NAME_MAX, "%s", setting->name);
    for (char *p = flag; *p != '\0'; p++) {
        *p = *p == '_' ? '-' : *p;
    }
}

void setting_variable(const struct setting *setting, char variable[SETTING_NAME_MAX]) {
    snprintf(variable, SETTING_NAME_MAX, "FAASM_%s", setting->name);
    for (char *p = variable; *p != '\0'; p++) {
        *p = (char)toupper((unsigned char)*p);
    }
}

static char **text_field(struct settings *settings, const struct setting *setting) {
    return (char **)((char *)settings + setting->offset);
}

static uint64_t *number_field(struct settings *settings, const struct setting *setting) {
    return (uint64_t *)((char *)settings + setting->offset);
}

static bool set_text(struct settings *settings, const struct setting *setting, const char *text,
                     struct error *error) {
    char *copy = strdup(text);
    if (copy == NULL) {
        return error_set(error, ERROR_MEMORY, "%s", setting->name);
    }
    char **field = text_field(settings, setting);
    free(*field);
    *field = copy;
    return true;
}

static bool set_number(struct settings *settings, const struct setting *setting, const char *text,
                       struct error *error) {
    char *end;
    errno = 0;
    unsigned long long value = strtoull(text, &end, 10);
    if (!isdigit((unsigned char)text[0]) || *end != '\0' || errno != 0 ||
        value < setting->minimum || value > setting->maximum) {
        return error_set(error, ERROR_ARGUMENT, "%s: '%.100s' is not a number from %llu to %llu",
                         setting->name, text, (unsigned long long)setting->minimum,
                         (unsigned long long)setting->maximum);
    }
    *number_field(settings, setting) = value;
    return true;
}

bool settings_set(struct settings *settings, const struct setting *setting, const char *text,
                  struct error *error) {
    return setting->kind == SETTING_TEXT ? set_text(settings, setting, text, error)
                                         : set_number(settings, setting, text, error);
}

bool settings_create(struct settings *settings, struct error *error) {
    *settings = (struct settings){0};
    for (size_t i = 0; i < ROW_COUNT; i++) {
        if (!settings_set(settings, &rows[i], rows[i].preset, error)) {
            settings_destroy(settings);
            return false;
        }
    }
    return true;
}

void settings_destroy(struct settings *settings) {
    for (size_t i = 0; i < ROW_COUNT; i++) {
        if (rows[i].kind == SETTING_TEXT) {
            free(*text_field(settings, &rows[i]));
        }
    }
    *settings = (struct settings){0};
}

bool settings_load_environment(struct settings *settings, struct error *error) {
    for (size_t i = 0; i < ROW_COUNT; i++) {
        char variable[SETTING_NAME_MAX];
        setting_variable(&rows[i], variable);
        const char *value = getenv(variable);
        if (value != NULL && !settings_set(settings, &rows[i], value, error)) {
            return error_prefix(error, "environment variable %s", variable);
        }
    }
    return true;
}
