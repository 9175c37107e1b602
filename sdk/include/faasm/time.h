// Time and simple profiling.
#ifndef FAASM_TIME_H
#define FAASM_TIME_H

#include <stdio.h>
#include <time.h>

#ifdef __cplusplus
extern "C" {
#endif

// Seconds since 1970 by the host's clock, with the fraction that a double holds.
double faasm_get_seconds_since_epoch(void);

#ifdef __cplusplus
}

namespace faasm {

inline double getSecondsSinceEpoch() {
    return faasm_get_seconds_since_epoch();
}

} // namespace faasm
#endif

// FAASM_PROF_START(x) ... FAASM_PROF_END(x) print the milliseconds between them, where the program
// is compiled with -DWASM_PROF=1; otherwise they are nothing.
#if defined(WASM_PROF) && WASM_PROF == 1
#define FAASM_PROF_START(name) double faasm_profile_##name = faasm_get_seconds_since_epoch();
#define FAASM_PROF_END(name)                                                                       \
    printf("TIME: %s %f\n", #name,                                                                 \
           (faasm_get_seconds_since_epoch() - faasm_profile_##name) * 1000.0);
#else
#define FAASM_PROF_START(name)
#define FAASM_PROF_END(name)
#endif

#endif
