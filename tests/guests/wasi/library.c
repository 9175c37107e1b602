// The same through libc: what its calls make of preview1.
#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <pwd.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "rules.h"

static void work_in(const char *rule) {
    CHECK(chdir("/") == 0 && chdir(rule) == 0);
}

RULE(libc_fdopendir) {
    int found[2] = {0};
    ino_t inodes[2] = {0};
    work_in("libc_fdopendir");
    make_file(folder, "file-0");
    make_file(folder, "file-1");
    int fd = open(".", O_RDONLY | O_DIRECTORY);
    DIR *stream = fdopendir(fd);
    struct dirent *entry;
    CHECK(stream != NULL);
    while (stream != NULL && (entry = readdir(stream)) != NULL) {
        struct stat status;
        if (entry->d_name[0] != '.') {
            int index = entry->d_name[5] - '0';
            CHECK(index == 0 || index == 1);
            found[index]++;
            inodes[index] = entry->d_ino;
            CHECK(fstatat(fd, entry->d_name, &status, AT_SYMLINK_NOFOLLOW) == 0);
            CHECK(status.st_ino == entry->d_ino);
        }
    }
    CHECK(found[0] == 1 && found[1] == 1 && inodes[0] != inodes[1]);
    CHECK(closedir(stream) == 0);
}

RULE(libc_fopen_fseek) {
    char text[8];
    work_in("libc_fopen_fseek");
    CHECK(fopen("file", "r") == NULL && errno == ENOENT);
    FILE *file = fopen("file", "w");
    CHECK(file != NULL && fputs("01234567", file) >= 0 && fclose(file) == 0);
    file = fopen("file", "r");
    CHECK(file != NULL && fread(text, 1, 4, file) == 4);
    fflush(file);
    CHECK(lseek(fileno(file), 0, SEEK_CUR) == 4);
    CHECK(fread(text, 1, 1, file) == 1 && text[0] == '4');
    fflush(file);
    CHECK(lseek(fileno(file), 0, SEEK_CUR) == 5);
    CHECK(lseek(fileno(file), 0, SEEK_SET) == 0 && lseek(fileno(file), 0, SEEK_END) == 8);
    CHECK(fclose(file) == 0);
}

RULE(libc_fopen_without_a_preopen) {
    // A path that no preopened folder leads to; with "/" preopened there is none but through a
    // working folder that is not beneath it.
    CHECK(open("../../../../../../etc/passwd", O_RDONLY) == -1);
    CHECK(errno == ENOTCAPABLE || errno == EPERM || errno == ENOENT);
}

RULE(libc_pread_pwrite_append) {
    char text[8] = {0};
    work_in("libc_pread_pwrite_append");
    int fd = open("file", O_CREAT | O_TRUNC | O_RDWR | O_APPEND, 0600);
    CHECK(write(fd, "ab", 2) == 2 && lseek(fd, 0, SEEK_SET) == 0);
    CHECK(write(fd, "cd", 2) == 2 && lseek(fd, 0, SEEK_CUR) == 4);
    CHECK(pwrite(fd, "efg", 3, 0) == 3 && lseek(fd, 0, SEEK_CUR) == 4);
    off_t end = lseek(fd, 0, SEEK_END); // at 0, says POSIX; at the end, says Linux
    CHECK(end == 4 || end == 7);
    CHECK(pread(fd, text, 2, 2) == 2 && memcmp(text, "cd", 2) == 0);
    CHECK(pread(fd, text, 2, -1) == -1 && errno == EINVAL);
    CHECK(close(fd) == 0);
}

RULE(libc_stat) {
    struct stat a, b;
    work_in("libc_stat");
    make_file(folder, "a");
    make_file(folder, "b");
    CHECK(symlink("a", "link") == 0);
    CHECK(stat("a", &a) == 0 && stat("b", &b) == 0 && a.st_dev == b.st_dev && a.st_ino != b.st_ino);
    CHECK(S_ISREG(a.st_mode) && a.st_nlink == 1);
    CHECK(lstat("link", &b) == 0 && S_ISLNK(b.st_mode));
    CHECK(stat("link", &b) == 0 && b.st_ino == a.st_ino);
    CHECK(stat(".", &b) == 0 && S_ISDIR(b.st_mode));
    CHECK(stat("none", &b) == -1 && errno == ENOENT);
    CHECK(stat("a/", &b) == -1 && errno == ENOTDIR);
    const struct timespec times[2] = {{.tv_nsec = UTIME_OMIT}, {.tv_sec = 1000, .tv_nsec = 5}};
    CHECK(utimensat(AT_FDCWD, "a", times, 0) == 0 && stat("a", &b) == 0);
    CHECK(b.st_mtim.tv_sec == 1000 && b.st_mtim.tv_nsec == 5 &&
          b.st_atim.tv_sec == a.st_atim.tv_sec);
}

RULE(libc_clocks) {
    struct timespec one, two;
    CHECK(clock_getres(CLOCK_MONOTONIC, &one) == 0 && clock_getres(CLOCK_REALTIME, &one) == 0);
    CHECK(clock_gettime(CLOCK_REALTIME, &one) == 0 && one.tv_sec > 1600000000);
    CHECK(clock_gettime(CLOCK_MONOTONIC, &one) == 0 && clock_gettime(CLOCK_MONOTONIC, &two) == 0);
    CHECK(one.tv_sec < two.tv_sec || (one.tv_sec == two.tv_sec && one.tv_nsec < two.tv_nsec));
    const struct timespec rest = {.tv_nsec = 20000000};
    CHECK(nanosleep(&rest, NULL) == 0 && usleep(1000) == 0);
    CHECK(clock_nanosleep(CLOCK_MONOTONIC, 0, &rest, NULL) == 0);
}

RULE(libc_poll) {
    work_in("libc_poll");
    int fd = open("file", O_CREAT | O_RDWR, 0600);
    struct pollfd waits[] = {{.fd = fd, .events = POLLIN | POLLOUT}, {.fd = 1, .events = POLLOUT}};
    CHECK(poll(waits, 2, 10000) == 2);
    CHECK((waits[0].revents & POLLOUT) != 0 && (waits[1].revents & POLLOUT) != 0);
    CHECK(poll(NULL, 0, 5) == 0 || errno == ENOTSUP || errno == EINVAL);
    close(fd);
}

RULE(libc_vectors) {
    char a[3] = {0}, b[5] = {0};
    work_in("libc_vectors");
    int fd = open("file", O_CREAT | O_RDWR, 0600);
    const struct iovec from[] = {{"one", 3}, {"", 0}, {"three", 5}};
    CHECK(writev(fd, from, 3) == 8 && lseek(fd, 0, SEEK_SET) == 0);
    const struct iovec to[] = {{a, 3}, {b, 5}};
    CHECK(readv(fd, to, 2) == 8 && memcmp(a, "one", 3) == 0 && memcmp(b, "three", 5) == 0);
    close(fd);
}

RULE(libc_fcntl_flags) {
    work_in("libc_fcntl_flags");
    int fd = open("file", O_CREAT | O_RDWR, 0600);
    CHECK((fcntl(fd, F_GETFL) & O_ACCMODE) == O_RDWR);
    CHECK(fcntl(fd, F_SETFL, O_APPEND | O_NONBLOCK) == 0);
    CHECK((fcntl(fd, F_GETFL) & (O_APPEND | O_NONBLOCK)) == (O_APPEND | O_NONBLOCK));
    CHECK(fcntl(fd, F_SETFL, 0) == 0 && (fcntl(fd, F_GETFL) & O_APPEND) == 0);
    CHECK(fcntl(fd, F_GETFD) == FD_CLOEXEC || fcntl(fd, F_GETFD) == 0);
    CHECK(fcntl(fd, F_SETFD, FD_CLOEXEC) == 0);
    CHECK(fcntl(100, F_GETFL) == -1 && errno == EBADF);
    CHECK(fcntl(fd, 9999) == -1 && errno == EINVAL);
    close(fd);
    fd = open("file", O_RDONLY);
    CHECK((fcntl(fd, F_GETFL) & O_ACCMODE) == O_RDONLY);
    close(fd);
    fd = open("file", O_WRONLY);
    CHECK((fcntl(fd, F_GETFL) & O_ACCMODE) == O_WRONLY);
    close(fd);
}

RULE(libc_truncate_and_friends) {
    struct stat status;
    work_in("libc_truncate_and_friends");
    int fd = open("file", O_CREAT | O_RDWR, 0600);
    CHECK(ftruncate(fd, 100) == 0 && fstat(fd, &status) == 0 && status.st_size == 100);
    CHECK(truncate("file", 10) == 0 && fstat(fd, &status) == 0 && status.st_size == 10);
    CHECK(posix_fallocate(fd, 0, 50) == 0 && fstat(fd, &status) == 0 && status.st_size == 50);
    CHECK(posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL) == 0 && fsync(fd) == 0 &&
          fdatasync(fd) == 0);
    CHECK(ftruncate(fd, -1) == -1 && errno == EINVAL);
    close(fd);
    CHECK(rename("file", "moved") == 0 && link("moved", "second") == 0 && unlink("moved") == 0);
    CHECK(access("second", F_OK) == 0 && access("moved", F_OK) == -1 && errno == ENOENT);
    CHECK(remove("second") == 0 && mkdir("dir", 0700) == 0 && remove("dir") == 0);
}

RULE(libc_who_and_where) {
    struct utsname name;
    char cwd[64], host[64];
    CHECK(uname(&name) == 0 && name.sysname[0] != '\0' && strstr(name.machine, "wasm") != NULL);
    CHECK(gethostname(host, sizeof host) == 0 && strcmp(host, name.nodename) == 0);
    CHECK(getpid() > 0);
    CHECK(getuid() == geteuid() && getgid() == getegid());
    struct passwd *entry = getpwuid(getuid());
    CHECK(entry != NULL && entry->pw_uid == getuid() && entry->pw_dir != NULL);
    CHECK(entry != NULL && getpwnam(entry->pw_name) != NULL);
    CHECK(getpwnam("nobody-of-that-name") == NULL && getpwuid(77) == NULL);
    work_in("libc_who_and_where");
    CHECK(getcwd(cwd, sizeof cwd) != NULL && strcmp(cwd, "/libc_who_and_where") == 0);
    CHECK(getcwd(cwd, 3) == NULL && errno == ERANGE);
    CHECK(mkdir("below", 0700) == 0 && chdir("below") == 0);
    CHECK(getcwd(cwd, sizeof cwd) != NULL && strcmp(cwd, "/libc_who_and_where/below") == 0);
    CHECK(chdir("../none") == -1 && errno == ENOENT && chdir("..") == 0);
    make_file(folder, "file");
    CHECK(chdir("file") == -1 && errno == ENOTDIR);
    CHECK(getcwd(cwd, sizeof cwd) != NULL && strcmp(cwd, "/libc_who_and_where") == 0);
}

RULE(libc_sysconf) {
    CHECK(sysconf(_SC_PAGESIZE) == 65536 && sysconf(_SC_PAGE_SIZE) == getpagesize());
    CHECK(sysconf(_SC_NPROCESSORS_ONLN) >= 1 && sysconf(_SC_NPROCESSORS_CONF) >= 1);
    CHECK(sysconf(_SC_OPEN_MAX) == -1 || sysconf(_SC_OPEN_MAX) >= 1024);
    CHECK(sysconf(_SC_CLK_TCK) > 0);
    errno = 0;
    CHECK(sysconf(123456) == -1 && errno == EINVAL);
    CHECK(pathconf("/", _PC_NAME_MAX) == 255 && pathconf("/", _PC_PATH_MAX) >= 1024);
}

RULE(libc_dup) {
    struct stat one, two;
    work_in("libc_dup");
    int fd = open("file", O_CREAT | O_RDWR, 0600);
    int copy = dup(fd);
    CHECK(copy >= 0 && copy != fd && write(fd, "abc", 3) == 3 && lseek(copy, 0, SEEK_CUR) == 3);
    CHECK(dup2(fd, 40) == 40 && lseek(40, 1, SEEK_SET) == 1 && lseek(fd, 0, SEEK_CUR) == 1);
    CHECK(fstat(fd, &one) == 0 && fstat(40, &two) == 0 && one.st_ino == two.st_ino);
    CHECK(fcntl(fd, F_DUPFD, 50) == 50 && fcntl(50, F_SETFL, O_APPEND) == 0);
    CHECK((fcntl(50, F_GETFL) & O_APPEND) != 0);
    CHECK(close(fd) == 0 && write(copy, "x", 1) == 1 && close(copy) == 0 && close(40) == 0);
    GIVES(0, __wasi_fd_renumber(50, 3)); // over the preopened folder
    CHECK(fstat(3, &two) == 0 && one.st_ino == two.st_ino && fstat(50, &two) == -1);
    CHECK(dup(50) == -1 && errno == EBADF && dup2(50, 51) == -1 && errno == EBADF);
}
