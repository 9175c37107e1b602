// files.c VERB FOLDER: nanoseconds of one-byte reads and writes of a cached file, of reading 256 MB
// through stdio, and of mapping that file and touching each of its pages.
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { CALLS = 2000000, LARGE = 256 << 20, PAGE = 4096 };

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

static int open_in(const char *folder, const char *name, int flags) {
    char path[256];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    int fd = open(path, flags, 0644);
    if (fd < 0) {
        perror(path);
        exit(1);
    }
    return fd;
}

static void fill(const char *folder, const char *name, long bytes) {
    static char block[1 << 20];
    int fd = open_in(folder, name, O_WRONLY | O_CREAT);
    struct stat status;
    if (fstat(fd, &status) != 0 || status.st_size != bytes) {
        memset(block, 7, sizeof block);
        for (long done = 0; done < bytes; done += (long)sizeof block) {
            if (write(fd, block, sizeof block) != (ssize_t)sizeof block) {
                exit(1);
            }
        }
    }
    close(fd);
}

static double one_byte_calls(const char *folder, int writing) {
    fill(folder, "small", 4 << 20);
    int fd = open_in(folder, "small", O_RDWR);
    char byte = 1;
    double start = now();
    for (int i = 0; i < CALLS; i++) {
        if ((writing ? write(fd, &byte, 1) : read(fd, &byte, 1)) != 1) {
            exit(1);
        }
    }
    return (now() - start) / CALLS;
}

static double read_all(const char *folder) {
    static char block[1 << 16];
    fill(folder, "large", LARGE);
    char path[256];
    snprintf(path, sizeof path, "%s/large", folder);
    double start = now();
    FILE *file = fopen(path, "r");
    size_t total = 0, got;
    uint64_t sum = 0;
    while ((got = fread(block, 1, sizeof block, file)) > 0) {
        total += got;
        sum += (unsigned char)block[got - 1];
    }
    double end = now();
    return total == LARGE && sum > 0 ? end - start : -1;
}

static double map_and_touch(const char *folder) {
    fill(folder, "large", LARGE);
    int fd = open_in(folder, "large", O_RDONLY);
    double start = now();
    const volatile unsigned char *map = mmap(NULL, LARGE, PROT_READ, MAP_PRIVATE, fd, 0);
    if (map == MAP_FAILED) {
        return -1;
    }
    uint64_t sum = 0;
    for (long at = 0; at < LARGE; at += PAGE) {
        sum += map[at];
    }
    munmap((void *)map, LARGE);
    double end = now();
    return sum > 0 ? end - start : -1;
}

int main(int argc, char **argv) {
    if (argc < 3) {
        return 2;
    }
    double result = strcmp(argv[1], "read") == 0    ? one_byte_calls(argv[2], 0)
                    : strcmp(argv[1], "write") == 0 ? one_byte_calls(argv[2], 1)
                    : strcmp(argv[1], "all") == 0   ? read_all(argv[2])
                                                    : map_and_touch(argv[2]);
    printf("%.2f\n", result);
    return result < 0;
}
