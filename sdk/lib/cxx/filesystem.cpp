// std::filesystem's operations on single files. The system's libc++ has paths and errors, and the
// headers, but not these: they are defined under the names that its headers declare, which are why
// they are in C++.
//
// Source: C++17, [fs.op.funcs].
#include "filesystem.h"

#include <climits>
#include <cstdlib>
#include <cstring>
#include <dirent.h>
#include <fcntl.h>
#include <sys/time.h>
#include <unistd.h>
#include <vector>

namespace fs = std::filesystem;
using std::error_code;
using std::string;
using std::uintmax_t;

// ---- Errors -------------------------------------------------------------------------------------

void report::fail(error_code error) const {
    if (code) {
        *code = error;
    } else if (second) {
        fs::__throw_filesystem_error(string("in ") + operation, *first, *second, error);
    } else if (first) {
        fs::__throw_filesystem_error(string("in ") + operation, *first, error);
    } else {
        fs::__throw_filesystem_error(string("in ") + operation, error);
    }
}

static bool says_missing(int number) {
    return number == ENOENT || number == ENOTDIR;
}

// ---- Shared files
// ----------------------------------------------------------------------------------

// To a path, "faasm:" is a name like others.
static constexpr std::string_view SHARED_ROOT = "faasm://";

static bool is_shared(const fs::path &path) {
    return path.native().compare(0, SHARED_ROOT.size(), SHARED_ROOT) == 0;
}

static bool is_shared_root(const fs::path &path) {
    return path == "faasm:";
}

// ---- What there is ------------------------------------------------------------------------------

static fs::file_type type_of(mode_t mode) {
    switch (mode & S_IFMT) {
    case S_IFREG:
        return fs::file_type::regular;
    case S_IFDIR:
        return fs::file_type::directory;
    case S_IFLNK:
        return fs::file_type::symlink;
    case S_IFBLK:
        return fs::file_type::block;
    case S_IFCHR:
        return fs::file_type::character;
    case S_IFSOCK: // which is S_IFIFO, too
        return fs::file_type::socket;
    default:
        return fs::file_type::unknown;
    }
}

fs::file_status file_status_of(const struct stat &status) {
    return fs::file_status(type_of(status.st_mode), fs::perms::unknown);
}

fs::file_time_type file_time_of(const struct timespec &time) {
    return fs::file_time_type(fs::file_time_type::duration(
        static_cast<__int128_t>(time.tv_sec) * 1'000'000'000 + time.tv_nsec));
}

static fs::file_status status_by(int (*look)(const char *, struct stat *), const char *operation,
                                 const fs::path &path, error_code *code) {
    report report(operation, code, &path);
    struct stat status;
    // wasi-libc takes an empty path for the working folder.
    if (!path.empty() && look(path.c_str(), &status) == 0) {
        return file_status_of(status);
    }
    int number = path.empty() ? ENOENT : errno;
    if (!says_missing(number)) {
        return report.fail(number, fs::file_status(fs::file_type::none));
    }
    if (code) {
        *code = error_code(number, std::generic_category());
    }
    return fs::file_status(fs::file_type::not_found);
}

fs::file_status fs::__status(const path &path, error_code *code) {
    return status_by(stat, "status", path, code);
}

fs::file_status fs::__symlink_status(const path &path, error_code *code) {
    return status_by(lstat, "symlink_status", path, code);
}

uintmax_t fs::__file_size(const path &path, error_code *code) {
    report report("file_size", code, &path);
    struct stat status;
    uintmax_t none = static_cast<uintmax_t>(-1);
    if (stat(path.c_str(), &status) != 0) {
        return report.fail(errno, none);
    }
    if (!S_ISREG(status.st_mode)) {
        return report.fail(S_ISDIR(status.st_mode) ? EISDIR : ENOTSUP, none);
    }
    return static_cast<uintmax_t>(status.st_size);
}

uintmax_t fs::__hard_link_count(const path &path, error_code *code) {
    report report("hard_link_count", code, &path);
    struct stat status;
    return stat(path.c_str(), &status) == 0 ? static_cast<uintmax_t>(status.st_nlink)
                                            : report.fail(errno, static_cast<uintmax_t>(-1));
}

bool fs::__equivalent(const path &left, const path &right, error_code *code) {
    report report("equivalent", code, &left, &right);
    struct stat first, second;
    if (stat(left.c_str(), &first) != 0 || stat(right.c_str(), &second) != 0) {
        return report.fail(errno, false);
    }
    return first.st_dev == second.st_dev && first.st_ino == second.st_ino;
}

bool fs::__fs_is_empty(const path &path, error_code *code) {
    report report("is_empty", code, &path);
    struct stat status;
    if (stat(path.c_str(), &status) != 0) {
        return report.fail(errno, false);
    }
    if (S_ISDIR(status.st_mode)) {
        error_code error;
        directory_iterator folder(path, error);
        return error ? report.fail(error, false) : folder == directory_iterator();
    }
    return S_ISREG(status.st_mode) ? status.st_size == 0 : report.fail(ENOTSUP, false);
}

// ---- Times --------------------------------------------------------------------------------------

fs::file_time_type fs::__last_write_time(const path &path, error_code *code) {
    report report("last_write_time", code, &path);
    struct stat status;
    return stat(path.c_str(), &status) == 0 ? file_time_of(status.st_mtim)
                                            : report.fail(errno, file_time_type::min());
}

void fs::__last_write_time(const path &path, file_time_type time, error_code *code) {
    report report("last_write_time", code, &path);
    constexpr __int128_t SECOND = 1'000'000'000;
    __int128_t count = time.time_since_epoch().count();
    __int128_t seconds = count / SECOND - (count % SECOND < 0 ? 1 : 0);
    if (seconds < LLONG_MIN || seconds > LLONG_MAX) {
        report.fail(EOVERFLOW);
        return;
    }
    struct timespec times[2] = {};
    times[0].tv_nsec = UTIME_OMIT;
    times[1].tv_sec = static_cast<time_t>(seconds);
    times[1].tv_nsec = static_cast<long>(count - seconds * SECOND);
    if (utimensat(AT_FDCWD, path.c_str(), times, 0) != 0) {
        report.fail(errno);
    }
}

// ---- Making and changing ------------------------------------------------------------------------

static bool is_folder(const fs::path &path) {
    struct stat status;
    return stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode);
}

// A folder that is there already is no failure.
static bool make_folder(const fs::path &path, const report &report) {
    if (mkdir(path.c_str(), 0777) == 0) {
        return true;
    }
    int number = errno;
    return number == EEXIST && is_folder(path) ? false : report.fail(number, false);
}

bool fs::__create_directory(const path &path, error_code *code) {
    return make_folder(path, report("create_directory", code, &path));
}

bool fs::__create_directory(const path &path, const filesystem::path &like, error_code *code) {
    report report("create_directory", code, &path, &like);
    struct stat status;
    if (stat(like.c_str(), &status) != 0) {
        return report.fail(errno, false);
    }
    return S_ISDIR(status.st_mode) ? make_folder(path, report) : report.fail(ENOTDIR, false);
}

// Those that are missing, outermost last.
bool fs::__create_directories(const path &path, error_code *code) {
    report report("create_directories", code, &path);
    if (path.empty()) {
        return report.fail(ENOENT, false);
    }
    std::vector<filesystem::path> missing;
    filesystem::path now = path.has_filename() ? path : path.parent_path();
    for (;;) {
        error_code error;
        file_status status = __status(now, &error);
        if (is_directory(status)) {
            break;
        }
        if (exists(status) || status.type() != file_type::not_found) {
            return report.fail(exists(status) ? ENOTDIR : error.value(), false);
        }
        missing.push_back(now);
        if (!now.has_parent_path() || now.parent_path() == now ||
            is_shared_root(now.parent_path())) {
            break;
        }
        now = now.parent_path();
    }
    bool made = false;
    for (; !missing.empty(); missing.pop_back()) {
        error_code error;
        made = __create_directory(missing.back(), &error);
        if (error) {
            return report.fail(error, false);
        }
    }
    return made;
}

void fs::__create_symlink(const path &target, const path &link, error_code *code) {
    report report("create_symlink", code, &target, &link);
    if (symlink(target.c_str(), link.c_str()) != 0) {
        report.fail(errno);
    }
}

void fs::__create_directory_symlink(const path &target, const path &link, error_code *code) {
    report report("create_directory_symlink", code, &target, &link);
    if (symlink(target.c_str(), link.c_str()) != 0) {
        report.fail(errno);
    }
}

void fs::__create_hard_link(const path &target, const path &made, error_code *code) {
    report report("create_hard_link", code, &target, &made);
    if (link(target.c_str(), made.c_str()) != 0) {
        report.fail(errno);
    }
}

fs::path fs::__read_symlink(const path &path, error_code *code) {
    report report("read_symlink", code, &path);
    char target[PATH_MAX];
    ssize_t length = readlink(path.c_str(), target, sizeof target);
    if (length < 0 || static_cast<size_t>(length) == sizeof target) {
        return report.fail(length < 0 ? errno : ENAMETOOLONG, filesystem::path());
    }
    return string(target, static_cast<size_t>(length));
}

void fs::__rename(const path &from, const path &to, error_code *code) {
    report report("rename", code, &from, &to);
    if (std::rename(from.c_str(), to.c_str()) != 0) {
        report.fail(errno);
    }
}

void fs::__resize_file(const path &path, uintmax_t size, error_code *code) {
    report report("resize_file", code, &path);
    if (size > static_cast<uintmax_t>(LLONG_MAX)) {
        report.fail(EFBIG);
    } else if (truncate(path.c_str(), static_cast<off_t>(size)) != 0) {
        report.fail(errno);
    }
}

// Files have no modes here: chmod checks the path.
void fs::__permissions(const path &path, perms perms, perm_options options, error_code *code) {
    report report("permissions", code, &path);
    perm_options what =
        options & (perm_options::replace | perm_options::add | perm_options::remove);
    struct stat status;
    if (what != perm_options::replace && what != perm_options::add &&
        what != perm_options::remove) {
        report.fail(EINVAL);
    } else if ((options & perm_options::nofollow) != perm_options()
                   ? lstat(path.c_str(), &status) != 0
                   : chmod(path.c_str(), static_cast<mode_t>(perms & perms::mask)) != 0) {
        report.fail(errno);
    }
}

fs::space_info fs::__space(const path &path, error_code *code) {
    report report("space", code, &path);
    struct stat status;
    constexpr uintmax_t unknown = static_cast<uintmax_t>(-1);
    // WASI has no call that tells.
    int number = stat(path.c_str(), &status) != 0 ? errno : ENOTSUP;
    return report.fail(number, space_info{unknown, unknown, unknown});
}

// ---- Removing -----------------------------------------------------------------------------------

bool fs::__remove(const path &path, error_code *code) {
    report report("remove", code, &path);
    struct stat status;
    if (lstat(path.c_str(), &status) == 0 &&
        (S_ISDIR(status.st_mode) ? rmdir(path.c_str()) : unlink(path.c_str())) == 0) {
        return true;
    }
    return says_missing(errno) ? false : report.fail(errno, false);
}

// Removes what is in a folder, whose descriptor it closes: by names in it, so that nobody can put a
// link in its way. Returns 0 or an error.
static int remove_contents(int folder, uintmax_t &count);

static int remove_at(int folder, const char *name, uintmax_t &count) {
    if (unlinkat(folder, name, 0) == 0) {
        count++;
        return 0;
    }
    if (says_missing(errno)) {
        return 0;
    }
    struct stat status;
    int number = errno;
    if (fstatat(folder, name, &status, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISDIR(status.st_mode)) {
        return number;
    }
    int inner = openat(folder, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
    number = inner < 0 ? errno : remove_contents(inner, count);
    if (number == 0 && unlinkat(folder, name, AT_REMOVEDIR) != 0) {
        number = errno;
    }
    count += number == 0 ? 1 : 0;
    return number == ENOENT ? 0 : number;
}

static int remove_contents(int folder, uintmax_t &count) {
    DIR *stream = fdopendir(folder);
    if (!stream) {
        int number = errno;
        close(folder);
        return number;
    }
    // All names first: what is removed may move the others.
    std::vector<string> names;
    errno = 0;
    while (const struct dirent *entry = readdir(stream)) {
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0) {
            names.emplace_back(entry->d_name);
        }
        errno = 0;
    }
    int number = errno;
    for (size_t i = 0; number == 0 && i < names.size(); i++) {
        number = remove_at(dirfd(stream), names[i].c_str(), count);
    }
    closedir(stream);
    return number;
}

uintmax_t fs::__remove_all(const path &path, error_code *code) {
    report report("remove_all", code, &path);
    uintmax_t count = 0;
    int number = remove_at(AT_FDCWD, path.c_str(), count);
    return number == 0 ? count : report.fail(number, static_cast<uintmax_t>(-1));
}

// ---- Where --------------------------------------------------------------------------------------

fs::path fs::__current_path(error_code *code) {
    report report("current_path", code);
    char folder[PATH_MAX];
    return getcwd(folder, sizeof folder) ? path(folder) : report.fail(errno, path());
}

void fs::__current_path(const path &path, error_code *code) {
    report report("current_path", code, &path);
    if (chdir(path.c_str()) != 0) {
        report.fail(errno);
    }
}

fs::path fs::__absolute(const path &path, error_code *code) {
    report report("absolute", code, &path);
    if (path.is_absolute() || is_shared(path)) {
        return path;
    }
    error_code error;
    filesystem::path folder = __current_path(&error);
    return error ? report.fail(error, filesystem::path()) : folder / path;
}

// Shared files have no links. Only what follows their root is for the path to take apart.
static fs::path normal_shared(const fs::path &path) {
    fs::path normal = fs::path("/" + path.native().substr(SHARED_ROOT.size())).lexically_normal();
    return string(SHARED_ROOT) +
           (normal.has_filename() ? normal : normal.parent_path()).relative_path().native();
}

static fs::path canonical_of(const fs::path &path, int &number) {
    struct stat status;
    char resolved[PATH_MAX];
    number = 0;
    if (is_shared(path)) {
        number = stat(path.c_str(), &status) == 0 ? 0 : errno;
        return normal_shared(path);
    }
    if (!realpath(path.c_str(), resolved)) {
        number = errno;
        return {};
    }
    return resolved;
}

fs::path fs::__canonical(const path &path, error_code *code) {
    report report("canonical", code, &path);
    int number;
    filesystem::path canonical = canonical_of(path, number);
    return number == 0 ? canonical : report.fail(number, filesystem::path());
}

static fs::path prefix_of(const fs::path &path, const fs::path::iterator &end) {
    fs::path prefix;
    for (auto now = path.begin(); now != end; ++now) {
        prefix /= *now;
    }
    return prefix;
}

// What is there of the path is resolved, the rest follows as it is.
fs::path fs::__weakly_canonical(const path &path, error_code *code) {
    report report("weakly_canonical", code, &path);
    if (is_shared(path)) {
        return normal_shared(path);
    }
    filesystem::path found = path;
    auto now = path.end();
    for (error_code error; now != path.begin(); found = prefix_of(path, --now)) {
        file_status status = __status(found, &error);
        if (exists(status)) {
            break;
        }
        if (status.type() != file_type::not_found) {
            return report.fail(error, filesystem::path());
        }
    }
    if (!found.empty()) {
        int number;
        found = canonical_of(found, number);
        if (number != 0) {
            return report.fail(number, filesystem::path());
        }
    }
    for (; now != path.end(); ++now) {
        found /= *now;
    }
    return found.lexically_normal();
}

fs::path fs::__temp_directory_path(error_code *code) {
    report report("temp_directory_path", code);
    const char *folder = nullptr;
    for (const char *name : {"TMPDIR", "TMP", "TEMP", "TEMPDIR"}) {
        folder = folder ? folder : getenv(name);
    }
    path found = folder ? folder : "/tmp";
    struct stat status;
    if (stat(found.c_str(), &status) != 0) {
        return report.fail(errno, path());
    }
    return S_ISDIR(status.st_mode) ? found : report.fail(ENOTDIR, path());
}
