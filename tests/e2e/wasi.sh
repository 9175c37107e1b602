#!/bin/bash
# WASI preview1, a rule at a time (tests/guests/wasi): on a folder of the host, on the files of a user on a server,
# and what a test runner needs of `faasm run`: folders, environment, arguments, streams, sockets.
. "${FAASM_SOURCE_DIR:?}/tests/e2e/lib.sh"
need wat2wasm
export FAASM_CACHE=$folder/cache
cd "$folder" || exit 1
"$faasm" cc -O1 -Wall -Werror "$FAASM_SOURCE_DIR"/tests/guests/wasi/*.c -o rules.wasm || exit 1
mapfile -t rules < <("$faasm" run rules.wasm list)
[ "${#rules[@]}" -ge 90 ] || fail "only ${#rules[@]} rules"

# ---- Each rule, in a process of its own -----------------------------------------------------------
mkdir root
for rule in "${rules[@]}"; do
    assert_eq "$rule" ok "$("$faasm" run --dir root::/ rules.wasm "$rule" 2>&1 </dev/null)"
done
assert_eq "a rule that there is not" "no such rule: none" "$("$faasm" run --dir root::/ rules.wasm none)"
# A rule that does not hold is told: its folder is there.
assert_match "a rule that fails" "File exists" "$("$faasm" run --dir root::/ rules.wasm open_create)"

# ---- The same on a server, where files are a layer over those of the store ------------------------------
start_server --files-entries 5000 --files-mb 64
"$faasm" upload ada/rules rules.wasm >/dev/null || fail upload
for rule in "${rules[@]}"; do
    assert_eq "on a server: $rule" ok "$("$faasm" invoke ada/rules --data "$rule" 2>&1)"
done
stop_server

# ---- What a runner passes and looks at --------------------------------------------------------------
cat >exit.wat <<'W'
(module
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (memory (export "memory") 0)
  (func (export "_start") (call $exit (i32.const 13))))
W
wat2wasm exit.wat -o exit.wasm
"$faasm" run exit.wasm >out 2>err
assert_eq "exit status" "13 0 0" "$? $(stat -c %s out) $(stat -c %s err)"
guest shows <<'C'
#include <stdio.h>
#include <unistd.h>
extern char **environ;
int main(int count, char **arguments) {
    for (int i = 1; i < count; i++) printf("argument <%s>\n", arguments[i]);
    for (char **e = environ; *e; e++) printf("variable <%s>\n", *e);
    fputs("no newline", stderr);
    fflush(stdout);
    write(1, "\0\xff\r\n", 4);
    return 0;
}
C
SECRET=1 "$faasm" run --dir=root::/ --env=a=text --env='b=escap " ing' --env $'c=new\nline' --env d= shows.wasm \
    first 'the "second" arg' 3 --dir '' >out 2>err
printf '%s\n' "argument <first>" 'argument <the "second" arg>' "argument <3>" "argument <--dir>" "argument <>" \
    "variable <a=text>" 'variable <b=escap " ing>' $'variable <c=new\nline>' "variable <d=>" >wanted
printf '\0\377\r\n' >>wanted
assert_eq "stdout to the byte" "" "$(cmp wanted out 2>&1)"
assert_eq "stderr to the byte" "no newline" "$(<err)"
assert_eq "no variables, no arguments" 4 "$(SECRET=1 "$faasm" run shows.wasm 2>/dev/null | wc -c)"
"$faasm" run "$folder/./exit.wasm"
assert_eq "a path" 13 $?
guest bare <<'C'
#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>
int main(void) { // without folders
    errno = 0;
    printf("%d ", fopen("file", "r") == NULL && errno == ENOTCAPABLE);
    printf("%d ", shutdown(3, SHUT_RD) != 0 && errno == EBADF);
    printf("%d\n", shutdown(1, SHUT_RD) != 0 && errno == ENOTSOCK);
    return 0;
}
C
assert_eq "without folders" "1 1 1" "$("$faasm" run bare.wasm)"
assert_match version '^faasm [0-9]+\.[0-9]+\.[0-9]+$' "$("$faasm" --version)"
guest waits <<'C'
int main(void) { for (;;) { } }
C
"$faasm" run waits.wasm &
waiting=$!
sleep 0.5
kill -TERM $waiting
wait $waiting
assert_eq "SIGTERM ends it" 143 $?

# Standard streams of each kind, for the rule that waits for them.
rule=poll_standard_streams
poll() { # poll NAME < ... > ...: its result is in the call's output
    rm -rf "root/$rule"
    timeout 20 "$faasm" run --dir root::/ --output verdict rules.wasm $rule
    assert_eq "waiting: $1" ok "$(<verdict)"
}
poll "/dev/null" </dev/null >/dev/null 2>&1
printf text >text
poll "a file" <text >out 2>err
mkfifo idle
exec 8<>idle # nobody writes
poll "an idle pipe" <&8
exec 8>&-
poll "closed streams" <&-
poll "an ended pipe" < <(true)
if command -v script >/dev/null; then
    rm -rf "root/$rule"
    assert_match "waiting: a terminal" "ok" "$(script -qec "$faasm run --dir root::/ rules.wasm $rule" /dev/null </dev/null)"
fi

# ---- Sockets ------------------------------------------------------------------------------------------
guest serve <<'C'
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
// serve SOCKET CONNECTIONS: what comes on a connection goes back, in capitals.
int main(int count, char **arguments) {
    int socket = atoi(arguments[1]);
    for (int i = 0; i < atoi(arguments[2]); i++) {
        char text[256], peek[4];
        struct pollfd wait = {.fd = socket, .events = POLLIN};
        if (poll(&wait, 1, 20000) != 1) return 2;
        int connection = accept(socket, NULL, NULL);
        if (connection < 0) { perror("accept"); return 3; }
        if (recv(connection, peek, 4, MSG_PEEK) < 1) return 4;
        ssize_t got;
        while ((got = recv(connection, text, sizeof text, 0)) > 0) {
            for (ssize_t k = 0; k < got; k++) if (text[k] >= 'a' && text[k] <= 'z') text[k] -= 32;
            if (send(connection, text, got, 0) != got) return 5;
        }
        if (shutdown(connection, SHUT_WR) != 0 || close(connection) != 0) return 6;
    }
    // What a socket that listens cannot do; and what is no socket.
    char byte;
    if (recv(socket, &byte, 1, 0) != -1 || errno != ENOTCONN) return 7;
    if (send(socket, "x", 1, 0) != -1) return 8;
    if (accept(1, NULL, NULL) != -1 || errno != ENOTSOCK) return 9;
    if (close(socket) != 0 || accept(socket, NULL, NULL) != -1 || errno != EBADF) return 10;
    return 0;
}
C
talk() { # talk PORT TEXT
    exec 9<>"/dev/tcp/127.0.0.1/$1" || return
    printf '%s' "$2" >&9
    head -c ${#2} <&9
    exec 9>&-
}
listening() { # waits for a port: listening FILE
    local attempt
    for attempt in $(seq 100); do
        port=$(sed -n 's/^faasm: listening on .*:\([0-9]*\)$/\1/p' "$1")
        [ -z "$port" ] || return 0
        sleep 0.05
    done
    fail "nobody listens after $attempt attempts: $(<"$1")"
}
: >err
"$faasm" run --listen 127.0.0.1:0 serve.wasm 3 2 2>err &
serving=$!
listening err
assert_eq "a connection" "HELLO" "$(talk "$port" hello)"
assert_eq "another" "AGAIN" "$(talk "$port" again)"
wait $serving
assert_eq "a listening socket is number 3: status" 0 $?
: >err
"$faasm" run --dir root::/ --listen '[::1]:0' --listen 127.0.0.1:0 serve.wasm 5 1 2>err &
serving=$!
for _ in $(seq 100); do [ "$(grep -c listening err)" == 2 ] && break; sleep 0.05; done
port=$(sed -n 's/^faasm: listening on 127.0.0.1:\([0-9]*\)$/\1/p' err)
assert_eq "after a folder and another socket" "THIRD" "$(talk "$port" third)"
wait $serving
assert_eq "after a folder and another socket: status" 0 $?
cat >pair.c <<'C'
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
int main(int count, char **arguments) { // runs the rest with a socket as descriptor 7; talks to it
    int pair[2];
    char text[16] = "";
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) != 0) return 1;
    if (fork() == 0) {
        close(pair[0]);
        dup2(pair[1], 7);
        execv(arguments[1], arguments + 1);
        return 1;
    }
    close(pair[1]);
    write(pair[0], "ping", 4);
    printf("%zd %.*s\n", read(pair[0], text, 4), 4, text);
    return 0;
}
C
clang-19 -w pair.c -o pair || exit 1
guest answer <<'C'
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
int main(void) {
    char text[4];
    return recv(3, text, 4, MSG_WAITALL) == 4 && !memcmp(text, "ping", 4) && send(3, "pong", 4, 0) == 4 ? 0 : 1;
}
C
assert_eq "a socket that was inherited" "4 pong" "$(./pair "$faasm" run --socket 7 answer.wasm)"
"$faasm" run --listen unix:socket exit.wasm
assert_eq "a socket in the file system" "13 socket" "$? $(stat -c %F socket)"
for arguments in "--listen nonsense" "--listen 127.0.0.1:99999" "--listen 192.0.2.1:80" "--listen unix:" "--socket 99" \
    "--socket 0" "--socket x"; do
    # shellcheck disable=SC2086
    assert_fails "$arguments" "${arguments% *} ${arguments#* }: " "$faasm" run $arguments exit.wasm </dev/null
done
finish
