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
[ "${attempts:-0}" -ge 120 ] || fail "only ${attempts:-no} attempts: $output"
assert_eq "outside is as it was" "$before" "$(find cell -not -path 'cell/root*' | sort | cksum)"
assert_eq "the secret too" secret "$(cat cell/secret)"

# ---- Races: a name is a folder, then a link out, then a folder, as fast as the host can -----------
guest race <<'C'
#include <faasm.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
// Without input: tries to get at what /swap leads to. With one: lets /swap lead there and back.
static void swap(const char *out) {
    for (int i = 0; i < 8000; i++) {
        unlink("/next");
        symlink(out, "/next");
        rename("/next", "/swap");
        symlink("a", "/next");
        rename("/next", "/swap");
    }
}
int main(void) {
    int out = 0, in = 0;
    char text[64];
    size_t length = read_call_input(text, sizeof text - 1);
    text[length] = 0;
    if (length > 0) { swap(text); write_call_output("swapped", 7); return 0; }
    for (int i = 0; i < 20000 || (in == 0 && i < 1000000); i++) { // until the other was at work, too
        memset(text, 0, sizeof text);
        int fd = open("/swap/secret", O_RDONLY);
        if (fd < 0) continue;
        if (read(fd, text, 7) > 0) strcmp(text, "mine") ? out++ : in++;
        close(fd);
        fd = open("/swap/made", O_CREAT | O_WRONLY, 0600);
        close(fd);
    }
    length = sprintf(text, "%d %s", out, in > 0 ? "some" : "none");
    write_call_output(text, length);
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

# ---- The same on a server: the user's folder is one of the host, with those of others beside it --------
start_server
for user in ada bob; do
    for name in escapes race; do "$faasm" upload "$user/$name" "$name.wasm" >/dev/null || fail "upload of $name"; done
done
printf 'own' | "$faasm" file put ada/own
printf 'mine' | "$faasm" file put ada/a/secret
printf 'secret' | "$faasm" file put bob/secret
"$faasm" invoke bob/race >/dev/null 2>&1 # has bob's files seen, so that they are on this host
users=$folder/data/files
[ -e "$users/bob/secret" ] || printf secret >"$users/bob/secret"
"$faasm" invoke ada/race --data ../bob >/dev/null || fail "ada's folder"
printf secret >"$users/secret"
mkdir "$users/folder" && printf secret >"$users/folder/secret"
cp -a cell/root/host "$users/ada/host" || fail "planting"
before=$(find "$users" -not -path "$users/ada*" -printf '%p %y %s\n' | sort | cksum)
output=$("$faasm" invoke ada/escapes 2>&1)
assert_eq "on a server: what got through" "" "$(grep -v ' attempts$' <<<"$output")"
attempts=$(sed -n 's/ attempts$//p' <<<"$output")
[ "${attempts:-0}" -ge 120 ] || fail "on a server: only ${attempts:-no} attempts: $output"
assert_eq "on a server: outside is as it was" "$before" \
    "$(find "$users" -not -path "$users/ada*" -printf '%p %y %s\n' | sort | cksum)"
# Two calls of one user, one that renames while the other opens.
"$faasm" invoke ada/race --data ../bob >swapped &
swapper=$!
assert_match "no race of two calls leads out" '^0 (some|none)$' "$("$faasm" invoke ada/race 2>&1)"
wait $swapper
assert_eq "the other call was at it" swapped "$(<swapped)"
[ ! -e "$users/bob/made" ] || fail "a file was made in another user's folder"
stop_server
finish
