// A function in a shared object of its own: what a host function is compared with.
#ifndef FAASM_BENCH_NOTHING_H
#define FAASM_BENCH_NOTHING_H

int bench_nothing(void *context, int value);

#endif
