#include "base/buffer.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void buffer_destroy(struct buffer *buffer) {
    free(buffer->data);
    *buffer = (struct buffer){0};
}

bool buffer_reserve(struct buffer *buffer, size_t extra, struct error *error) {
    if (extra <= buffer->capacity - buffer->length) {
        return true;
    }
    size_t needed;
    if (__builtin_add_overflow(buffer->length, extra, &needed)) {
        return error_set(error, ERROR_MEMORY, "buffer of more than SIZE_MAX bytes");
    }
    size_t capacity = buffer->capacity + buffer->capacity / 2;
    if (capacity < needed) {
        capacity = needed < 64 ? 64 : needed;
    }
    uint8_t *data = realloc(buffer->data, capacity);
    if (data == NULL) {
        return error_set(error, ERROR_MEMORY, "buffer of %zu bytes", capacity);
    }
    buffer->data = data;
    buffer->capacity = capacity;
    return true;
}

bool buffer_append(struct buffer *buffer, const void *data, size_t length, struct error *error) {
    if (!buffer_reserve(buffer, length, error)) {
        return false;
    }
    if (length > 0) {
        memcpy(buffer->data + buffer->length, data, length);
        buffer->length += length;
    }
    return true;
}

bool buffer_printf(struct buffer *buffer, struct error *error, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    if (length < 0) {
        return error_set(error, ERROR_INTERNAL, "format '%s'", format);
    }
    if (!buffer_reserve(buffer, (size_t)length + 1, error)) {
        return false;
    }
    va_start(arguments, format);
    vsnprintf((char *)buffer->data + buffer->length, (size_t)length + 1, format, arguments);
    va_end(arguments);
    buffer->length += (size_t)length;
    return true;
}

bool buffer_assign(struct buffer *buffer, const void *data, size_t length, struct error *error) {
    if (length > buffer->capacity && !buffer_reserve(buffer, length - buffer->length, error)) {
        return false;
    }
    if (length > 0) {
        memmove(buffer->data, data, length);
    }
    buffer->length = length;
    return true;
}

struct buffer buffer_take(struct buffer *from) {
    struct buffer taken = *from;
    *from = (struct buffer){0};
    return taken;
}
