// std::filesystem::copy and its like. Source: C++17, [fs.op.copy] to [fs.op.copy.symlink].
#include <fcntl.h>
#include <unistd.h>
#include <vector>

#include "filesystem.h"

namespace fs = std::filesystem;
using std::error_code;

static bool has(fs::copy_options options, fs::copy_options option) {
    return (options & option) != fs::copy_options::none;
}

static bool write_all(int fd, const char *data, size_t length) {
    for (ssize_t written; length > 0; data += written, length -= static_cast<size_t>(written)) {
        written = write(fd, data, length);
        if (written < 0) {
            return false;
        }
    }
    return true;
}

static int copy_contents(int from, int to) {
    std::vector<char> chunk(65536);
    ssize_t length;
    while ((length = read(from, chunk.data(), chunk.size())) > 0) {
        if (!write_all(to, chunk.data(), static_cast<size_t>(length))) {
            return errno;
        }
    }
    return length == 0 ? 0 : errno;
}

// Returns 0 or an error.
static int copy_file_contents(const fs::path &from, const fs::path &to) {
    int source = open(from.c_str(), O_RDONLY);
    if (source < 0) {
        return errno;
    }
    int target = open(to.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0666);
    int number = target < 0 ? errno : copy_contents(source, target);
    close(source);
    if (target >= 0 && close(target) != 0 && number == 0) {
        number = errno;
    }
    return number;
}

// Is a file that exists to be replaced? Otherwise `number` says what is wrong, or is 0 where it is
// to be left as it is.
static bool replaces(const fs::path &from, const fs::path &to, fs::copy_options options,
                     int &number) {
    struct stat source, target;
    number = 0;
    if (stat(from.c_str(), &source) != 0 || stat(to.c_str(), &target) != 0) {
        number = errno;
    } else if (!S_ISREG(target.st_mode)) {
        number = ENOTSUP;
    } else if (source.st_dev == target.st_dev && source.st_ino == target.st_ino) {
        number = EEXIST;
    } else if (has(options, fs::copy_options::overwrite_existing)) {
        return true;
    } else if (has(options, fs::copy_options::update_existing)) {
        return file_time_of(source.st_mtim) > file_time_of(target.st_mtim);
    } else if (!has(options, fs::copy_options::skip_existing)) {
        number = EEXIST;
    }
    return false;
}

bool fs::__copy_file(const path &from, const path &to, copy_options options, error_code *code) {
    report report("copy_file", code, &from, &to);
    struct stat source, target;
    if (stat(from.c_str(), &source) != 0) {
        return report.fail(errno, false);
    }
    if (!S_ISREG(source.st_mode)) {
        return report.fail(ENOTSUP, false);
    }
    if (stat(to.c_str(), &target) == 0) {
        int number;
        if (!replaces(from, to, options, number)) {
            return number == 0 ? false : report.fail(number, false);
        }
    } else if (errno != ENOENT) {
        return report.fail(errno, false);
    }
    int number = copy_file_contents(from, to);
    return number == 0 ? true : report.fail(number, false);
}

void fs::__copy_symlink(const path &from, const path &to, error_code *code) {
    report report("copy_symlink", code, &from, &to);
    error_code error;
    path target = __read_symlink(from, &error);
    if (!error) {
        __create_symlink(target, to, &error);
    }
    if (error) {
        report.fail(error);
    }
}

// ---- copy ---------------------------------------------------------------------------------------

static error_code copy_link(const fs::path &from, const fs::path &to, fs::copy_options options,
                            fs::file_status target) {
    error_code error;
    if (has(options, fs::copy_options::skip_symlinks)) {
        return error;
    }
    if (!has(options, fs::copy_options::copy_symlinks) || exists(target)) {
        return make_error_code(std::errc::file_exists);
    }
    fs::copy_symlink(from, to, error);
    return error;
}

static error_code copy_regular(const fs::path &from, const fs::path &to, fs::copy_options options,
                               fs::file_status target) {
    error_code error;
    if (has(options, fs::copy_options::directories_only)) {
        return error;
    }
    if (has(options, fs::copy_options::create_symlinks)) {
        fs::create_symlink(from, to, error);
    } else if (has(options, fs::copy_options::create_hard_links)) {
        fs::create_hard_link(from, to, error);
    } else {
        fs::copy_file(from, is_directory(target) ? to / from.filename() : to, options, error);
    }
    return error;
}

// Without options, files alone; folders in it only with `recursive`.
static error_code copy_folder(const fs::path &from, const fs::path &to, fs::copy_options options,
                              fs::file_status target) {
    if (has(options, fs::copy_options::create_symlinks)) {
        return make_error_code(std::errc::is_a_directory);
    }
    error_code error;
    if (!has(options, fs::copy_options::recursive) && options != fs::copy_options::none) {
        return error;
    }
    // What is there before anything is made: a folder may be copied into itself.
    std::vector<fs::path> entries;
    for (fs::directory_iterator entry(from, error); !error && entry != fs::directory_iterator();
         entry.increment(error)) {
        entries.push_back(entry->path());
    }
    if (!error && !exists(target)) {
        fs::create_directory(to, from, error);
    }
    for (size_t i = 0; !error && i < entries.size(); i++) {
        fs::copy(entries[i], to / entries[i].filename(),
                 options | fs::copy_options::__in_recursive_copy, error);
    }
    return error;
}

static error_code copy_any(const fs::path &from, const fs::path &to, fs::copy_options options) {
    bool source_link =
        has(options, fs::copy_options::create_symlinks | fs::copy_options::skip_symlinks |
                         fs::copy_options::copy_symlinks);
    bool target_link =
        has(options, fs::copy_options::create_symlinks | fs::copy_options::skip_symlinks);
    error_code error;
    fs::file_status source =
        source_link ? fs::symlink_status(from, error) : fs::status(from, error);
    if (!exists(source)) {
        return error;
    }
    fs::file_status target = target_link ? fs::symlink_status(to, error) : fs::status(to, error);
    if (error && target.type() != fs::file_type::not_found) {
        return error;
    }
    error.clear();
    if (exists(target) && fs::equivalent(from, to, error)) {
        return make_error_code(std::errc::file_exists);
    }
    if (is_other(source) || is_other(target)) {
        return make_error_code(std::errc::not_supported);
    }
    if (is_directory(source) && is_regular_file(target)) {
        return make_error_code(std::errc::not_a_directory);
    }
    return is_symlink(source)     ? copy_link(from, to, options, target)
           : is_directory(source) ? copy_folder(from, to, options, target)
                                  : copy_regular(from, to, options, target);
}

void fs::__copy(const path &from, const path &to, copy_options options, error_code *code) {
    report report("copy", code, &from, &to);
    error_code error = copy_any(from, to, options);
    if (error) {
        report.fail(error);
    }
}
