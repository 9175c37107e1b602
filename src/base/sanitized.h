// Whether this is a build with a sanitizer that needs what programs are else kept from: terabytes
// of address space, system calls of its own, tracing the process at its end.
#ifndef FAASM_BASE_SANITIZED_H
#define FAASM_BASE_SANITIZED_H

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED 1
#endif
#endif
#ifndef SANITIZED
#define SANITIZED 0
#endif

#endif
