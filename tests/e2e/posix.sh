#!/bin/bash
# POSIX beyond WASI, under `faasm run` and on a server: copies of descriptors, maps, names; C++ programs.
. "${FAASM_SOURCE_DIR:?}/tests/e2e/lib.sh"
guests=$FAASM_SOURCE_DIR/tests/guests
cd "$folder" || exit 1

"$faasm" cc "$guests/posix_calls.c" -o posix_calls.wasm || exit 1
"$faasm" c++ -std=c++20 "$guests/standard.cpp" -o standard.wasm || exit 1

mkdir root
assert_eq "POSIX calls" "0 failures" "$("$faasm" run --dir root::/ posix_calls.wasm 2>&1)"
"$faasm" cc "$guests/strings.c" -o strings.wasm || exit 1
assert_eq "memcmp, strlen, strcspn" "0 failures" "$("$faasm" run strings.wasm 2>&1)"
rm -r root
mkdir root
assert_eq "C++" "constructed first
constructed second
int 42 hex ff float 1.5
123 2
read one
read two
49
<line one> <line 2> <appended> 10
line ONE 9
constructed lazy
lazy
destroyed lazy
destroyed second
destroyed first" "$(printf 'one\ntwo\n' | "$faasm" run --dir root::/ standard.wasm 2>&1)"

# ---- Maps of files of the store -----------------------------------------------------------------
guest maps <<'C'
#include <errno.h>
#include <faasm.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
// read PATH OFFSET | write PATH TEXT | private PATH TEXT | msync PATH TEXT, which traps while it is mapped
int main(void) {
    char input[256], verb[32], path[128], text[64] = "";
    size_t length = read_call_input(input, sizeof input - 1);
    input[length] = 0;
    sscanf(input, "%31s %127s %63s", verb, path, text);
    struct stat status;
    int syncing = !strcmp(verb, "msync"), writing = syncing || !strcmp(verb, "write");
    int fd = open(path, writing ? O_RDWR : O_RDONLY);
    if (fd < 0 || fstat(fd, &status) != 0) { write_call_output(strerror(errno), strlen(strerror(errno))); return 0; }
    char *map = mmap(NULL, status.st_size, PROT_READ | PROT_WRITE, writing ? MAP_SHARED : MAP_PRIVATE, fd, 0);
    close(fd);
    if (map == MAP_FAILED) { write_call_output(strerror(errno), strlen(strerror(errno))); return 0; }
    if (!strcmp(verb, "read")) { int at; sscanf(text, "%d", &at); write_call_output(map + at, 4); return 0; }
    memcpy(map, text, strlen(text));
    if (syncing) {
        char seen[64] = "";
        if (msync(map, status.st_size, MS_SYNC) != 0) return 1;
        int other = open(path, O_RDONLY);
        if (read(other, seen, strlen(text)) != (ssize_t)strlen(text) || strcmp(seen, text)) return 2;
        memcpy(map, "LATER", 5);
        __builtin_trap();
    }
    if (munmap(map, status.st_size) != 0) return 1;
    write_call_output("done", 4);
    return 0;
}
C
start_server --memory-mb 64
for name in maps posix_calls; do
    "$faasm" upload "ada/$name" "$name.wasm" >/dev/null || fail "upload of $name"
done
head -c 5000000 /dev/zero | tr '\0' x >in
printf 'HERE' | dd of=in bs=1 seek=4000000 conv=notrunc 2>/dev/null
"$faasm" file put ada/large in
for _ in 1 2 3; do # each puts its maps back
    assert_eq "read of a map" HERE "$("$faasm" invoke ada/maps --data 'read large 4000000')"
    assert_eq "private map" done "$("$faasm" invoke ada/maps --data 'private large PRIVATE')"
    assert_eq "which changed nothing" xxxx "$("$faasm" invoke ada/maps --data 'read large 0')"
done
assert_eq "shared map" done "$("$faasm" invoke ada/maps --data 'write faasm://large SHARED')"
assert_eq "is published" SHAREDxx "$("$faasm" file get ada/large - | head -c 8)"
assert_eq "and seen" SHAR "$("$faasm" invoke ada/maps --data 'read large 0')"
# msync alone publishes, before anything is closed; what was written after it is not published by a call that trapped.
assert_match "a trap after msync" unreachable "$("$faasm" invoke ada/maps --data 'msync faasm://large SYNCED' 2>&1)"
assert_eq "what msync published" SYNCEDxx "$("$faasm" file get ada/large - | head -c 8)"
assert_eq "shared map again" done "$("$faasm" invoke ada/maps --data 'write faasm://large SHARED')"
assert_eq "local map" done "$("$faasm" invoke ada/maps --data 'write large LOCAL')"
assert_eq "stays local" SHAR "$("$faasm" invoke ada/maps --data 'read faasm://large 0')"
assert_eq "and is there" LOCA "$("$faasm" invoke ada/maps --data 'read large 0')"
head -c 70000000 /dev/zero | "$faasm" file put ada/huge
assert_eq "the limit of memory counts maps" "Out of memory" "$("$faasm" invoke ada/maps --data 'read huge 0')"
assert_eq "POSIX calls on a server" 0 "$("$faasm" invoke ada/posix_calls >/dev/null 2>&1; echo $?)"
stop_server
finish
