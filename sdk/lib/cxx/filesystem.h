// What the files of std::filesystem share.
#ifndef FAASM_SDK_CXX_FILESYSTEM_H
#define FAASM_SDK_CXX_FILESYSTEM_H

#include <cerrno>
#include <filesystem>
#include <string>
#include <sys/stat.h>
#include <system_error>

// How an operation says that it failed: in the caller's error_code, which is cleared first, or,
// where there is none, by std::filesystem::filesystem_error.
class report {
  public:
    using path = std::filesystem::path;

    report(const char *operation, std::error_code *code, const path *first = nullptr,
           const path *second = nullptr)
        : operation(operation), code(code), first(first), second(second) {
        if (code) {
            code->clear();
        }
    }

    // Returns `result` where it does not throw.
    template <class Result> Result fail(std::error_code error, Result result) const {
        fail(error);
        return result;
    }
    template <class Result> Result fail(int number, Result result) const {
        return fail(std::error_code(number, std::generic_category()), std::move(result));
    }
    void fail(int number) const {
        fail(std::error_code(number, std::generic_category()));
    }
    void fail(std::error_code error) const;

  private:
    const char *operation;
    std::error_code *code;
    const path *first;
    const path *second;
};

// What stat knows. Files here have no modes, so permissions are not known.
std::filesystem::file_status file_status_of(const struct stat &status);
std::filesystem::file_time_type file_time_of(const struct timespec &time);

#endif
