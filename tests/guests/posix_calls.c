// POSIX calls that wasi-libc leaves out: copies of descriptors, maps, names, who and where. Prints
// what is not as POSIX says; in an empty folder that is its root.
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#define CHECK(x)                                                                                   \
    do {                                                                                           \
        if (!(x)) {                                                                                \
            printf("FAILED line %d: %s (errno %d)\n", __LINE__, #x, errno);                        \
            failures++;                                                                            \
        }                                                                                          \
    } while (0)
static int failures;
static void descriptors(void) {
    char text[16] = {0};
    int fd = open("/f", O_RDWR | O_CREAT | O_TRUNC, 0644);
    CHECK(fd >= 0);
    int copy = dup(fd);
    CHECK(copy > fd);
    CHECK(write(fd, "abc", 3) == 3 && write(copy, "def", 3) == 3);
    CHECK(lseek(copy, 1, SEEK_SET) == 1 && read(fd, text, 3) == 3 && !strcmp(text, "bcd"));
    CHECK(close(fd) == 0 && lseek(copy, 0, SEEK_CUR) == 4);
    CHECK(dup2(copy, 100) == 100 && lseek(100, 0, SEEK_CUR) == 4);
    CHECK(dup2(copy, copy) == copy && dup2(99, 98) == -1 && errno == EBADF);
    CHECK(fcntl(copy, F_DUPFD, 50) == 50 && fcntl(copy, F_DUPFD, 50) == 51);
    CHECK(fcntl(copy, F_DUPFD, 100000) == -1 && errno == EINVAL);
    CHECK((fcntl(copy, F_GETFL) & O_ACCMODE) == O_RDWR);
    CHECK(fcntl(copy, F_SETFL, O_APPEND) == 0 && (fcntl(copy, F_GETFL) & O_APPEND));
    CHECK(dup3(copy, copy, 0) == -1 && errno == EINVAL && dup(99) == -1);
    CHECK(dup2(copy, 1) == 1); // stdout goes to the file
    printf("to the file\n");
    fflush(stdout);
    dup2(2, 1);
    CHECK(pread(copy, text, 11, 6) == 11 && !memcmp(text, "to the file", 11));
    CHECK(!isatty(copy));
}
static void locks(void) {
    int one = open("/lock", O_RDWR | O_CREAT, 0644);
    int two = open("/lock", O_RDWR);
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 10, .l_len = 5};
    CHECK(fcntl(one, F_SETLK, &lock) == 0);
    CHECK(fcntl(two, F_SETLK, &lock) == -1 && errno == EAGAIN);
    CHECK(fcntl(two, F_GETLK, &lock) == 0 && lock.l_type == F_WRLCK && lock.l_start == 10);
    lock = (struct flock){.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 20, .l_len = 1};
    CHECK(fcntl(two, F_SETLKW, &lock) == 0);
    CHECK(fcntl(two, F_GETLK, &lock) == 0 && lock.l_type == F_UNLCK);
    CHECK(close(one) == 0 && flock(two, LOCK_EX | LOCK_NB) == 0 && flock(two, LOCK_UN) == 0);
    lock.l_type = 9;
    CHECK(fcntl(two, F_SETLK, &lock) == -1 && errno == EINVAL && flock(99, LOCK_EX) == -1);
    close(two);
}

static void memory(void) {
    void *end = NULL;
    long page = sysconf(_SC_PAGESIZE);
    char *a = mmap(NULL, 3 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(a != MAP_FAILED && (long)a % page == 0 && a[0] == 0 && a[3 * page - 1] == 0);
    memset(a, 1, 3 * page);
    size_t before = __builtin_wasm_memory_size(0);
    CHECK(munmap(a, 3 * page) == 0);
    char *b = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(b == a && b[0] == 0 && b[2 * page - 1] == 0);
    char *c = mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(c == a + 2 * page && __builtin_wasm_memory_size(0) == before);
    CHECK(munmap(b, 2 * page) == 0 && munmap(c, page) == 0);
    int fd = open("/map", O_RDWR | O_CREAT | O_TRUNC, 0644);
    for (int i = 0; i < 50000; i++)
        CHECK(write(fd, &i, 4) == 4);
    int *m = mmap(NULL, 200000, PROT_READ, MAP_PRIVATE, fd, 0);
    CHECK(m != MAP_FAILED && m[0] == 0 && m[49999] == 49999);
    int *s = mmap(NULL, 200000, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    CHECK(s != MAP_FAILED);
    s[10] = 77;
    int value = 0;
    CHECK(pread(fd, &value, 4, 40) == 4 && value == 77);
    m[11] = 5; // private
    CHECK(pread(fd, &value, 4, 44) == 4 && value == 11);
    int *o = mmap(NULL, 100, PROT_READ, MAP_SHARED, fd, page);
    CHECK(o != MAP_FAILED && o[0] == page / 4);
    CHECK(msync(s, 200000, MS_SYNC) == 0 && close(fd) == 0);
    s[12] = 78;
    CHECK(munmap(s, 200000) == 0 && munmap(m, 200000) == 0);
    fd = open("/map", O_RDONLY);
    CHECK(pread(fd, &value, 4, 48) == 4 && value == 78);
    CHECK(mmap(NULL, 0, PROT_READ, MAP_PRIVATE, fd, 0) == MAP_FAILED && errno == EINVAL);
    CHECK(mmap(NULL, 10, PROT_READ, 0, fd, 0) == MAP_FAILED && errno == EINVAL);
    CHECK(mmap(NULL, 10, PROT_READ, MAP_PRIVATE, fd, 17) == MAP_FAILED && errno == EINVAL);
    CHECK(mmap(NULL, 10, PROT_READ, MAP_PRIVATE, 99, 0) == MAP_FAILED && errno == EBADF);
    CHECK(mmap(NULL, 10, PROT_READ, MAP_PRIVATE, 1, 0) == MAP_FAILED && errno == ENODEV);
    CHECK(mmap(NULL, 10, PROT_WRITE, MAP_SHARED, fd, 0) == MAP_FAILED && errno == EACCES);
    CHECK(mmap(NULL, 10, PROT_EXEC, MAP_PRIVATE | MAP_ANON, -1, 0) == MAP_FAILED &&
          errno == ENOTSUP);
    const int fixed = MAP_PRIVATE | MAP_FIXED;
    char *f = mmap(NULL, 4 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANON, -1, 0);
    memset(f, 1, 4 * page);
    CHECK(mmap(f + page, page, PROT_READ, fixed | MAP_ANON, -1, 0) == f + page);
    CHECK(f[page - 1] == 1 && f[page] == 0 && f[2 * page - 1] == 0 && f[2 * page] == 1);
    CHECK(mmap(f + 2 * page, page, PROT_READ, fixed, fd, 0) == f + 2 * page);
    CHECK(*(int *)(f + 2 * page + 40) == 77 && f[3 * page] == 1);
    CHECK(mmap(f + 1, page, PROT_READ, fixed, fd, 0) == MAP_FAILED && errno == EINVAL);
    CHECK(munmap(f, 4 * page) == 0);
    for (int i = 0; i < 2; i++) {
        end = mmap(NULL, 4000000000u, PROT_READ, MAP_PRIVATE | MAP_ANON, -1, 0);
    }
    CHECK(end == MAP_FAILED && errno == ENOMEM);
    CHECK(munmap((char *)0x10001, 10) == -1 && errno == EINVAL);
    CHECK(mprotect(a, page, PROT_READ) == -1 && errno == ENOTSUP);
    end = sbrk(0);
    CHECK(brk((char *)end + 10) == 0 && (char *)sbrk(0) == (char *)end + page);
}
static void names(void) {
    char path[] = "/tmp-XXXXXX", folder[] = "/dir-XXXXXX", *real;
    int fd = mkstemp(path);
    CHECK(fd >= 0 && write(fd, "x", 1) == 1);
    CHECK(mkdtemp(folder) && rmdir(folder) == 0 && unlink(path) == 0);
    CHECK(mkdir("/d", 0755) == 0 && symlink("d", "/l") == 0 && mkdir("/d/e", 0700) == 0);
    real = realpath("/l/./e/..//e/../../d/e", NULL);
    CHECK(real && !strcmp(real, "/d/e"));
    CHECK(chdir("/d") == 0 && (real = realpath("e", NULL)) && !strcmp(real, "/d/e"));
    char cwd[64];
    CHECK(getcwd(cwd, sizeof cwd) && !strcmp(cwd, "/d"));
    FILE *file = fopen("rel", "w");
    CHECK(file && fclose(file) == 0 && access("/d/rel", R_OK) == 0);
    CHECK(chdir("/nothing") == -1 && errno == ENOENT);
    CHECK(getpwuid(getuid()) && getpwnam(getpwuid(getuid())->pw_name) && !getpwnam("nobody"));
    CHECK(getpid() > 0 && gethostname(cwd, sizeof cwd) == 0);
    file = tmpfile();
    CHECK(file && fputs("temporary", file) >= 0 && fseek(file, 0, SEEK_SET) == 0 &&
          fgetc(file) == 't');
    CHECK(system(NULL) == 0 && system("ls") == -1 && errno == ENOSYS);
    CHECK(chmod("/d/rel", 0600) == 0 && chmod("/none", 0600) == -1);
}
int main(void) {
    descriptors();
    locks();
    memory();
    names();
    fprintf(stderr, "%d failures\n", failures);
    return failures != 0;
}
