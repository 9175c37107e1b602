// std::filesystem::directory_entry, directory_iterator, and recursive_directory_iterator.
// Source: C++17, [fs.class.directory.entry] to [fs.class.rec.dir.itr].
#include <cstring>
#include <dirent.h>
#include <memory>
#include <vector>

#include "filesystem.h"

namespace fs = std::filesystem;
using std::error_code;

static error_code code_of(int number) {
    return error_code(number, std::generic_category());
}

// ---- Entries ------------------------------------------------------------------------------------

// Reads what is kept with an entry: of a link, what it leads to, if anything.
error_code fs::directory_entry::__do_refresh() noexcept {
    struct stat status;
    __data_.__reset();
    if (lstat(__p_.c_str(), &status) != 0) {
        return code_of(errno);
    }
    bool link = S_ISLNK(status.st_mode);
    __data_.__cache_type_ = link ? _RefreshSymlink : _RefreshNonSymlink;
    if (link && stat(__p_.c_str(), &status) != 0) {
        int number = errno;
        __data_.__cache_type_ = _RefreshSymlinkUnresolved;
        // A link that leads nowhere is an entry like others.
        return number == ENOENT ? error_code() : code_of(number);
    }
    __data_.__type_ = file_status_of(status).type();
    __data_.__size_ = static_cast<std::uintmax_t>(status.st_size);
    __data_.__nlink_ = static_cast<std::uintmax_t>(status.st_nlink);
    __data_.__write_time_ = file_time_of(status.st_mtim);
    return {};
}

static fs::file_type type_of(unsigned char type) {
    switch (type) {
    case DT_REG:
        return fs::file_type::regular;
    case DT_DIR:
        return fs::file_type::directory;
    case DT_LNK:
        return fs::file_type::symlink;
    case DT_BLK:
        return fs::file_type::block;
    case DT_CHR:
        return fs::file_type::character;
    case DT_FIFO:
        return fs::file_type::fifo;
    default:
        return fs::file_type::none; // is asked for when it is needed
    }
}

// ---- A folder that is being read ----------------------------------------------------------------

class fs::__dir_stream {
  public:
    // At its first entry. `error` says why it is not open; a folder that may not be read is an
    // empty one where that is wanted.
    __dir_stream(const path &folder, directory_options options, error_code &error)
        : folder(folder), stream(opendir(folder.c_str())) {
        bool skip =
            (options & directory_options::skip_permission_denied) != directory_options::none;
        if (stream) {
            advance(error);
        } else if (errno != EACCES || !skip) {
            error = code_of(errno);
        }
    }
    __dir_stream(const __dir_stream &) = delete;
    __dir_stream &operator=(const __dir_stream &) = delete;
    ~__dir_stream() {
        close();
    }

    bool at_end() const {
        return !stream;
    }

    void advance(error_code &error) {
        do {
            errno = 0;
            const struct dirent *found = readdir(stream);
            if (!found) {
                error = code_of(errno);
                close();
                return;
            }
            if (strcmp(found->d_name, ".") != 0 && strcmp(found->d_name, "..") != 0) {
                entry.__assign_iter_entry(
                    folder / found->d_name,
                    directory_entry::__create_iter_result(type_of(found->d_type)));
                return;
            }
        } while (true);
    }

    directory_entry entry;

  private:
    void close() {
        if (stream) {
            closedir(stream);
        }
        stream = nullptr;
    }

    path folder;
    DIR *stream;
};

fs::directory_iterator::directory_iterator(const path &path, error_code *code,
                                           directory_options options) {
    report report("directory_iterator::directory_iterator", code, &path);
    error_code error;
    auto made = std::make_shared<__dir_stream>(path, options, error);
    if (error) {
        report.fail(error);
    } else if (!made->at_end()) {
        __imp_ = std::move(made);
    }
}

fs::directory_iterator &fs::directory_iterator::__increment(error_code *code) {
    path folder = __imp_->entry.path().parent_path();
    report report("directory_iterator::operator++", code, &folder);
    error_code error;
    __imp_->advance(error);
    if (__imp_->at_end()) {
        __imp_.reset();
    }
    if (error) {
        report.fail(error);
    }
    return *this;
}

const fs::directory_entry &fs::directory_iterator::__dereference() const {
    return __imp_->entry;
}

// ---- With what is in the folders ----------------------------------------------------------------

struct fs::recursive_directory_iterator::__shared_imp {
    directory_options options;
    std::vector<std::unique_ptr<__dir_stream>> open; // outermost first; none is at its end
};

fs::recursive_directory_iterator::recursive_directory_iterator(const path &path,
                                                               directory_options options,
                                                               error_code *code)
    : __rec_(true) {
    report report("recursive_directory_iterator", code, &path);
    error_code error;
    auto first = std::make_unique<__dir_stream>(path, options, error);
    if (error) {
        report.fail(error);
    } else if (!first->at_end()) {
        __imp_ = std::make_shared<__shared_imp>();
        __imp_->options = options;
        __imp_->open.push_back(std::move(first));
    }
}

fs::directory_options fs::recursive_directory_iterator::options() const {
    return __imp_->options;
}

int fs::recursive_directory_iterator::depth() const {
    return static_cast<int>(__imp_->open.size()) - 1;
}

const fs::directory_entry &fs::recursive_directory_iterator::__dereference() const {
    return __imp_->open.back()->entry;
}

// Goes on to the next entry, in outer folders where the inner ones are at their end.
void fs::recursive_directory_iterator::__advance(error_code *code) {
    path folder = __dereference().path().parent_path();
    report report("recursive_directory_iterator::operator++", code, &folder);
    error_code error;
    while (!error && !__imp_->open.empty()) {
        __imp_->open.back()->advance(error);
        if (!__imp_->open.back()->at_end()) {
            return;
        }
        __imp_->open.pop_back();
    }
    __imp_.reset();
    if (error) {
        report.fail(error);
    }
}

// Goes into the folder of the entry; false where it is none, or empty.
bool fs::recursive_directory_iterator::__try_recursion(error_code *code) {
    const directory_entry &entry = __dereference();
    path folder = entry.path();
    report report("recursive_directory_iterator::operator++", code, &folder);
    bool follow =
        (options() & directory_options::follow_directory_symlink) != directory_options::none;
    error_code error;
    bool link = entry.is_symlink(error);
    if ((link && !follow) || !entry.is_directory(error)) {
        return false; // what has gone in the meantime, or leads nowhere, is no folder
    }
    error.clear();
    auto inner = std::make_unique<__dir_stream>(folder, options(), error);
    if (error) {
        __imp_.reset();
        return report.fail(error, false);
    }
    if (inner->at_end()) {
        return false;
    }
    __imp_->open.push_back(std::move(inner));
    return true;
}

fs::recursive_directory_iterator &fs::recursive_directory_iterator::__increment(error_code *code) {
    bool inner = false;
    if (code) {
        code->clear();
    }
    if (recursion_pending()) {
        inner = __try_recursion(code);
    }
    __rec_ = true;
    if (!inner && __imp_ && !(code && *code)) {
        __advance(code);
    }
    return *this;
}

void fs::recursive_directory_iterator::__pop(error_code *code) {
    if (code) {
        code->clear();
    }
    __imp_->open.pop_back();
    __rec_ = true;
    if (__imp_->open.empty()) {
        __imp_.reset();
    } else {
        __advance(code);
    }
}
