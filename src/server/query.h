// Query parameters of a request. Each function takes what is given, or leaves 0 where nothing is;
// false with ERROR_ARGUMENT where it is malformed. Of the room only.
#ifndef FAASM_SERVER_QUERY_H
#define FAASM_SERVER_QUERY_H

#include "server/request.h"

// NULL where it is not given.
const char *query_text(struct request *request, const char *name);

// 0 or 1.
bool query_flag(struct request *request, const char *name, bool *value, struct error *error);

// A number from 0 to `maximum`.
bool query_number(struct request *request, const char *name, uint64_t maximum, uint64_t *value,
                  struct error *error);

#endif
