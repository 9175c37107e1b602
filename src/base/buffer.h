// A byte buffer that grows, and a view of bytes that somebody else owns.
#ifndef FAASM_BASE_BUFFER_H
#define FAASM_BASE_BUFFER_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// A view: never owns. `data` may be NULL when `length` is 0.
struct bytes {
    const uint8_t *data;
    size_t length;
};

// Owns `data` (malloc). Zero-initialise to create; buffer_destroy to free.
struct buffer {
    uint8_t *data;
    size_t length;
    size_t capacity;
};

void buffer_destroy(struct buffer *buffer);

// Makes room for `extra` more bytes. Fails with ERROR_MEMORY; the buffer is then unchanged.
bool buffer_reserve(struct buffer *buffer, size_t extra, struct error *error);

bool buffer_append(struct buffer *buffer, const void *data, size_t length, struct error *error);

// Appends formatted text, without a terminating NUL.
bool buffer_printf(struct buffer *buffer, struct error *error, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

// Replaces the contents.
bool buffer_assign(struct buffer *buffer, const void *data, size_t length, struct error *error);

// Moves the contents out: the caller owns what is returned, `from` is empty afterwards.
struct buffer buffer_take(struct buffer *from);

static inline struct bytes buffer_bytes(const struct buffer *buffer) {
    return (struct bytes){buffer->data, buffer->length};
}

#endif
