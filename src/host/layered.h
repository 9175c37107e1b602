// Changes of names in folders that may lie in a layer of a user's files (store/layer.h): the system
// call, and what the layer needs to know of it. `layer` is NULL for plain folders.
#ifndef FAASM_HOST_LAYERED_H
#define FAASM_HOST_LAYERED_H

#include "host/sandbox.h"
#include "store/layer.h"

#include <stdint.h>

// As sandbox_open: a WASI error. `file` is NULL for what is no regular file of a layer; the caller
// closes it before `fd`.
uint32_t layered_open(struct layer *layer, int folder, const char *path, int flags, int *fd,
                      struct layer_file **file);

// 0 or an errno value. None follows a symbolic link in the last name, trailing slashes or not.
int layered_make_folder(struct layer *layer, const struct sandbox_parent *parent);
int layered_remove_folder(struct layer *layer, const struct sandbox_parent *parent);
int layered_remove_file(struct layer *layer, const struct sandbox_parent *parent);
int layered_symlink(struct layer *layer, const char *target, const struct sandbox_parent *parent);
int layered_rename(struct layer *from_layer, const struct sandbox_parent *from,
                   struct layer *to_layer, const struct sandbox_parent *to);

// Gives what is open as `fd` (perhaps with O_PATH) another name.
int layered_link(struct layer *from_layer, int fd, struct layer *to_layer,
                 const struct sandbox_parent *to);

#endif
