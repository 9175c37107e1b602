#include "server/range.h"

#include <stdio.h>
#include <string.h>

bool range_read(struct request *request, uint64_t size, struct range *range) {
    const char *text =
        MHD_lookup_connection_value(request->connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_RANGE);
    unsigned long long first, last;
    char rest;
    *range = (struct range){0, size, false};
    if (text == NULL || strspn(text, "bytes=0123456789-") != strlen(text)) {
        return true;
    }
    if (sscanf(text, "bytes=-%llu%c", &last, &rest) == 1) {
        first = last < size ? size - last : 0;
        last = size - 1;
        if (size == 0) {
            return false;
        }
    } else {
        int count = sscanf(text, "bytes=%llu-%llu%c", &first, &last, &rest);
        if (count != 1 && count != 2) {
            return true;
        }
        if (count == 1 || last >= size) {
            last = size - 1;
        }
        if (first >= size || last < first) {
            return false;
        }
    }
    *range = (struct range){first, last - first + 1, true};
    return true;
}
