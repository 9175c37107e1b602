// Thread-local data of a module.
#include <stdint.h>

_Thread_local int tls_value = 7;
static _Thread_local int zeros[100];
static _Thread_local _Alignas(64) char aligned[64] = "aligned";

int tls_next(void) {
    return tls_value++;
}

int tls_zero(void) {
    return zeros[99]++;
}

int tls_aligned(void) {
    return (uintptr_t)aligned % 64 == 0 && aligned[0] == 'a' && aligned[63] == 0;
}

int *tls_address(void) {
    return &tls_value;
}
