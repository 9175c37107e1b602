#!/bin/bash
# Guests that try to get out of their folder, by paths, links, names of the host, and races.
. "${FAASM_SOURCE_DIR:?}/tests/e2e/lib.sh"
cd "$folder" || exit 1
"$faasm" cc "$FAASM_SOURCE_DIR/tests/guests/escapes.c" -o escapes.wasm || exit 1

mkdir -p cell/root/host cell/folder
printf secret >cell/secret
printf secret >cell/folder/secret
ln -s secret cell/link
cd cell/root/host || exit 1
ln -s ../../secret link
ln -s /etc/passwd absolute
ln -s ../.. parent
ln -s ../../folder folder
ln -s loop loop
ln -s /proc/self self
ln -s /dev/fd fd
mkfifo fifo
mknod null c 1 3 2>/dev/null || ln -s /dev/null null
cd "$folder" || exit 1
before=$(find cell -not -path 'cell/root*' | sort | cksum)
output=$(timeout 60 "$faasm" run --dir cell/root::/ escapes.wasm 2>&1)
assert_eq "ended" 0 $?
attempts=$(sed -n 's/ attempts$//p' <<<"$output")
assert_eq "what got through" "" "$(grep -v ' attempts$' <<<"$output")"
[ "${attempts:-0}" -ge 60 ] || fail "only ${attempts:-no} attempts: $output"
assert_eq "outside is as it was" "$before" "$(find cell -not -path 'cell/root*' | sort | cksum)"
assert_eq "the secret too" secret "$(cat cell/secret)"

# ---- Races: a name is a folder, then a link out, then a folder, as fast as the host can -----------
guest race <<'C'
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
int main(void) {
    int out = 0, in = 0;
    for (int i = 0; i < 20000; i++) {
        char text[8] = "";
        int fd = open("/swap/secret", O_RDONLY);
        if (fd < 0) continue;
        if (read(fd, text, 7) > 0) strcmp(text, "mine") ? out++ : in++;
        close(fd);
        fd = open("/swap/made", O_CREAT | O_WRONLY, 0600);
        close(fd);
    }
    printf("%d %s\n", out, in > 0 ? "some" : "none");
    return 0;
}
C
mkdir -p race/root/a race/outside
printf mine >race/root/a/secret
printf secret >race/outside/secret
ln -s ../outside race/root/b
ln -s a race/root/swap
cat >swap.c <<'C'
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>
int main(void) { // until it is stopped
    for (;;) {
        symlink("../outside", "race/root/next"); rename("race/root/next", "race/root/swap");
        symlink("a", "race/root/next"); rename("race/root/next", "race/root/swap");
    }
}
C
clang-19 -w -O1 swap.c -o swap || exit 1
./swap &
swapper=$!
assert_eq "no race leads out" "0 some" "$("$faasm" run --dir race/root::/ race.wasm 2>&1)"
kill "$swapper"
wait "$swapper" 2>/dev/null
[ ! -e race/outside/made ] || fail "a file was made outside"
finish
