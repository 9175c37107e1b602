// The Range header of a request. Of the room only.
#ifndef FAASM_SERVER_RANGE_H
#define FAASM_SERVER_RANGE_H

#include "server/request.h"

// "bytes=FIRST-LAST", "bytes=FIRST-", "bytes=-COUNT" of `size` bytes; all of them where there is no
// header. What is no single range is ignored, as RFC 9110 allows. False for one that they do not
// have.
bool range_read(struct request *request, uint64_t size, struct range *range);

#endif
