// Migration points, by their raw name: __faasm_migrate_point(function, argument) marks a place
// where the call may move to another host and go on there with function(argument).
#ifndef FAASM_MIGRATE_H
#define FAASM_MIGRATE_H

#include "faasm/host_interface.h"

#endif
