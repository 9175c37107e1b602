// Inside of the room: state from files.
#ifndef FAASM_HOST_STATE_FILE_H
#define FAASM_HOST_STATE_FILE_H

#include "base/object.h"

#include <stdint.h>

// __faasm_write_state_from_file: the value is what is in the file, which the call must be able to
// open by the path; its size. Ends the call where it cannot.
uint32_t state_from_file(struct object_instance *instance, uint32_t key, uint32_t path);

#endif
