// Side modules (shared libraries) for calls: where they come from.
//
// A name without a slash is that of a module of the same user that was uploaded like a function (or
// given to runtime_add_object); its object is in the same cache. Others are files of the guest,
// read by the layer above; what they are compiled to is remembered by content, the last used of
// them.
#ifndef FAASM_RUNTIME_LIBRARY_H
#define FAASM_RUNTIME_LIBRARY_H

#include "base/buffer.h"
#include "base/error.h"
#include "faaslet/library.h"
#include "runtime/call.h"

// Reads a file as the guest sees it, by a path or, without a slash, from where libraries are looked
// for; `requester` is the path of the module that needs it. ERROR_NOT_FOUND.
typedef bool runtime_library_read(struct call *call, const char *name, const char *requester,
                                  struct buffer *wasm, char found[FAASLET_LIBRARY_NAME_MAX],
                                  struct error *error);

struct runtime_library_source {
    struct faaslet_library_source source; // what faaslet_library_open is given
    struct call *call;
    runtime_library_read *read;
};

// Fills a source for the call; it must stay where it is. `read` may be NULL: no files.
void runtime_library_source(struct runtime_library_source *source, struct call *call,
                            runtime_library_read *read);

#endif
