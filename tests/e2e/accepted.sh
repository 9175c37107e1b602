#!/bin/bash
# Accepted calls and the end of the server: idempotency keys, durable calls, kill -9, and stopping
# while calls run.
source "$(dirname "$0")/lib.sh"
need curl jq

guest echo <"$FAASM_SOURCE_DIR/examples/echo/echo.c"
guest spin <<'C'
int main(void) {
    for (volatile unsigned i = 0;; i++) {
    }
}
C
# Leaves a line in a file of the user, then takes its time.
guest slow <<'C'
#include <stdio.h>
#include <time.h>
int main(void) {
    FILE *file = fopen("/runs", "a");
    fputs("run\n", file);
    fclose(file);
    nanosleep(&(struct timespec){1, 500000000}, NULL);
    return 0;
}
C
start_server
"$faasm" upload ada/echo "$folder/echo.wasm" >/dev/null
"$faasm" upload ada/spin "$folder/spin.wasm" >/dev/null
"$faasm" upload ada/slow "$folder/slow.wasm" --durable >/dev/null
"$faasm" upload bob/slow "$folder/slow.wasm" >/dev/null

test_keys() {
    local first
    first=$("$faasm" invoke ada/echo --async --idempotency-key order-1 --data a)
    assert_eq "the same key" "$first" "$("$faasm" invoke ada/echo --async --idempotency-key order-1 --data a)"
    [ "$first" != "$("$faasm" invoke ada/echo --async --idempotency-key order-2)" ] || fail "another key, the same call"
    http 202 POST '/v1/functions/ada/echo/invoke?async=1' -H 'Idempotency-Key: order-1' -d b
    assert_eq "over HTTP" "$first" "$(jq .call <<<"$body")"
    http 400 POST /v1/functions/ada/echo/invoke -H 'Idempotency-Key: order-1' -d b
    http 400 POST '/v1/functions/ada/echo/invoke?async=1' -H "Idempotency-Key: $(head -c 129 /dev/zero | tr '\0' x)"
    http 404 POST '/v1/functions/ada/none/invoke?async=1' -H 'Idempotency-Key: order-1'
    wait_for "$first" succeeded
    http 200 GET "/v1/calls/$first/output"
    assert_eq "the first one's output" a "$body"
    # At the same time: one call.
    local ids jobs=()
    for _ in $(seq 8); do
        "$faasm" invoke ada/slow --async --idempotency-key race >>"$folder/ids" &
        jobs+=($!)
    done
    wait "${jobs[@]}"
    ids=$(sort -u "$folder/ids")
    assert_eq "a race of one key" 1 "$(wc -l <<<"$ids")"
    wait_for "$ids" succeeded
}

runs() { # runs USER: how often its function slow has begun
    grep -c run "$folder/data/files/$1/runs"
}

# Killed while calls run and wait: the durable ones run again, the others are gone.
test_kill_during_calls() {
    local before durable other
    before=$(runs ada)
    durable=$("$faasm" invoke ada/slow --async --idempotency-key kept)
    other=$("$faasm" invoke bob/slow --async)
    wait_for "$durable" running
    wait_for "$other" running
    sleep 0.2
    kill_server
    start_server
    http 404 GET "/v1/calls/$other"
    http 200 GET "/v1/calls/$durable"
    assert_eq "a second attempt" "2 slow" "$(jq -r '"\(.attempt) \(.function)"' <<<"$body")"
    assert_eq "its key is known" "$durable" "$("$faasm" invoke ada/slow --async --idempotency-key kept)"
    wait_for "$durable" succeeded
    assert_eq "it ran twice" $((before + 2)) "$(runs ada)"
    # After a kill -9 it might run again: at least once is the promise.
    stop_server
    start_server
    http 404 GET "/v1/calls/$durable"
    sleep 0.3
    assert_eq "what has finished does not run again" $((before + 2)) "$(runs ada)"
    http 409 POST '/v1/functions/ada/slow/invoke?async=1' -H 'Idempotency-Key: kept'
    assert_eq "a key whose record is gone" "exists $durable" "$(jq -r '"\(.error.code) \(.error.call)"' <<<"$body")"
}

test_stop_while_calls_run() {
    local durable client before status=0
    stop_server
    before=$(runs ada)
    start_server --stop-seconds 1
    (curl -s -X POST "$FAASM_SERVER/v1/functions/ada/spin/invoke" >"$folder/stopped") &
    client=$!
    sleep 0.3
    durable=$("$faasm" invoke ada/slow --async)
    sleep 0.2
    : >"$folder/server.log"
    kill -TERM "$server"
    kill -TERM "$server" 2>/dev/null
    wait "$server" || status=$?
    server=
    wait $client
    assert_eq "status of a server that stopped calls" 1 $status
    assert_match "it tells which" 'stopped: call [0-9]+ of ada/spin, running' "$(cat "$folder/server.log")"
    assert_eq "who waits hears of it" cancelled "$(jq -r .error.code "$folder/stopped")"
    start_server
    wait_for "$durable" succeeded
    assert_eq "a durable call that was stopped runs again" $((before + 2)) "$(runs ada)"
}

test_keys
test_kill_during_calls
test_stop_while_calls_run
stop_server
finish
