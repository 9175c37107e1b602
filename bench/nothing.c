#include "nothing.h"

int bench_nothing(void *context, int value) {
    (void)context;
    return value;
}
