// The part of TOML (toml.io, 1.0) that settings need: `key = value` lines.
#include "base/buffer.h"
#include "base/file.h"
#include "server/settings.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

enum { FILE_LIMIT = 1024 * 1024, VALUE_MAX = 4096 };

// What is left of the current line, without its end.
struct line {
    const char *at, *end;
};

static bool at_end(const struct line *line) {
    return line->at == line->end;
}

static char peek(const struct line *line) {
    return at_end(line) ? '\0' : *line->at;
}

static void skip_blanks(struct line *line) {
    while (peek(line) == ' ' || peek(line) == '\t') {
        line->at++;
    }
}

static bool is_key_character(char c) {
    return isalnum((unsigned char)c) || c == '_' || c == '-';
}

static bool read_key(struct line *line, char key[SETTING_NAME_MAX], struct error *error) {
    size_t length = 0;
    while (is_key_character(peek(line)) && length < SETTING_NAME_MAX - 1) {
        key[length++] = *line->at++;
    }
    key[length] = '\0';
    skip_blanks(line);
    if (length == 0 || peek(line) != '=') {
        return error_set(error, ERROR_MALFORMED, "expected `key = value`");
    }
    line->at++;
    skip_blanks(line);
    return true;
}

// TOML wants digits on both sides of every underscore and no leading zero.
static bool read_integer(struct line *line, char value[VALUE_MAX], struct error *error) {
    size_t length = 0;
    bool digit = false;
    if (peek(line) == '+') {
        line->at++;
    }
    for (; length < 32; line->at++) {
        char c = peek(line);
        if (isdigit((unsigned char)c)) {
            value[length++] = c;
            digit = true;
        } else if (c == '_' && digit) {
            digit = false;
        } else {
            break;
        }
    }
    value[length] = '\0';
    if (!digit || (length > 1 && value[0] == '0')) {
        return error_set(error, ERROR_MALFORMED,
                         "expected a decimal integer or a one-line string after `=`");
    }
    return true;
}

static bool read_escape(struct line *line, char *character, struct error *error) {
    static const char names[] = "btnfr\"\\", values[] = "\b\t\n\f\r\"\\";
    char name = peek(line);
    const char *found = name == '\0' ? NULL : strchr(names, name);
    if (found == NULL) {
        return error_set(error, ERROR_MALFORMED,
                         "escape in a string is not one of \\b \\t \\n "
                         "\\f \\r \\\" \\\\");
    }
    *character = values[found - names];
    line->at++;
    return true;
}

static bool read_string(struct line *line, char value[VALUE_MAX], struct error *error) {
    char quote = *line->at++;
    size_t length = 0;
    while (!at_end(line) && *line->at != quote) {
        char character = *line->at++;
        if ((unsigned char)character < 0x20 && character != '\t') {
            return error_set(error, ERROR_MALFORMED, "control character in a string");
        }
        if (character == '\\' && quote == '"' && !read_escape(line, &character, error)) {
            return false;
        }
        if (length == VALUE_MAX - 1) {
            return error_set(error, ERROR_TOO_LARGE, "string of more than %d bytes", VALUE_MAX - 1);
        }
        value[length++] = character;
    }
    if (at_end(line)) {
        return error_set(error, ERROR_MALFORMED, "string without its closing quote");
    }
    line->at++;
    value[length] = '\0';
    return true;
}

static bool read_value(struct line *line, const struct setting *setting, char value[VALUE_MAX],
                       struct error *error) {
    bool quoted = peek(line) == '"' || peek(line) == '\'';
    if (setting->kind == SETTING_TEXT && !quoted) {
        return error_set(error, ERROR_MALFORMED, "%s is a string: put it in quotes", setting->name);
    }
    if (setting->kind == SETTING_NUMBER && quoted) {
        return error_set(error, ERROR_MALFORMED, "%s is an integer: no quotes", setting->name);
    }
    if (!(quoted ? read_string(line, value, error) : read_integer(line, value, error))) {
        return false;
    }
    skip_blanks(line);
    if (!at_end(line) && peek(line) != '#') {
        return error_set(error, ERROR_MALFORMED, "text after the value");
    }
    return true;
}

static bool read_line(struct line *line, struct settings *settings, bool *seen,
                      struct error *error) {
    skip_blanks(line);
    if (at_end(line) || peek(line) == '#') {
        return true;
    }
    if (peek(line) == '[') {
        return error_set(error, ERROR_MALFORMED, "tables are not used here; only `key = value`");
    }
    char key[SETTING_NAME_MAX];
    if (!read_key(line, key, error)) {
        return false;
    }
    const struct setting *setting = settings_find(key);
    if (setting == NULL) {
        return error_set(error, ERROR_ARGUMENT, "no setting is called '%s'", key);
    }
    size_t count;
    size_t index = (size_t)(setting - settings_rows(&count));
    if (seen[index]) {
        return error_set(error, ERROR_MALFORMED, "%s is there a second time", key);
    }
    seen[index] = true;
    char value[VALUE_MAX];
    return read_value(line, setting, value, error) && settings_set(settings, setting, value, error);
}

bool settings_load_text(struct settings *settings, const char *text, size_t length,
                        const char *origin, struct error *error) {
    enum { ROWS_MAX = 256 };
    bool seen[ROWS_MAX] = {false};
    size_t count;
    settings_rows(&count);
    if (count > ROWS_MAX) {
        return error_set(error, ERROR_INTERNAL, "more than %d settings", ROWS_MAX);
    }
    if (memchr(text, '\0', length) != NULL) {
        return error_set(error, ERROR_MALFORMED, "%s: NUL byte", origin);
    }
    const char *end = text + length;
    for (int number = 1; text < end; number++) {
        const char *newline = memchr(text, '\n', (size_t)(end - text));
        const char *stop = newline == NULL ? end : newline;
        struct line line = {text, stop};
        if (line.end > line.at && line.end[-1] == '\r') {
            line.end--;
        }
        if (!read_line(&line, settings, seen, error)) {
            return error_prefix(error, "%s, line %d", origin, number);
        }
        text = newline == NULL ? end : newline + 1;
    }
    return true;
}

bool settings_load_file(struct settings *settings, const char *path, struct error *error) {
    struct buffer contents = {0};
    if (!file_read(path, FILE_LIMIT, &contents, error)) {
        return false;
    }
    bool done = contents.length == 0 || settings_load_text(settings, (const char *)contents.data,
                                                           contents.length, path, error);
    buffer_destroy(&contents);
    return done;
}
