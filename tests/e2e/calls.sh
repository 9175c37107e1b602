#!/bin/bash
# Calls under limits, cancelled, waited for and followed, over HTTP and from the command line.
source "$(dirname "$0")/lib.sh"
need curl jq

guest echo <"$FAASM_SOURCE_DIR/examples/echo/echo.c"
guest spin <<'C'
int main(void) {
    for (volatile unsigned i = 0;; i++) {
    }
}
C
guest sleeper <<'C'
#include <stdio.h>
#include <time.h>
int main(void) {
    for (int i = 0; i < 1000; i++) {
        printf("line %d\n", i);
        fflush(stdout);
        nanosleep(&(struct timespec){0, 50000000}, NULL);
    }
    return 0;
}
C
guest lines <<'C'
#include <stdio.h>
#include <time.h>
int main(void) {
    for (int i = 0; i < 8; i++) {
        printf("line %d\n", i);
        fflush(stdout);
        nanosleep(&(struct timespec){0, 80000000}, NULL);
    }
    return 0;
}
C
# Chains itself to a function that never ends, and awaits it.
guest parent <<'C'
#include <faasm.h>
int main(void) { return await_call(chain_call("spin", "", 0)); }
C
guest grow <<'C'
#include <stdlib.h>
static char *volatile blocks[64];
int main(void) {
    for (int i = 0; i < 64; i++) {
        blocks[i] = malloc(1 << 20);
        if (blocks[i] == NULL)
            return 9;
    }
    return 0;
}
C
guest deep <<'C'
static int deep(int n);
static int (*volatile next)(int) = deep;
static int deep(int n) { return n == 0 ? 0 : next(n - 1) + 1; }
int main(void) { return deep(20000) != 20000; }
C
guest big <<'C'
#include <faasm.h>
static char output[3 << 20];
int main(void) {
    write_call_output(output, sizeof output);
    return 0;
}
C
guest talk <<'C'
#include <stdio.h>
int main(void) {
    for (int i = 0; i < 5000; i++)
        printf("0123456789abcdef\n");
    return 0;
}
C

start_server --users 'eve: timeout_ms=200 memory_mb=32'

upload() { # upload USER/NAME MODULE [LIMIT...]
    "$faasm" upload "$1" "$folder/$2.wasm" "${@:3}" >/dev/null || fail "upload $1"
}

# As for functions: gauges of the server, when all has ended.
assert_idle() {
    local attempt busy
    for attempt in $(seq 100); do
        busy=$("$faasm" status --json | jq '.calls_running + .calls_queued')
        [ "$busy" == 0 ] && break
        sleep 0.05
    done
    assert_eq "$1: nothing runs (attempt $attempt)" 0 "$busy"
}

async() { # async USER/NAME: the id of a call
    "$faasm" invoke "$1" --async
}

test_deadlines() {
    upload ada/spin spin --timeout-ms 300
    upload ada/sleeper sleeper --timeout-ms 300
    upload ada/cpu spin --cpu-ms 200
    local start name
    for name in spin sleeper; do
        start=$(date +%s%N)
        http 504 POST /v1/functions/ada/$name/invoke
        local took=$((($(date +%s%N) - start) / 1000000))
        assert_eq "$name: code" deadline "$(jq -r .error.code <<<"$body")"
        assert_match "$name: message" '0.300 s' "$body"
        checks=$((checks + 1))
        [ $took -ge 290 ] && [ $took -lt 1500 ] || fail "$name was stopped after $took ms"
    done
    http 200 GET "/v1/calls/$(jq .error.call <<<"$body")"
    assert_eq "record of a stopped call" "trapped deadline exceeded 300 134" \
        "$(jq -r '"\(.status) \(.stopped) \(.limits.timeout_ms) \(.exit_code)"' <<<"$body")"
    assert_match "its log" 'line 0' "$("$faasm" logs "$(jq .id <<<"$body")")"
    http 504 POST /v1/functions/ada/cpu/invoke
    assert_eq "CPU time" cpu_limit "$(jq -r .error.code <<<"$body")"
    http 200 GET "/v1/calls/$(jq .error.call <<<"$body")"
    assert_eq "CPU time in the record" true "$(jq '.cpu_seconds >= 0.19 and .cpu_seconds < 0.6' <<<"$body")"
    upload eve/spin spin
    http 504 POST /v1/functions/eve/spin/invoke
    assert_match "the limit of a user" '0.200 s' "$body"
    assert_idle deadlines
}

test_limits() {
    upload ada/grow grow
    upload ada/small grow --memory-mb 4
    upload ada/deep deep
    upload ada/shallow deep --stack-kb 128
    upload ada/big big --output-mb 1
    upload ada/talk talk --log-kb 4
    upload ada/little echo --input-mb 1
    http 200 POST /v1/functions/ada/grow/invoke
    http 500 POST /v1/functions/ada/small/invoke
    assert_eq "memory" "exit exit code 9" "$(jq -r '"\(.error.code) \(.error.message)"' <<<"$body")"
    http 200 GET "/v1/calls/$(jq .error.call <<<"$body")"
    assert_eq "memory in the record" true "$(jq '.memory_bytes > 1000000 and .memory_bytes <= 4194304' <<<"$body")"
    http 200 POST /v1/functions/ada/deep/invoke
    http 500 POST /v1/functions/ada/shallow/invoke
    assert_match "stack" 'call stack exhausted' "$body"
    http 500 POST /v1/functions/ada/big/invoke
    assert_match "output" 'limit is 1048576' "$body"
    local call
    call=$(async ada/talk)
    wait_for "$call" succeeded
    assert_match "log" 'log cut' "$("$faasm" logs "$call" | tail -n 1)"
    head -c 1048577 /dev/zero >"$folder/over"
    http 413 POST /v1/functions/ada/little/invoke --data-binary "@$folder/over"
    http 400 PUT '/v1/functions/ada/bad?memory_mb=none' --data-binary "@$folder/echo.wasm"
    http 400 PUT '/v1/functions/ada/bad?timeout_ms=0' --data-binary "@$folder/echo.wasm"
    http 400 PUT '/v1/functions/ada/bad?durable=perhaps' --data-binary "@$folder/echo.wasm"
    http 404 GET /v1/functions/ada/bad
    assert_eq "limits of a function" 4 "$("$faasm" status --json ada/small | jq .own_limits.memory_mb)"
    assert_eq "limits that hold" "4 64" \
        "$("$faasm" status --json ada/small | jq -r '"\(.limits.memory_mb) \(.limits.input_mb)"')"
    assert_match "status prints them" 'limits memory_mb +4' "$("$faasm" status ada/small)"
    assert_fails "a limit that is no number" "timeout_ms: 'x'" "$faasm" upload ada/x "$folder/echo.wasm" --timeout-ms x
    assert_fails "users that are none" "no limit is called 'memory'" \
        "$faasm" serve --port 0 --folder "$folder/none" --users 'ada: memory=1'
}

test_cancel() {
    upload ada/spin spin
    upload ada/parent parent
    local call child
    call=$(async ada/spin)
    wait_for "$call" running
    http 202 DELETE "/v1/calls/$call"
    wait_for "$call" trapped
    assert_eq "a cancelled call" cancelled "$("$faasm" status --json "$call" | jq -r .stopped)"
    http 409 DELETE "/v1/calls/$call"
    http 404 DELETE /v1/calls/2147483647
    # With what it chained: the worker that awaits runs its callee itself.
    call=$(async ada/parent)
    wait_for "$call" running
    for _ in $(seq 50); do
        child=$("$faasm" top --json | jq --argjson call "$call" '.calls[] | select(.parent == $call) | .id')
        [ -n "$child" ] && break
        sleep 0.02
    done
    "$faasm" cancel "$call" || fail "cancel"
    wait_for "$call" trapped
    wait_for "$child" trapped
    assert_eq "the chained call" cancelled "$("$faasm" status --json "$child" | jq -r .stopped)"
    assert_fails "cancel of a finished call" conflict "$faasm" cancel "$call"
    assert_fails "cancel of a word" 'not a call id' "$faasm" cancel word
    # Those that wait in the queue: all workers spin.
    local spinning=() waiting
    for _ in $(seq 8); do
        spinning+=("$(async ada/spin)")
    done
    waiting=${spinning[7]}
    wait_for "$waiting" queued
    http 200 DELETE "/v1/calls/$waiting"
    assert_eq "cancelled in the queue" "trapped null" "$(jq -r '"\(.status) \(.started)"' <<<"$body")"
    for call in "${spinning[@]:0:7}"; do
        "$faasm" cancel "$call" || fail "cancel $call"
    done
    # Whoever waits for a cancelled call hears of it.
    call=$(curl -s -X POST "$FAASM_SERVER/v1/functions/ada/spin/invoke?wait_ms=50" | jq .call)
    (sleep 0.3; "$faasm" cancel "$call") &
    http 200 GET "/v1/calls/$call?wait_ms=20000"
    assert_eq "waited for" trapped "$(jq -r .status <<<"$body")"
    wait $!
    assert_idle cancel
}

test_waiting() {
    upload ada/echo echo
    upload ada/lines lines
    http 200 POST '/v1/functions/ada/echo/invoke?wait_ms=5000' -d quick
    assert_eq "an end within the wait" quick "$body"
    http 202 POST '/v1/functions/ada/lines/invoke?wait_ms=100'
    assert_eq "no end within it" running "$(jq -r .status <<<"$body")"
    http 200 GET "/v1/calls/$(jq .call <<<"$body")?wait_ms=10000"
    assert_eq "a later end" succeeded "$(jq -r .status <<<"$body")"
    http 400 POST '/v1/functions/ada/echo/invoke?wait_ms=soon'
    http 400 GET '/v1/calls/1?wait_ms=-1'
}

test_invoke() {
    assert_eq "a long call" 0 "$("$faasm" invoke ada/lines 2>&1 | wc -c)"
    local summary
    summary=$("$faasm" invoke ada/echo --data x --count 100 --concurrency 4)
    assert_match "--count" 'calls +100 \(0 failed\), 4 at a time' "$summary"
    assert_match "--count has latencies" 'p50 [0-9.]+ ms, p90 [0-9.]+ ms, p99' "$summary"
    assert_eq "--count --json" "50 0" "$("$faasm" invoke ada/echo --count 50 --json | jq -r '"\(.calls) \(.failed)"')"
    assert_fails "--count of deadlines" '2 calls failed, the first: deadline' \
        "$faasm" invoke eve/spin --count 2 --concurrency 2
    assert_eq "--concurrency alone" 2 "$("$faasm" invoke ada/echo --concurrency 2 >/dev/null 2>&1; echo $?)"
    # Ctrl-C cancels the call.
    "$faasm" invoke ada/spin 2>"$folder/said" &
    local client=$!
    sleep 0.8
    kill -INT $client
    wait $client
    assert_eq "exit status of an interrupt" 130 $?
    assert_match "it is said" cancelled "$(cat "$folder/said")"
    assert_idle "an interrupt"
}

test_logs() {
    local call times
    call=$(async ada/lines)
    # Lines come as they are written: the first one long before the last.
    times=$("$faasm" logs -f "$call" | while read -r _; do date +%s%N; done)
    assert_eq "logs -f: lines" 8 "$(wc -l <<<"$times")"
    checks=$((checks + 1))
    [ $(($(tail -n 1 <<<"$times") - $(head -n 1 <<<"$times"))) -gt 200000000 ] || fail "logs -f came all at once"
    assert_eq "logs -f of a finished call" 8 "$("$faasm" logs -f "$call" | wc -l)"
    http 200 GET "/v1/calls/$call/logs?from=49"
    assert_eq "from an offset on" "line 7" "$body"
    assert_match "status of the call" 'X-Faasm-Call-Status: succeeded' "$headers"
    http 200 GET "/v1/calls/$call/logs?from=1000000"
    assert_eq "from after the end" "" "$body"
    http 400 GET "/v1/calls/$call/logs?from=-1"
    assert_fails "logs -f of nothing" not_found "$faasm" logs -f 2147483647
}

test_top() {
    local call text
    call=$(async ada/spin)
    wait_for "$call" running
    text=$("$faasm" top --once)
    assert_match "totals" 'calls: 1 running, 0 queued' "$text"
    assert_match "functions" 'ada/echo +[1-9][0-9]*' "$text"
    assert_match "calls" "$call +ada/spin" "$text"
    assert_match "users" 'ada +1 +0' "$text"
    assert_eq "top --json" "$call" "$("$faasm" top --json | jq '.calls[0].id')"
    assert_eq "top into a pipe goes on" 2 "$(timeout 5 "$faasm" top | grep -m 2 -c '^faasm ')"
    "$faasm" cancel "$call"
    "$faasm" top >"$folder/top" &
    local watcher=$!
    sleep 0.5
    kill -INT $watcher
    wait $watcher
    assert_eq "top ends on an interrupt" 0 $?
    assert_fails "top --argument" "unexpected argument 'x'" \
        bash -c '"$1" top x 2> >(head -n 1 >&2)' - "$faasm"
}

test_deadlines
test_limits
test_cancel
test_waiting
test_invoke
test_logs
test_top
stop_server
finish
