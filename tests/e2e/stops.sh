#!/bin/bash
# The end of calls and of the server at bad moments: calls that hold something are stopped, over and
# over, and leave nothing behind; the server is killed while the compiler works.
source "$(dirname "$0")/lib.sh"
need curl jq

guest echo <"$FAASM_SOURCE_DIR/examples/echo/echo.c"
guest spin <<'C'
int main(void) {
    for (volatile unsigned i = 0;; i++) {
    }
}
C
guest files <<'C'
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
int main(void) {
    char name[32];
    for (int i = 0; i < 30; i++) {
        snprintf(name, sizeof name, "/file%d", i);
        if (open(name, O_CREAT | O_RDWR, 0600) < 0)
            return 1;
    }
    if (opendir("/") == NULL)
        return 2;
    for (volatile unsigned i = 0;; i++) {
    }
}
C
guest memory <<'C'
#include <stdlib.h>
#include <string.h>
static char *volatile block;
int main(void) {
    block = malloc(40 << 20);
    for (int i = 1;; i++)
        memset(block, i, 40 << 20);
}
C
guest writes <<'C'
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>
static char block[65536];
int main(void) {
    int file = open("/written", O_CREAT | O_TRUNC | O_RDWR, 0600);
    for (;;) {
        printf("in a host call\n");
        fflush(stdout);
        pwrite(file, block, sizeof block, 0);
    }
}
C
guest sleeps <<'C'
#include <fcntl.h>
#include <unistd.h>
int main(void) {
    open("/slept", O_CREAT | O_RDWR, 0600);
    sleep(1000);
    return 0;
}
C
guest awaits <<'C'
#include <faasm.h>
int main(void) {
    int calls[20];
    for (int i = 0; i < 20; i++)
        calls[i] = chain_call(i % 2 ? "spin" : "files", "", 0);
    for (int i = 0; i < 20; i++)
        await_call(calls[i]);
    return 0;
}
C
guest deep <<'C'
static int deep(int n);
static int (*volatile next)(int) = deep;
static int deep(int n) {
    if (n == 0)
        for (volatile unsigned i = 0;; i++) {
        }
    return next(n - 1) + 1;
}
int main(void) { return deep(20000); }
C
guest locks <<'C'
#include <faasm.h>
int main(void) {
    lock_state_write("key");
    for (volatile unsigned i = 0;; i++) {
    }
}
C
kinds='spin files memory writes sleeps awaits deep locks'

wait_idle() {
    local attempt
    for attempt in $(seq 500); do
        [ "$("$faasm" status --json | jq '.calls_running + .calls_queued')" == 0 ] && return
        sleep 0.02
    done
    fail "calls are left (attempt $attempt)"
}

stop_each() { # stop_each ROUNDS: each kind of call, by its deadline and cancelled
    local kind call
    for _ in $(seq "$1"); do
        for kind in $kinds; do
            http 504 POST "/v1/functions/ada/$kind/invoke"
            assert_eq "$kind: code" deadline "$(jq -r .error.code <<<"$body")"
            call=$("$faasm" invoke "bob/$kind" --async)
            wait_for "$call" running
            sleep 0.02
            "$faasm" cancel "$call" || fail "cancel $kind" # 200 or 202: it may have ended by then
            wait_for "$call" trapped
            assert_eq "$kind: cancelled" cancelled "$("$faasm" status --json "$call" | jq -r .stopped)"
        done
        wait_idle
    done
}

resident() { curl -s "$FAASM_SERVER/metrics" | sed -n 's/^process_resident_memory_bytes //p' | cut -d. -f1; }
count() { find "/proc/$server/$1" -mindepth 1 -maxdepth 1 | wc -l; }

test_stops_leave_nothing() {
    start_server --finished-calls 100 --faaslet-seconds 1
    local kind files memory threads
    for kind in $kinds; do
        "$faasm" upload "ada/$kind" "$folder/$kind.wasm" --timeout-ms 120 >/dev/null || fail "upload $kind"
        "$faasm" upload "bob/$kind" "$folder/$kind.wasm" >/dev/null || fail "upload $kind"
    done
    stop_each 1
    files=$(count fd) memory=$(resident) threads=$(count task)
    stop_each 3
    sleep 1
    checks=$((checks + 3))
    [ "$(count fd)" -le $((files + 4)) ] || fail "open files grew from $files to $(count fd)"
    [ "$(count task)" -le $((threads + 2)) ] || fail "threads grew from $threads to $(count task)"
    [ "$(resident)" -lt $((memory + 60000000)) ] || fail "memory grew from $memory to $(resident)"
    # A lock that a stopped call held is free: another call gets as far as spinning with it.
    local call
    call=$("$faasm" invoke bob/locks --async)
    wait_for "$call" running
    "$faasm" cancel "$call" || fail "cancel"
    wait_for "$call" trapped
    stop_server
}

# A compiler that says in the data folder that it has begun, and then takes its time.
slow_compiler() {
    mkdir -p "$folder/compiler"
    cat >"$folder/compiler/codegen" <<SH
#!/bin/sh
case "\$*" in --*identity*) exec "$FAASM_BUILD_DIR/bin/faasm-codegen" "\$@" ;; esac
echo began >>"$folder/data/began"
[ -e "$folder/data/hold" ] && sleep 30
exec "$FAASM_BUILD_DIR/bin/faasm-codegen" "\$@"
SH
    chmod +x "$folder/compiler/codegen"
}

wait_compiler() {
    local attempt
    for attempt in $(seq 500); do
        [ -s "$folder/data/began" ] && return
        sleep 0.02
    done
    fail "the compiler did not begin (attempt $attempt)"
}

test_kill_during_codegen() {
    local client durable name
    slow_compiler
    start_server --codegen "$folder/compiler/codegen" --confine none
    "$faasm" upload ada/old "$folder/echo.wasm" >/dev/null || fail "upload"
    "$faasm" upload ada/kept "$folder/echo.wasm" --durable >/dev/null || fail "upload"
    assert_eq "an older version" old "$("$faasm" invoke ada/old --data old)"
    # While an upload compiles: another function, and a new version of one that is there.
    : >"$folder/data/began"
    : >"$folder/data/hold"
    for name in new old; do
        "$faasm" upload "ada/$name" "$folder/deep.wasm" >"$folder/uploaded.$name" 2>&1 &
    done
    client=$!
    wait_compiler
    durable=$("$faasm" invoke ada/kept --async --data kept)
    kill_server
    wait $client
    assert_eq "no upload was answered" 0 "$(cat "$folder"/uploaded.* | grep -c ^uploaded)"
    rm "$folder/data/hold"
    start_server --codegen "$folder/compiler/codegen" --confine none
    http 404 GET /v1/functions/ada/new
    assert_eq "the older version is whole" old "$("$faasm" invoke ada/old --data old)"
    wait_for "$durable" succeeded
    http 200 GET "/v1/calls/$durable/output"
    assert_eq "what was accepted has run" kept "$body"
    assert_eq "nothing is left of the upload" 0 "$(find "$folder/data/temporary" -type f | wc -l)"
    "$faasm" upload ada/new "$folder/echo.wasm" >/dev/null || fail "upload after the kill"
    assert_eq "uploaded again" new "$("$faasm" invoke ada/new --data new)"
    # While a call compiles its function, whose object is gone.
    stop_server
    rm -rf "$folder/data/objects"
    : >"$folder/data/began"
    : >"$folder/data/hold"
    start_server --codegen "$folder/compiler/codegen" --confine none
    durable=$("$faasm" invoke ada/kept --async --data again)
    wait_compiler
    kill_server
    rm "$folder/data/hold"
    start_server --codegen "$folder/compiler/codegen" --confine none
    wait_for "$durable" succeeded
    assert_eq "a second attempt" 2 "$("$faasm" status --json "$durable" | jq .attempt)"
    http 200 GET "/v1/calls/$durable/output"
    assert_eq "its output" again "$body"
    stop_server
}

test_stops_leave_nothing
test_kill_during_codegen
finish
