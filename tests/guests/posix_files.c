// Uses files as C and POSIX programs do, in the folder argv[1], which is empty at the start, and
// prints a line for each thing tried. tests/e2e/run.sh compares what it prints as a guest with what
// it prints natively.
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

static int number;

static const char *errno_name(int value) {
    static const struct {
        int value;
        const char *name;
    } names[] = {
        {0, "ok"},          {EACCES, "EACCES"},       {EBADF, "EBADF"},
        {EEXIST, "EEXIST"}, {EINVAL, "EINVAL"},       {EISDIR, "EISDIR"},
        {ELOOP, "ELOOP"},   {ENOENT, "ENOENT"},       {ENOTDIR, "ENOTDIR"},
        {EPERM, "EPERM"},   {ENOTEMPTY, "ENOTEMPTY"}, {ESPIPE, "ESPIPE"},
        {ENXIO, "ENXIO"},   {EBUSY, "EBUSY"},         {ENAMETOOLONG, "ENAMETOOLONG"},
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (names[i].value == value) {
            return names[i].name;
        }
    }
    return "another error";
}

// The result of a call that returns a negative number where it fails.
static long report(const char *what, long result) {
    printf("%d - %s: %ld %s\n", ++number, what, result, errno_name(result < 0 ? errno : 0));
    return result;
}

static void report_text(const char *what, const char *text) {
    printf("%d - %s: \"%s\"\n", ++number, what, text);
}

// Opens and closes again.
static bool opens(const char *path, int flags) {
    int fd = open(path, flags, 0644);
    return fd >= 0 && close(fd) == 0;
}

static void test_streams(void) {
    FILE *file = fopen("stream.txt", "w");
    report("fopen w", file ? 0 : -1);
    report("fprintf", fprintf(file, "line %d\nline %d\n%s", 1, 2, "last"));
    report("fclose", fclose(file));
    file = fopen("stream.txt", "r");
    char line[64];
    while (fgets(line, sizeof line, file)) {
        line[strcspn(line, "\n")] = '\0';
        report_text("fgets", line);
    }
    report("feof", feof(file) != 0);
    report("fseek", fseek(file, -4, SEEK_END));
    report("ftell", ftell(file));
    report("fread", (long)fread(line, 1, sizeof line, file));
    rewind(file);
    report("fgetc", fgetc(file));
    report("ungetc", ungetc('X', file));
    report("fgetc", fgetc(file));
    fclose(file);
    file = fopen("stream.txt", "a+");
    report("fputs", fputs(" and more\n", file) >= 0 ? 0 : -1);
    report("ftell after append", ftell(file));
    fclose(file);
    file = fopen("stream.txt", "r+");
    fseek(file, 5, SEEK_SET);
    report("fwrite", (long)fwrite("ONE", 1, 1, file));
    fflush(file);
    fseek(file, 0, SEEK_SET);
    report_text("fgets", fgets(line, sizeof line, file) ? line : "none");
    fclose(file);
    report("fopen wx", fopen("stream.txt", "wx") ? 0 : -1);
    report("fopen missing", fopen("missing.txt", "r") ? 0 : -1);
    report("fopen in missing", fopen("missing/file.txt", "w") ? 0 : -1);
    file = fopen("large.bin", "w");
    static char block[65536];
    memset(block, 'z', sizeof block);
    for (int i = 0; i < 20; i++) {
        report("fwrite", (long)fwrite(block, 1, sizeof block - (size_t)i, file));
    }
    fclose(file);
    struct stat status;
    report("stat", stat("large.bin", &status));
    report("size", (long)status.st_size);
    report("remove", remove("large.bin"));
    report("stat", stat("large.bin", &status));
}

static void test_descriptors(void) {
    char buffer[64] = {0};
    int fd = open("file.bin", O_RDWR | O_CREAT | O_EXCL, 0644);
    report("open new", fd >= 0 ? 0 : -1);
    report("open O_EXCL again", open("file.bin", O_RDWR | O_CREAT | O_EXCL, 0644));
    report("write", write(fd, "0123456789", 10));
    report("lseek", (long)lseek(fd, 3, SEEK_SET));
    report("read", read(fd, buffer, 4));
    report_text("read", buffer);
    report("lseek cur", (long)lseek(fd, 0, SEEK_CUR));
    report("lseek before start", (long)lseek(fd, -100, SEEK_CUR));
    report("pwrite", pwrite(fd, "ab", 2, 8));
    report("pread", pread(fd, buffer, 10, 0));
    report_text("pread", buffer);
    struct iovec vectors[3] = {{"xx", 2}, {"", 0}, {"yyy", 3}};
    report("writev", writev(fd, vectors, 3));
    char one[3] = {0};
    char two[64] = {0};
    struct iovec into[2] = {{one, 2}, {two, 20}};
    lseek(fd, 0, SEEK_SET);
    report("readv", readv(fd, into, 2));
    report_text("readv", one);
    report_text("readv", two);
    report("read at the end", read(fd, buffer, 5));
    report("ftruncate", ftruncate(fd, 5));
    struct stat status;
    report("fstat", fstat(fd, &status));
    report("size", (long)status.st_size);
    report("regular", S_ISREG(status.st_mode));
    report("ftruncate longer", ftruncate(fd, 50));
    report("lseek end", (long)lseek(fd, 0, SEEK_END));
    report("fsync", fsync(fd));
    report("fdatasync", fdatasync(fd));
    report("posix_fallocate", posix_fallocate(fd, 0, 100));
    report("posix_fadvise", posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL));
    report("lseek end", (long)lseek(fd, 0, SEEK_END));
    report("close", close(fd));
    report("close again", close(fd));
    report("read closed", read(fd, buffer, 1));
    fd = open("file.bin", O_RDONLY);
    report("write to O_RDONLY", write(fd, "x", 1));
    close(fd);
    fd = open("file.bin", O_WRONLY | O_TRUNC);
    report("size after O_TRUNC", (long)lseek(fd, 0, SEEK_END));
    report("read from O_WRONLY", read(fd, buffer, 1));
    close(fd);
    fd = open("file.bin", O_WRONLY | O_APPEND);
    report("append", write(fd, "abc", 3));
    lseek(fd, 0, SEEK_SET);
    report("append", write(fd, "def", 3));
    report("size", (long)lseek(fd, 0, SEEK_END));
    int flags = fcntl(fd, F_GETFL);
    report("O_APPEND is set", (flags & O_APPEND) != 0);
    report("F_SETFL", fcntl(fd, F_SETFL, flags & ~O_APPEND));
    lseek(fd, 0, SEEK_SET);
    report("write at the start", write(fd, "X", 1));
    report("position", (long)lseek(fd, 0, SEEK_CUR));
    close(fd);
    report("open with a slash", open("file.bin/", O_RDONLY));
    report("open below a file", open("file.bin/x", O_RDONLY));
    report("open a folder to write", open(".", O_WRONLY));
    report("open O_DIRECTORY a file", open("file.bin", O_RDONLY | O_DIRECTORY));
    report("unlink", unlink("file.bin"));
    report("unlink again", unlink("file.bin"));
}

static int compare(const void *a, const void *b) {
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void list(const char *path) {
    char *names[300];
    size_t count = 0;
    DIR *folder = opendir(path);
    report("opendir", folder ? 0 : -1);
    if (!folder) {
        return;
    }
    for (struct dirent *entry; (entry = readdir(folder)) && count < 300;) {
        names[count++] = strdup(entry->d_name);
    }
    report("closedir", closedir(folder));
    qsort(names, count, sizeof *names, compare);
    for (size_t i = 0; i < count; i++) {
        report_text("entry", names[i]);
        free(names[i]);
    }
}

static void touch(const char *path) {
    int fd = open(path, O_WRONLY | O_CREAT, 0644);
    if (fd >= 0) {
        close(fd);
    }
}

static void test_folders(void) {
    report("mkdir", mkdir("folder", 0755));
    report("mkdir again", mkdir("folder", 0755));
    report("mkdir with a slash", mkdir("folder/sub/", 0755));
    report("mkdir in missing", mkdir("none/sub", 0755));
    touch("folder/a");
    touch("folder/sub/b");
    list("folder");
    list("folder/sub");
    list("none");
    list("folder/a");
    report("rmdir full", rmdir("folder"));
    report("unlink a folder", unlink("folder") < 0);
    report("rmdir a file", rmdir("folder/a"));
    report("access", access("folder/a", R_OK | W_OK));
    report("access missing", access("folder/z", F_OK));
    struct stat status;
    report("stat", stat("folder/", &status));
    report("folder", S_ISDIR(status.st_mode));
    report("stat a file with a slash", stat("folder/a/", &status));
    report("open to read", opens("folder", O_RDONLY));
    int fd = open("folder", O_RDONLY | O_DIRECTORY);
    char byte;
    report("read a folder", read(fd, &byte, 1));
    int inside = openat(fd, "sub/b", O_RDWR);
    report("openat", inside >= 0);
    report("write", write(inside, "hi", 2));
    close(inside);
    report("fstatat", fstatat(fd, "sub/b", &status, 0));
    report("size", (long)status.st_size);
    report("mkdirat", mkdirat(fd, "more", 0755));
    report("unlinkat", unlinkat(fd, "more", AT_REMOVEDIR));
    close(fd);
    report("mkdir many", mkdir("many", 0755));
    for (int i = 0; i < 250; i++) {
        char path[64];
        snprintf(path, sizeof path, "many/a file with quite a long name, number %03d", i);
        touch(path);
    }
    list("many");
    DIR *folder = opendir("many");
    long count = 0;
    while (readdir(folder)) {
        count++;
    }
    rewinddir(folder);
    while (readdir(folder)) {
        count++;
    }
    report("entries twice", count);
    closedir(folder);
}

static void test_links(void) {
    char buffer[64] = {0};
    struct stat status;
    FILE *file = fopen("target", "w");
    fputs("contents", file);
    fclose(file);
    report("symlink", symlink("target", "link"));
    report("symlink again", symlink("target", "link"));
    report("readlink", readlink("link", buffer, sizeof buffer));
    report_text("readlink", buffer);
    memset(buffer, 0, sizeof buffer);
    report("readlink cut", readlink("link", buffer, 3));
    report_text("readlink cut", buffer);
    report("readlink a file", readlink("target", buffer, sizeof buffer));
    report("readlink missing", readlink("nothing", buffer, sizeof buffer));
    report("stat a link", stat("link", &status));
    report("regular", S_ISREG(status.st_mode));
    report("size", (long)status.st_size);
    report("lstat", lstat("link", &status));
    report("link", S_ISLNK(status.st_mode));
    report("open a link", opens("link", O_RDONLY));
    report("open O_NOFOLLOW", open("link", O_RDONLY | O_NOFOLLOW));
    report("symlink dangling", symlink("nowhere", "dangling"));
    report("stat dangling", stat("dangling", &status));
    report("open dangling", open("dangling", O_RDONLY));
    report("create through a link", opens("dangling", O_WRONLY | O_CREAT));
    report("stat nowhere", stat("nowhere", &status));
    report("symlink loop", symlink("loop2", "loop1"));
    report("symlink loop", symlink("loop1", "loop2"));
    report("open a loop", open("loop1", O_RDONLY));
    report("symlink to a folder", symlink("folder/sub", "short"));
    report("stat through it", stat("short/b", &status));
    report("up through it", stat("short/../a", &status));
    report("hard link", link("target", "hard"));
    report("stat", stat("hard", &status));
    report("links", (long)status.st_nlink);
    report("hard link again", link("target", "hard"));
    report("hard link of missing", link("nothing", "hard2"));
    report("unlink", unlink("target"));
    report("open hard", opens("hard", O_RDONLY));
    report("stat a broken link", stat("link", &status));
    report("unlink a link", unlink("link"));
}

static void test_rename(void) {
    struct stat status;
    touch("old");
    report("rename", rename("old", "new"));
    report("stat old", stat("old", &status));
    report("stat new", stat("new", &status));
    report("rename missing", rename("old", "newer"));
    report("rename into a folder", rename("new", "folder/new"));
    touch("other");
    report("rename onto a file", rename("other", "folder/new"));
    report("rename a folder", rename("folder", "moved"));
    report("rename a folder into itself", rename("moved", "moved/sub/x"));
    report("rename onto a full folder", rename("many", "moved"));
    report("rename a file onto a folder", rename("hard", "moved"));
    list("moved");
}

static void test_times(void) {
    struct stat status;
    touch("times");
    const struct timespec times[2] = {{1000000000, 5}, {1234567890, 123456789}};
    report("utimensat", utimensat(AT_FDCWD, "times", times, 0));
    stat("times", &status);
    report("atime", (long)status.st_atim.tv_sec);
    report("mtime", (long)status.st_mtim.tv_sec);
    report("nanoseconds", status.st_mtim.tv_nsec);
    const struct timespec keep[2] = {{0, UTIME_OMIT}, {1, 0}};
    int fd = open("times", O_RDWR);
    report("futimens", futimens(fd, keep));
    fstat(fd, &status);
    report("atime", (long)status.st_atim.tv_sec);
    report("mtime", (long)status.st_mtim.tv_sec);
    const struct timespec at_once[2] = {{0, UTIME_NOW}, {7, 0}};
    time_t now = time(NULL);
    report("futimens now", futimens(fd, at_once));
    fstat(fd, &status);
    report("atime is now", status.st_atim.tv_sec >= now - 2 && status.st_atim.tv_sec <= now + 2);
    close(fd);
    report("utimensat missing", utimensat(AT_FDCWD, "nothing", times, 0));
    struct timespec before;
    struct timespec after;
    clock_gettime(CLOCK_MONOTONIC, &before);
    struct timespec wait = {0, 20000000};
    report("nanosleep", nanosleep(&wait, NULL));
    clock_gettime(CLOCK_MONOTONIC, &after);
    long long slept =
        (after.tv_sec - before.tv_sec) * 1000000000ll + after.tv_nsec - before.tv_nsec;
    report("slept long enough", slept >= 20000000 && slept < 5000000000);
    report("year is plausible", time(NULL) > 1700000000);
}

static void test_many_open(void) {
    static int fds[200];
    bool lowest = true;
    for (int i = 0; i < 200; i++) {
        fds[i] = open("times", O_RDONLY);
        lowest = lowest && (i == 0 || fds[i] > fds[i - 1]);
    }
    report("200 open, in order", lowest && fds[199] >= 0);
    close(fds[50]);
    report("lowest number first", open("times", O_RDONLY) == fds[50]);
    for (int i = 0; i < 200; i++) {
        close(fds[i]);
    }
    char long_name[400];
    memset(long_name, 'n', sizeof long_name - 1);
    long_name[sizeof long_name - 1] = '\0';
    report("a name too long", open(long_name, O_WRONLY | O_CREAT, 0644));
}

int main(int argc, char **argv) {
    if (argc < 2 || chdir(argv[1]) != 0) {
        fprintf(stderr, "usage: %s FOLDER\n", argv[0]);
        return 2;
    }
    test_streams();
    test_descriptors();
    test_folders();
    test_links();
    test_rename();
    test_times();
    test_many_open();
    printf("1..%d\n", number);
    return 0;
}
