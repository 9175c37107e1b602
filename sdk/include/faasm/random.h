// Random numbers (C++). Each comes from the host: no generator state is kept in the program, where
// the snapshot would give the same sequence to every call.
#ifndef FAASM_RANDOM_H
#define FAASM_RANDOM_H

#ifdef __cplusplus

#include <algorithm>
#include <cstddef>
#include <random>
#include <string>

namespace faasm {

// Uniform in [first, last].
inline int randomInteger(int first, int last) {
    std::random_device source;
    return std::uniform_int_distribution<int>(first, last)(source);
}

// Uniform in [0, 1).
inline float randomFloat() {
    std::random_device source;
    return std::uniform_real_distribution<float>(0, 1)(source);
}

inline void shuffleArray(int *array, size_t length) {
    std::random_device source;
    std::shuffle(array, array + length, source);
}

// The numbers 0 to length - 1 in random order; the caller owns the array (delete[]).
inline int *randomIntRange(int length) {
    int *range = new int[static_cast<size_t>(length)];
    for (int i = 0; i < length; i++) {
        range[i] = i;
    }
    shuffleArray(range, static_cast<size_t>(length));
    return range;
}

// Letters and digits.
inline std::string randomString(int length) {
    static const char characters[] = "0123456789"
                                     "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                     "abcdefghijklmnopqrstuvwxyz";
    std::random_device source;
    std::uniform_int_distribution<size_t> index(0, sizeof(characters) - 2);
    std::string result;
    for (int i = 0; i < length; i++) {
        result += characters[index(source)];
    }
    return result;
}

} // namespace faasm

#endif

#endif
