// An array in state (C++) that is changed in place and pushed when told to.
#ifndef FAASM_ARRAY_H
#define FAASM_ARRAY_H

#include "faasm/core.h"
#include "faasm/state.h"

#ifdef __cplusplus

namespace faasm {

template <typename T> class AsyncArray {
  public:
    // `key` must outlive the array. Nothing is read until pull, pullLazy or zero.
    AsyncArray(const char *key, size_t length) : key(key), length(length) {
    }

    void zero() {
        faasm::zeroState(key, size());
        pullLazy();
    }

    // Marks the element dirty: the array cannot tell a read from a write.
    T &operator[](int index) {
        faasmFlagStateOffsetDirty(key, size(), index * static_cast<long>(sizeof(T)), sizeof(T));
        return contents[index];
    }

    // Maps the local value, pulled only where it is absent.
    void pullLazy() {
        contents = reinterpret_cast<T *>(faasmReadStatePtr(key, size()));
    }

    // Refreshes from the global tier.
    void pull() {
        faasmPullState(key, size());
        pullLazy();
    }

    // Sends what is dirty.
    void push() {
        faasmPushStatePartial(key);
    }

    T *data() {
        return contents;
    }

  private:
    long size() const {
        return static_cast<long>(length * sizeof(T));
    }

    const char *key;
    size_t length;
    T *contents = nullptr;
};

} // namespace faasm

#endif

#endif
