// Making, renaming, removing and listing.
#include <stdlib.h>

#include "rules.h"

RULE(create_directory) {
    GIVES(0, make_folder(folder, "dir"));
    GIVES(EEXIST, make_folder(folder, "dir"));
    GIVES(EEXIST, make_folder(folder, "dir/"));
    GIVES(0, make_folder(folder, "other/"));
    make_file(folder, "file");
    GIVES(EEXIST, make_folder(folder, "file"));
    GIVES(ENOENT, make_folder(folder, "none/dir"));
    GIVES(ENOTDIR, make_folder(folder, "file/dir"));
    GIVES(0, make_symlink("nothing", folder, "link"));
    GIVES(EEXIST, make_folder(folder, "link"));
}

RULE(remove_directory_trailing_slashes) {
    GIVES(0, make_folder(folder, "dir"));
    GIVES(0, remove_folder(folder, "dir"));
    GIVES(0, make_folder(folder, "dir"));
    GIVES(0, remove_folder(folder, "dir/"));
    GIVES(0, make_folder(folder, "dir"));
    GIVES(0, remove_folder(folder, "dir///"));
    make_file(folder, "file");
    GIVES(ENOTDIR, remove_folder(folder, "file"));
    GIVES(ENOTDIR, remove_folder(folder, "file/"));
    GIVES(ENOENT, remove_folder(folder, "none"));
}

RULE(remove_nonempty_directory) {
    GIVES(0, make_folder(folder, "dir"));
    GIVES(0, make_folder(folder, "dir/nested"));
    GIVES(ENOTEMPTY, remove_folder(folder, "dir"));
    GIVES(0, remove_folder(folder, "dir/nested"));
    GIVES(0, remove_folder(folder, "dir"));
}

RULE(remove_dots) {
    GIVES(0, make_folder(folder, "dir"));
    CHECK(remove_folder(folder, ".") != 0);
    CHECK(remove_folder(folder, "dir/.") != 0);
    CHECK(remove_folder(folder, "dir/..") != 0);
    CHECK(remove_file(folder, ".") != 0);
    CHECK(move(folder, ".", folder, "x") != 0);
    CHECK(move(folder, "dir", folder, "dir/..") != 0);
    GIVES(0, try_open(folder, STAY, "dir", DIRECTORY, 0));
}

RULE(unlink_file_trailing_slashes) {
    GIVES(0, make_folder(folder, "dir"));
    GIVES(EISDIR, remove_file(folder, "dir"));
    GIVES(EISDIR, remove_file(folder, "dir/"));
    GIVES(0, remove_folder(folder, "dir"));
    make_file(folder, "file");
    GIVES(ENOTDIR, remove_file(folder, "file/"));
    GIVES(0, remove_file(folder, "file"));
    GIVES(ENOENT, remove_file(folder, "file"));
}

RULE(removed_names_can_be_used_again) {
    make_file(folder, "file");
    GIVES(0, try_open(folder, STAY, "file", 0, 0));
    GIVES(0, remove_file(folder, "file"));
    GIVES(0, try_open(folder, STAY, "file", CREATE, 0));
    GIVES(0, remove_file(folder, "file"));
    GIVES(0, make_folder(folder, "dir"));
    GIVES(0, try_open(folder, STAY, "dir", DIRECTORY, 0));
    GIVES(0, remove_folder(folder, "dir"));
    GIVES(0, make_folder(folder, "dir"));
}

RULE(removed_while_open) {
    char text[16];
    size_t count;
    int fd = open_file(folder, "file", CREATE);
    put_text(fd, "still there");
    GIVES(0, remove_file(folder, "file"));
    make_file(folder, "file");
    GIVES(0, get_at(fd, text, sizeof text, 0, &count));
    CHECK(count == 11 && memcmp(text, "still there", 11) == 0);
    __wasi_filestat_t stat;
    GIVES(0, __wasi_fd_filestat_get(fd, &stat));
    CHECK(stat.nlink == 0);
    GIVES(0, make_folder(folder, "dir"));
    int dir = open_folder(folder, "dir");
    GIVES(0, remove_folder(folder, "dir"));
    GIVES(ENOENT, try_open(dir, STAY, "new", CREATE, 0));
    GIVES(0, make_folder(folder, "dir"));
}

RULE(rename_directory) {
    GIVES(0, make_folder(folder, "source"));
    GIVES(0, move(folder, "source", folder, "target"));
    GIVES(ENOENT, try_open(folder, STAY, "source", DIRECTORY, 0));
    GIVES(0, try_open(folder, STAY, "target", DIRECTORY, 0));
    // Over an empty one.
    GIVES(0, make_folder(folder, "source"));
    GIVES(0, move(folder, "source", folder, "target"));
    GIVES(ENOENT, try_open(folder, STAY, "source", DIRECTORY, 0));
    GIVES(0, try_open(folder, STAY, "target", DIRECTORY, 0));
    // Over one that is not, and over a file.
    GIVES(0, make_folder(folder, "source"));
    make_file(folder, "target/file");
    GIVES(ENOTEMPTY, move(folder, "source", folder, "target"));
    GIVES(ENOTDIR, move(folder, "source", folder, "target/file"));
    GIVES(EINVAL, move(folder, "source", folder, "source/below"));
}

RULE(rename_file) {
    make_file(folder, "source");
    GIVES(0, move(folder, "source", folder, "target"));
    GIVES(ENOENT, try_open(folder, STAY, "source", 0, 0));
    GIVES(0, try_open(folder, STAY, "target", 0, 0));
    make_file(folder, "source");
    GIVES(0, move(folder, "source", folder, "target"));
    GIVES(ENOENT, try_open(folder, STAY, "source", 0, 0));
    make_file(folder, "source");
    GIVES(0, make_folder(folder, "dir"));
    GIVES(EISDIR, move(folder, "source", folder, "dir"));
    GIVES(ENOENT, move(folder, "none", folder, "dir"));
    GIVES(0, move(folder, "source", folder, "source"));
    GIVES(0, try_open(folder, STAY, "source", 0, 0));
    int dir = open_folder(folder, "dir");
    GIVES(0, move(folder, "source", dir, "moved"));
    GIVES(0, try_open(dir, STAY, "moved", 0, 0));
    GIVES(0, move(dir, "moved", folder, "back"));
    GIVES(0, try_open(folder, STAY, "back", 0, 0));
}

RULE(rename_trailing_slashes) {
    GIVES(0, make_folder(folder, "source"));
    GIVES(0, move(folder, "source/", folder, "target"));
    GIVES(0, move(folder, "target", folder, "source/"));
    GIVES(0, move(folder, "source/", folder, "target/"));
    GIVES(0, move(folder, "target", folder, "source"));
    make_file(folder, "file");
    GIVES(ENOTDIR, move(folder, "file/", folder, "other"));
    GIVES(ENOTDIR, move(folder, "file", folder, "other/"));
    GIVES(0, try_open(folder, STAY, "file", 0, 0));
}

RULE(rename_symlink) {
    __wasi_filestat_t stat;
    make_file(folder, "file");
    GIVES(0, make_symlink("file", folder, "link"));
    GIVES(0, move(folder, "link", folder, "moved"));
    GIVES(0, stat_path(folder, STAY, "moved", &stat));
    CHECK(stat.filetype == __WASI_FILETYPE_SYMBOLIC_LINK);
    GIVES(0, move(folder, "file", folder, "moved"));
    GIVES(0, stat_path(folder, STAY, "moved", &stat));
    CHECK(stat.filetype == __WASI_FILETYPE_REGULAR_FILE);
}

// ---- Listing ------------------------------------------------------------------------------------

struct entry {
    __wasi_dirent_t head;
    char name[256];
};

// The whole entries of one call of fd_readdir with so small a buffer; whether they are the last.
static bool list(int folder, uint64_t cookie, size_t capacity, struct entry *entries, int *count) {
    static uint8_t buffer[65536];
    size_t used = 0, offset = 0;
    GIVES(0, __wasi_fd_readdir(folder, buffer, capacity, cookie, &used));
    CHECK(used <= capacity);
    for (*count = 0; used - offset >= sizeof(__wasi_dirent_t); (*count)++) {
        struct entry *entry = &entries[*count];
        memcpy(&entry->head, buffer + offset, sizeof entry->head);
        if (used - offset - sizeof entry->head < entry->head.d_namlen) {
            break;
        }
        memcpy(entry->name, buffer + offset + sizeof entry->head, entry->head.d_namlen);
        entry->name[entry->head.d_namlen] = '\0';
        offset += sizeof entry->head + entry->head.d_namlen;
    }
    return used < capacity;
}

static struct entry *find(struct entry *entries, int count, const char *name) {
    for (int i = 0; i < count; i++) {
        if (strcmp(entries[i].name, name) == 0) {
            return &entries[i];
        }
    }
    rule_fail(__FILE__, __LINE__, "no entry %s", name);
    return &entries[0];
}

RULE(readdir_of_an_empty_folder) {
    struct entry entries[16];
    int count;
    __wasi_filestat_t stat;
    GIVES(0, __wasi_fd_filestat_get(folder, &stat));
    CHECK(list(folder, 0, 256, entries, &count) && count == 2);
    CHECK(find(entries, count, ".")->head.d_type == __WASI_FILETYPE_DIRECTORY);
    CHECK(find(entries, count, ".")->head.d_ino == stat.ino);
    CHECK(find(entries, count, "..")->head.d_type == __WASI_FILETYPE_DIRECTORY);
}

RULE(readdir_types_and_inodes) {
    struct entry entries[16];
    int count;
    __wasi_filestat_t stat;
    make_file(folder, "file");
    GIVES(0, make_folder(folder, "dir"));
    GIVES(0, make_symlink("file", folder, "link"));
    CHECK(list(folder, 0, 1024, entries, &count) && count == 5);
    GIVES(0, stat_path(folder, STAY, "file", &stat));
    CHECK(find(entries, count, "file")->head.d_ino == stat.ino);
    CHECK(find(entries, count, "file")->head.d_type == __WASI_FILETYPE_REGULAR_FILE);
    CHECK(find(entries, count, "dir")->head.d_type == __WASI_FILETYPE_DIRECTORY);
    CHECK(find(entries, count, "link")->head.d_type == __WASI_FILETYPE_SYMBOLIC_LINK);
    GIVES(0, stat_path(folder, STAY, "link", &stat));
    CHECK(find(entries, count, "link")->head.d_ino == stat.ino);
}

RULE(readdir_cookies) {
    struct entry entries[16], rest[16];
    int count, rest_count;
    make_file(folder, "file");
    CHECK(list(folder, 0, 256, entries, &count) && count == 3);
    for (int i = 0; i < count; i++) { // from behind each entry the others come, in their order
        CHECK(list(folder, entries[i].head.d_next, 256, rest, &rest_count));
        CHECK(rest_count == count - 1 - i);
        for (int k = 0; k < rest_count; k++) {
            CHECK(strcmp(rest[k].name, entries[i + 1 + k].name) == 0);
        }
    }
    // A buffer that is too small for one entry is filled.
    uint8_t small[10];
    size_t used;
    GIVES(0, __wasi_fd_readdir(folder, small, sizeof small, 0, &used));
    CHECK(used == sizeof small);
}

RULE(readdir_of_a_big_folder) {
    enum { FILES = 1000 };
    static struct entry entries[64];
    static uint8_t seen[FILES];
    char name[32];
    int count, total = 0;
    uint64_t cookie = 0;
    for (int i = 0; i < FILES; i++) {
        snprintf(name, sizeof name, "file.%d", i);
        make_file(folder, name);
    }
    for (bool last = false; !last;) {
        last = list(folder, cookie, 256, entries, &count);
        CHECK(count > 0 || last);
        for (int i = 0; i < count; i++) {
            int index = strncmp(entries[i].name, "file.", 5) == 0 ? atoi(entries[i].name + 5) : -1;
            if (index >= 0 && index < FILES) {
                seen[index]++;
            }
            cookie = entries[i].head.d_next;
        }
        total += count;
        if (count == 0) {
            break;
        }
    }
    CHECK(total == FILES + 2);
    for (int i = 0; i < FILES; i++) {
        CHECK(seen[i] == 1);
        snprintf(name, sizeof name, "file.%d", i);
        GIVES(0, remove_file(folder, name));
    }
    CHECK(list(folder, 0, 256, entries, &count) && count == 2);
}

RULE(readdir_while_entries_go) {
    struct entry entries[64];
    char name[32];
    int count, removed = 0;
    uint64_t cookie = 0;
    for (int i = 0; i < 100; i++) {
        snprintf(name, sizeof name, "file.%d", i);
        make_file(folder, name);
    }
    for (bool last = false; !last;) {
        last = list(folder, cookie, 256, entries, &count);
        for (int i = 0; i < count; i++) {
            cookie = entries[i].head.d_next;
            if (entries[i].name[0] != '.') {
                GIVES(0, remove_file(folder, entries[i].name));
                removed++;
            }
        }
        if (count == 0) {
            break;
        }
    }
    CHECK(removed == 100);
}

RULE(readdir_is_for_folders) {
    uint8_t buffer[64];
    size_t used;
    int fd = open_file(folder, "file", CREATE);
    GIVES_EITHER(ENOTDIR, EBADF, __wasi_fd_readdir(fd, buffer, sizeof buffer, 0, &used));
    GIVES(EBADF, __wasi_fd_readdir(100, buffer, sizeof buffer, 0, &used));
}
