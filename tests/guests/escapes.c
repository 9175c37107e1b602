// Tries to get out of the folder argv[1], which argv[2] (a name within it) links to from beside:
// reads "secret" and "folder/secret", which lie outside, and makes "made" there. Prints what got
// through.
#include <dirent.h>
#include <errno.h>
#include <faasm.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int attempts;
static char report[1 << 16]; // what got through, a line each
static size_t report_length;

__attribute__((format(printf, 1, 2))) static void say(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    size_t room = sizeof report - report_length;
    int length = vsnprintf(report + report_length, room, format, arguments);
    report_length += (size_t)length < room ? (size_t)length : room - 1;
    va_end(arguments);
}

// Whatever can be opened and is not ours is a way out.
static void try_path(const char *path) {
    char text[16] = "";
    attempts++;
    int fd = open(path, O_RDONLY);
    if (fd < 0) {
        return;
    }
    ssize_t got = read(fd, text, sizeof text - 1);
    if (got < 0 || strncmp(text, "own", 3) != 0) {
        say("opened %s: %s\n", path, text);
    }
    close(fd);
}

static void must_fail(const char *what, const char *path, int result) {
    attempts++;
    if (result >= 0) {
        say("%s %s\n", what, path);
    }
}

static void through_dots(void) {
    static const char *const paths[] = {
        "../secret",
        "/../secret",
        "/../../secret",
        "/dir/../../secret",
        "/dir/./../../secret",
        "/dir/deep/../../../secret",
        "dir/deep/../../../secret",
        "/dir//..//..//secret",
        "/..",
        "/../",
        "/../.",
        "/dir/../..",
        "/../root/../secret",
        "/dir/../../root/../secret",
        "....//secret",
        "/..\\secret",
    };
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        try_path(paths[i]);
    }
    char long_path[4000] = "";
    for (int i = 0; i < 1200; i++) {
        strcat(long_path, "../");
    }
    try_path(strcat(long_path, "etc/passwd"));
    memset(long_path, 'a', sizeof long_path - 1);
    long_path[sizeof long_path - 1] = '\0';
    try_path(long_path);
    try_path("/\xff\xfe/../../secret");
    try_path("/dir/\x80");
}

// As many of them as lead out, before, between and behind the names of a path.
static void through_dots_at_every_place(void) {
    static const char *const names[] = {"dir", "deep", "secret"};
    for (int place = 0; place <= 3; place++) {
        for (int slashes = 1; slashes <= 2; slashes++) {
            char path[256] = "";
            for (int i = 0; i < 3; i++) {
                if (i == place) {
                    strcat(path, slashes == 1 ? "../../../" : "..//..//.//..//");
                }
                strcat(strcat(path, names[i]), i < 2 ? "/" : "");
            }
            if (place == 3) {
                strcat(path, "/../../../../secret");
            }
            try_path(path);
            must_fail("mkdir", path, mkdir(path, 0700));
        }
    }
}

static void through_odd_names(void) {
    char name[300];
    static const char *const paths[] = {
        "\xff\xfe",
        "\xc0\xae\xc0\xae/secret",
        "\xc0\xae./secret",
        ".\xe2\x80\xae./secret",
        "%2e%2e/secret",
        "..%2fsecret",
        "..;/secret",
        ". ./secret",
        ".. /secret",
        "~/secret",
        "~root/secret",
        "$HOME/secret",
        "faasm:/../secret",
        "faasm://../secret",
        "faasm:///../../secret",
        "file:///etc/passwd",
        "//etc/passwd",
        "\\etc\\passwd",
        "C:/secret",
        "/proc/self/root/etc/passwd",
        "/proc/self/cwd/secret",
        "/proc/self/environ",
        "/proc/1/root",
        "/proc/thread-self/maps",
        "/dev/fd/0",
        "/dev/stdin",
        "/dev/mem",
        "/dev/kmsg",
        "/sys/kernel",
        "/etc/shadow",
        "/etc/passwd\n",
    };
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        try_path(paths[i]);
    }
    // Names that are made hold what they say, and go again.
    memset(name, 0xfe, 255);
    name[255] = '\0';
    int fd = open(name, O_CREAT | O_WRONLY, 0600);
    if (fd >= 0) {
        close(fd);
        unlink(name);
    }
    name[255] = 'x';
    name[256] = '\0';
    must_fail("create", "a name of 256 bytes", open(name, O_CREAT | O_WRONLY, 0600));
}

static void through_links(void) {
    static const struct {
        const char *target, *name;
    } links[] = {
        {"../secret", "up"},
        {"..", "parent"},
        {"../..", "grandparent"},
        {"dir/../../secret", "through"},
        {"/etc/passwd", "absolute"},
        {"/", "slash"},
        {"up", "chain"},
        {"parent/secret", "chained"},
        {"/proc/self/root/etc/passwd", "proc"},
        {"./../root/../secret", "around"},
    };
    for (size_t i = 0; i < sizeof links / sizeof *links; i++) {
        // Where making it is refused, there is nothing to follow.
        if (symlink(links[i].target, links[i].name) == 0) {
            try_path(links[i].name);
        } else {
            attempts++;
        }
    }
    try_path("parent/secret");
    try_path("grandparent/etc/passwd");
    try_path("slash/etc/passwd");
    must_fail("hard link to", "up", link("parent/secret", "linked"));
    must_fail("hard link to", "../secret", link("../secret", "linked"));
    must_fail("hard link out", "../made", link("own", "../made"));
    must_fail("rename out", "../made", rename("own", "../made"));
    must_fail("rename out", "parent/made", rename("own", "parent/made"));
    must_fail("rename in", "../secret", rename("../secret", "taken"));
    must_fail("mkdir", "../made", mkdir("../made", 0700));
    must_fail("mkdir", "parent/made", mkdir("parent/made", 0700));
    must_fail("create", "../made", open("../made", O_CREAT | O_WRONLY, 0600));
    must_fail("create", "parent/made", open("parent/made", O_CREAT | O_WRONLY, 0600));
    must_fail("unlink", "../secret", unlink("../secret"));
    must_fail("unlink", "parent/secret", unlink("parent/secret"));
    must_fail("rmdir", "../folder", rmdir("../folder"));
    must_fail("symlink", "../made", symlink("x", "../made"));
    must_fail("truncate", "../secret", open("../secret", O_WRONLY | O_TRUNC));
    struct stat status;
    must_fail("stat", "../secret", stat("../secret", &status));
    must_fail("stat", "parent/secret", stat("parent/secret", &status));
    char where[256] = "";
    chdir("/../.."); // is "/", as POSIX says of what is above it
    must_fail("chdir", "..", getcwd(where, sizeof where) && !strcmp(where, "/") ? -1 : 0);
    try_path("../secret");
    char target[64];
    must_fail("readlink", "../link", (int)readlink("../link", target, sizeof target));
}

// What the host put there: links out, a device, pipe and socket, a mount of procfs.
static void through_what_is_there(void) {
    static const char *const paths[] = {
        "host/link",          "host/absolute",
        "host/parent/secret", "host/folder/secret",
        "host/fifo",          "host/null",
        "host/self/environ",  "host/self/maps",
        "host/self/fd/0",     "host/self/root/etc/passwd",
        "host/fd/0",          "host/loop",
        "host/loop/secret",
    };
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        try_path(paths[i]);
    }
    must_fail("opendir", "host/parent", opendir("host/parent") ? 0 : -1);
    must_fail("write", "host/fifo", open("host/fifo", O_WRONLY));
    must_fail("write", "host/null", open("host/null", O_RDWR));
}

static void through_descriptors(void) {
    int dir = open("/dir", O_RDONLY | O_DIRECTORY);
    must_fail("openat", "../../secret", openat(dir, "../../secret", O_RDONLY));
    must_fail("openat", "../own", openat(dir, "../own", O_RDONLY)); // above the descriptor
    must_fail("openat", "/etc/passwd", openat(dir, "../../../../../../etc/passwd", O_RDONLY));
    // A folder that is moved while it is open leads no further up.
    must_fail("openat of a moved folder", "../../secret",
              rename("/dir/deep", "/moved") == 0 ? openat(dir, "../../secret", O_RDONLY) : 0);
    int moved = open("/moved", O_RDONLY | O_DIRECTORY);
    must_fail("openat", "../../secret", openat(moved, "../../secret", O_RDONLY));
    for (int fd = 0; fd < 64; fd++) { // numbers that nobody gave it
        struct stat status;
        if (fd > moved) {
            must_fail("fstat", "a number", fstat(fd, &status));
        }
    }
}

int main(void) {
    close(open("own", O_CREAT | O_WRONLY, 0600));
    mkdir("/dir", 0700);
    mkdir("/dir/deep", 0700);
    through_dots();
    through_dots_at_every_place();
    through_odd_names();
    through_links();
    through_what_is_there();
    through_descriptors();
    say("%d attempts\n", attempts);
    write_call_output(report, report_length);
    return 0;
}
