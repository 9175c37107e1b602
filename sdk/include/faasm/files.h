// Whole files. C++ programs find the functions in namespace faasm, C programs under their prefixed
// names. On failure errno says why.
#ifndef FAASM_FILES_H
#define FAASM_FILES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// The size of a file in bytes, or -1.
long faasm_get_file_length(const char *path);

// The contents, followed by a NUL that `*length` (may be NULL) does not count. The caller owns them
// (free). NULL on failure.
char *faasm_read_file(const char *path, size_t *length);

// Creates or replaces a file.
bool faasm_write_file(const char *path, const void *data, size_t length);

#ifdef __cplusplus
}

#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

namespace faasm {

inline long getFileLength(const char *path) {
    return faasm_get_file_length(path);
}

inline char *readFileToString(const char *path) {
    return faasm_read_file(path, nullptr);
}

// Empty where the file is empty or cannot be read (errno).
inline std::vector<uint8_t> readFileToBytes(const std::string &path) {
    size_t length = 0;
    char *contents = faasm_read_file(path.c_str(), &length);
    if (contents == nullptr) {
        return {};
    }
    std::vector<uint8_t> bytes(contents, contents + length);
    std::free(contents);
    return bytes;
}

inline bool writeStringToFile(const char *path, const char *text) {
    return faasm_write_file(path, text, std::strlen(text));
}

inline bool writeBytesToFile(const std::string &path, const std::vector<uint8_t> &bytes) {
    return faasm_write_file(path.c_str(), bytes.data(), bytes.size());
}

} // namespace faasm
#endif

#endif
