#include "server/query.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

const char *query_text(struct request *request, const char *name) {
    return MHD_lookup_connection_value(request->connection, MHD_GET_ARGUMENT_KIND, name);
}

bool query_flag(struct request *request, const char *name, bool *value, struct error *error) {
    const char *text = query_text(request, name);
    *value = text != NULL && strcmp(text, "1") == 0;
    return text == NULL || *value || strcmp(text, "0") == 0 ||
           error_set(error, ERROR_ARGUMENT, "%s is 0 or 1", name);
}

bool query_number(struct request *request, const char *name, uint64_t maximum, uint64_t *value,
                  struct error *error) {
    const char *text = query_text(request, name);
    *value = 0;
    if (text == NULL) {
        return true;
    }
    char *end;
    errno = 0;
    unsigned long long number = strtoull(text, &end, 10);
    if (!isdigit((unsigned char)text[0]) || *end != '\0' || errno != 0 || number > maximum) {
        return error_set(error, ERROR_ARGUMENT, "%s: '%.100s' is not a number from 0 to %llu", name,
                         text, (unsigned long long)maximum);
    }
    *value = number;
    return true;
}
