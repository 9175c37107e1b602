// The functions of faasm/time.h.
#include "faasm/time.h"

double faasm_get_seconds_since_epoch(void) {
    struct timespec now;
    if (clock_gettime(CLOCK_REALTIME, &now) != 0) {
        return 0;
    }
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}
