#!/bin/bash
# Every route and every command that talks to a server, against a real one.
source "$(dirname "$0")/lib.sh"
need curl jq

# ---- Guests -------------------------------------------------------------------------------------

guest echo <"$FAASM_SOURCE_DIR/examples/echo/echo.c"
guest three <<'C'
#include <faasm.h>
int main(void) {
    write_call_output("before", 6);
    return 3;
}
C
guest trap <<'C'
__attribute__((noinline)) int divide(volatile int by) { return 7 / by; }
int main(int argc, char **argv) { (void)argv; return divide(argc - argc); }
C
guest talk <<'C'
#include <stdio.h>
int main(void) {
    printf("to stdout\n");
    fflush(stdout);
    fprintf(stderr, "to stderr\n");
    return 0;
}
C
guest slow <<'C'
#include <faasm.h>
#include <stdio.h>
#include <time.h>
int main(void) {
    fprintf(stderr, "begun\n");
    nanosleep(&(struct timespec){1, 0}, NULL);
    write_call_output("slept", 5);
    return 0;
}
C
printf 'not wasm' >"$folder/bad.wasm"
printf '\0asm\1\0\0\0\1\4\1\x60\0\1' >"$folder/cut.wasm"
# (import "env" "no_such_thing" (func))
printf '\0asm\1\0\0\0\1\4\1\x60\0\0\2\x15\1\3env\rno_such_thing\0\0' >"$folder/unlinkable.wasm"

# ---- Requests -----------------------------------------------------------------------------------

error_code() { jq -r .error.code <<<"$body"; }

start_server --input-mb 1 --wasm-mb 2 --connections 300

test_health() {
    http 200 GET /healthz
    assert_eq healthz ok "$(jq -r .status <<<"$body")"
    http 200 GET /readyz
    http 200 GET /v1/status
    assert_match status '^[0-9.]+ [0-9]+$' "$(jq -r '"\(.version) \(.workers)"' <<<"$body")"
    http 200 HEAD /healthz --head
    assert_match "HEAD has a length" 'Content-Length: [1-9]' "$headers"
}

test_functions() {
    http 200 GET /v1/functions
    assert_eq "no functions" '{"functions":[]}' "$body"
    http 201 PUT /v1/functions/ada/echo --data-binary "@$folder/echo.wasm"
    assert_eq "facts of an upload" "ada echo $(stat -c %s "$folder/echo.wasm") true" \
        "$(jq -r '"\(.user) \(.name) \(.bytes) \(.compiled)"' <<<"$body")"
    assert_match digest '^[0-9a-f]{64}$' "$(jq -r .digest <<<"$body")"
    http 201 PUT /v1/functions/bob/echo -H 'Transfer-Encoding: chunked' --data-binary "@$folder/echo.wasm"
    assert_eq "the same bytes are compiled once" false "$(jq .compiled <<<"$body")"
    http 201 PUT /v1/functions/ada/three --data-binary "@$folder/three.wasm"
    http 200 GET /v1/functions/ada/echo
    assert_eq "facts of a function" "ada/echo" "$(jq -r '"\(.user)/\(.name)"' <<<"$body")"
    http 200 GET /v1/functions
    assert_eq "all functions" "ada/echo ada/three bob/echo" \
        "$(jq -r '[.functions[] | "\(.user)/\(.name)"] | join(" ")' <<<"$body")"
    http 200 GET /v1/functions/ada
    assert_eq "functions of ada" "echo three" "$(jq -r '[.functions[].name] | join(" ")' <<<"$body")"
    http 200 GET /v1/functions/nobody
    assert_eq "functions of nobody" 0 "$(jq '.functions | length' <<<"$body")"
    http 404 GET /v1/functions/ada/nothing
    http 204 DELETE /v1/functions/ada/three
    http 404 DELETE /v1/functions/ada/three
    http 404 GET /v1/functions/ada/three
    http 404 POST /v1/functions/ada/three/invoke
}

test_refused_uploads() {
    http 422 PUT /v1/functions/ada/bad --data-binary "@$folder/bad.wasm"
    assert_eq "bad magic" malformed "$(error_code)"
    http 422 PUT /v1/functions/ada/bad --data-binary "@$folder/cut.wasm"
    assert_match "the offset is told" 'offset 0x' "$(jq -r .error.message <<<"$body")"
    http 422 PUT /v1/functions/ada/bad --data-binary "@$folder/unlinkable.wasm"
    assert_eq "unknown import" unlinkable "$(error_code)"
    assert_match "the import is named" no_such_thing "$body"
    http 422 PUT /v1/functions/ada/bad -H 'Content-Length: 0'
    http 411 PUT /v1/functions/ada/bad -H 'Content-Length:'
    http 404 GET /v1/functions/ada/bad
    # What was there stays.
    http 422 PUT /v1/functions/ada/echo --data-binary "@$folder/bad.wasm"
    http 200 POST /v1/functions/ada/echo/invoke --data-binary still
    assert_eq "the old function runs" still "$body"
}

test_invoke() {
    http 200 POST /v1/functions/ada/echo/invoke --data-binary 'hello there'
    assert_eq output 'hello there' "$body"
    assert_match "type of an output" 'Content-Type: application/octet-stream' "$headers"
    assert_match "exit code" 'X-Faasm-Exit-Code: 0' "$headers"
    assert_match "call id" 'X-Faasm-Call-Id: [1-9][0-9]*' "$headers"
    http 200 POST /v1/functions/ada/echo/invoke
    assert_eq "no input" '' "$body"
    http 200 POST '/v1/functions/ada/echo/invoke?async=0' -d x
    http 400 POST '/v1/functions/ada/echo/invoke?async=maybe' -d x
    http 404 POST /v1/functions/ada/nothing/invoke -d x
    head -c 1000000 /dev/urandom >"$folder/random"
    curl -s --data-binary "@$folder/random" "$FAASM_SERVER/v1/functions/ada/echo/invoke" >"$folder/random.out"
    assert_eq "a million bytes" "" "$(cmp "$folder/random" "$folder/random.out" 2>&1)"
    curl -s -H 'Transfer-Encoding: chunked' --data-binary "@$folder/random" \
        "$FAASM_SERVER/v1/functions/ada/echo/invoke" >"$folder/random.out"
    assert_eq "a million bytes, chunked" "" "$(cmp "$folder/random" "$folder/random.out" 2>&1)"
}

test_unsuccessful_calls() {
    http 201 PUT /v1/functions/ada/three --data-binary "@$folder/three.wasm"
    http 201 PUT /v1/functions/ada/trap --data-binary "@$folder/trap.wasm"
    http 500 POST /v1/functions/ada/three/invoke
    assert_eq "exit code 3" "exit exit code 3" "$(jq -r '"\(.error.code) \(.error.message)"' <<<"$body")"
    local call
    call=$(jq .error.call <<<"$body")
    http 200 GET "/v1/calls/$call"
    assert_eq "record of a failed call" "failed 3 three" "$(jq -r '"\(.status) \(.exit_code) \(.function)"' <<<"$body")"
    http 200 GET "/v1/calls/$call/output"
    assert_eq "output of a failed call" before "$body"
    http 500 POST /v1/functions/ada/trap/invoke
    assert_eq "a trap" trap "$(error_code)"
    assert_match "the trap is named" 'integer divide by zero' "$body"
    http 200 GET "/v1/calls/$(jq .error.call <<<"$body")"
    assert_eq "record of a trap" "trapped 134" "$(jq -r '"\(.status) \(.exit_code)"' <<<"$body")"
    assert_match "backtrace" 'divide' "$(jq -r .trace <<<"$body")"
}

test_calls() {
    http 201 PUT /v1/functions/ada/slow --data-binary "@$folder/slow.wasm"
    http 201 PUT /v1/functions/ada/talk --data-binary "@$folder/talk.wasm"
    http 202 POST '/v1/functions/ada/slow/invoke?async=1'
    local call attempt
    call=$(jq .call <<<"$body")
    for attempt in $(seq 100); do
        http 200 GET "/v1/calls/$call"
        [ "$(jq -r .status <<<"$body")" == running ] && break
        sleep 0.02
    done
    assert_eq "it runs (attempt $attempt)" "running slow null" "$(jq -r '"\(.status) \(.function) \(.ended)"' <<<"$body")"
    http 409 GET "/v1/calls/$call/output"
    sleep 0.2
    http 200 GET "/v1/calls/$call/logs"
    assert_eq "log of a running call" begun "$body"
    for attempt in $(seq 200); do
        http 200 GET "/v1/calls/$call"
        [ "$(jq -r .status <<<"$body")" == succeeded ] && break
        sleep 0.02
    done
    assert_match "it took a second" '^(1|2|3|4)\.' "$(jq -r '.run_seconds' <<<"$body")"
    http 200 GET "/v1/calls/$call/output"
    assert_eq "its output" slept "$body"
    http 404 GET /v1/calls/2147483647
    http 404 GET /v1/calls/2147483647/output
    http 404 GET /v1/calls/2147483647/logs
    http 404 DELETE /v1/calls/2147483647
    http 400 GET /v1/calls/0
    http 400 GET /v1/calls/one
}

test_routes_and_methods() {
    local path
    for path in / /v1 /v2/functions /v1/functions/a/b/c //healthz /healthz/ /v1/../healthz; do
        http 404 GET "$path"
    done
    http 405 POST /v1/functions/ada/echo -d x
    assert_match "methods" 'Allow: PUT, GET, HEAD, DELETE' "$headers"
    http 405 GET /v1/functions/ada/echo/invoke
    assert_match "methods of invoke" 'Allow: POST' "$headers"
    http 405 BREW /healthz
    http 405 OPTIONS /v1/functions
    http 403 POST /v1/functions/ada/echo/invoke -H 'Origin: http://elsewhere.example' -d x
    http 200 POST /v1/functions/ada/echo/invoke -H "Origin: $FAASM_SERVER" -d x
}

test_metrics() {
    http 200 GET /metrics
    assert_match "type" 'text/plain; version=0.0.4' "$headers"
    assert_match "succeeded calls" 'faasm_calls_total\{status="succeeded"\} [1-9]' "$body"
    assert_match "failed calls" 'faasm_calls_total\{status="failed"\} 1' "$body"
    assert_match "trapped calls" 'faasm_calls_total\{status="trapped"\} 1' "$body"
    assert_match "calls of a function" \
        'faasm_function_calls_total\{user="ada",function="three",status="failed"\} 1' "$body"
    assert_match "latency by status" 'faasm_call_status_seconds_count\{status="trapped"\} 1' "$body"
    assert_match "images" 'faasm_image_bytes [1-9]' "$body"
    assert_match "codegen" 'faasm_codegen_runs_total [1-9]' "$body"
    assert_match "compilers" 'faasm_compilers_memory_bytes [0-9]' "$body"
    assert_match "memory" 'process_resident_memory_bytes [1-9][0-9]{5,}' "$body"
    assert_match "no bodies are left" 'faasm_http_body_bytes 0' "$body"
    # Each metric has HELP and TYPE, and a histogram's buckets only grow.
    assert_eq "HELP and TYPE" "" "$(awk '/^# TYPE/ { typed[$3] = 1 } /^[a-z]/ {
        name = $1; sub(/\{.*/, "", name); base = name; sub(/_(bucket|sum|count)$/, "", base)
        if (!(name in typed) && !(base in typed)) print name }' <<<"$body")"
    assert_eq "buckets" "" "$(awk '/^faasm_call_seconds_bucket/ { if ($2 < last) print; last = $2 }' <<<"$body")"
    assert_eq "count" "$(sed -n 's/^faasm_call_seconds_bucket.*le="+Inf"} //p' <<<"$body")" \
        "$(sed -n 's/^faasm_call_seconds_count //p' <<<"$body")"
}

test_cli() {
    assert_match upload "^uploaded cli/echo: $(stat -c %s "$folder/echo.wasm") bytes, compiled before$" \
        "$("$faasm" upload cli/echo "$folder/echo.wasm")"
    assert_eq "upload --json" cli "$("$faasm" upload --json cli/trap "$folder/trap.wasm" | jq -r .user)"
    "$faasm" upload cli/three "$folder/three.wasm" >/dev/null
    "$faasm" upload cli/talk "$folder/talk.wasm" >/dev/null
    assert_fails "upload of no module" 'malformed: offset 0x' "$faasm" upload cli/bad "$folder/bad.wasm"
    assert_fails "upload of no file" '/nowhere' "$faasm" upload cli/bad /nowhere
    assert_fails "upload without a user" 'user/name' "$faasm" upload bad "$folder/echo.wasm"
    assert_fails "upload of a bad name" 'bad_argument' "$faasm" upload cli/../x "$folder/echo.wasm"

    assert_eq "invoke --data" hello "$("$faasm" invoke cli/echo --data hello)"
    assert_eq "invoke --input" "$(md5sum <"$folder/random")" \
        "$("$faasm" invoke cli/echo --input "$folder/random" | md5sum)"
    assert_eq "invoke --input -" piped "$(printf piped | "$faasm" invoke cli/echo --input -)"
    "$faasm" invoke cli/echo --data filed --output "$folder/output" >"$folder/stdout"
    assert_eq "invoke --output" "filed 0" "$(cat "$folder/output") $(stat -c %s "$folder/stdout")"
    assert_eq "exit code" "before 3" "$("$faasm" invoke cli/three; echo " $?")"
    local said status
    said=$("$faasm" invoke cli/trap 2>&1)
    status=$?
    assert_eq "exit code of a trap" 134 $status
    assert_match "message of a trap" 'integer divide by zero' "$said"
    assert_match "backtrace of a trap" 'divide' "$said"
    "$faasm" invoke cli/nothing 2>/dev/null
    assert_eq "exit code of an unknown function" 125 $?
    assert_fails "unknown function" not_found "$faasm" invoke cli/nothing
    assert_match "--show-logs" 'to stdout.*to stderr' "$("$faasm" invoke cli/talk --show-logs 2>&1 >/dev/null | tr '\n' ' ')"

    local call
    call=$("$faasm" invoke cli/talk --async)
    assert_match "--async" '^[1-9][0-9]*$' "$call"
    assert_match "--async --json" '^[1-9]' "$("$faasm" invoke cli/echo --async --json | jq .call)"
    sleep 0.3
    assert_match "status of a call" 'status +succeeded' "$("$faasm" status "$call")"
    assert_eq "status --json" succeeded "$("$faasm" status --json "$call" | jq -r .status)"
    assert_eq logs "to stdout to stderr" "$("$faasm" logs "$call" | paste -sd' ')"
    assert_match "status of a function" 'name +talk' "$("$faasm" status cli/talk)"
    assert_match "status of the server" 'calls_finished succeeded +[1-9]' "$("$faasm" status)"
    assert_fails "status of nothing" not_found "$faasm" status 2147483647
    assert_fails "logs of nothing" not_found "$faasm" logs 2147483647
    assert_fails "logs of a word" 'not a call id' "$faasm" logs word

    assert_match ls 'cli/echo +[0-9]+ ' "$("$faasm" ls)"
    assert_eq "ls USER --json" "echo talk three trap" "$("$faasm" ls cli --json | jq -r '[.[].name] | join(" ")')"
    "$faasm" rm cli/three || fail "rm"
    assert_fails "rm twice" not_found "$faasm" rm cli/three
    assert_eq "after rm" "echo talk trap" "$("$faasm" ls cli --json | jq -r '[.[].name] | join(" ")')"

    assert_eq "bench --json" "200 0 4" "$("$faasm" bench cli/echo --count 200 --concurrency 4 \
        --input "$folder/echo.c" --json | jq -r '"\(.calls) \(.failed) \(.concurrency)"')"
    assert_match bench 'calls per second +[1-9]' "$("$faasm" bench cli/echo -n 50)"
    assert_fails "bench of traps" '20 calls failed, the first: trap' "$faasm" bench cli/trap --count 20

    local command
    for command in serve upload invoke status logs cancel top ls rm bench; do
        assert_match "$command --help" "Usage: faasm $command" "$("$faasm" "$command" --help)"
        "$faasm" "$command" --no-such-flag >/dev/null 2>&1
        assert_eq "$command --no-such-flag" 2 $?
    done
    assert_fails "no server" 'no answer from http://127.0.0.1:1: .*faasm serve' \
        "$faasm" ls --server http://127.0.0.1:1
    assert_fails "a bad setting" "port: '70000'" "$faasm" serve --port 70000
    assert_fails "a folder in use" 'faasm serve: ' "$faasm" serve --port 0 --folder "$folder/data"
    assert_fails "a port in use" 'in use' "$faasm" serve --port "$port" --folder "$folder/other"
    assert_fails "an address of elsewhere" 'faasm serve: ' "$faasm" serve --listen 192.0.2.1 --folder "$folder/other"
}

test_concurrency() {
    local number jobs=()
    for number in $(seq 12); do
        "$faasm" upload "many/f$number" "$folder/echo.wasm" >/dev/null 2>>"$folder/errors" &
        jobs+=($!)
        (got=$("$faasm" invoke ada/echo --data "$number" 2>>"$folder/errors"); [ "$got" == "$number" ] ||
            echo "$number: $got" >>"$folder/errors") &
        jobs+=($!)
        "$faasm" invoke ada/slow >/dev/null 2>>"$folder/errors" &
        jobs+=($!)
    done
    # The server answers others while these run.
    http 200 GET /healthz
    wait "${jobs[@]}"
    assert_eq "concurrent uploads and calls" "" "$(cat "$folder/errors")"
    assert_eq "all are there" 12 "$("$faasm" ls many --json | jq length)"
    # One connection for many requests.
    curl -s "$FAASM_SERVER/healthz" "$FAASM_SERVER/readyz" "$FAASM_SERVER/healthz" -v 2>&1 >/dev/null |
        grep -c 'Re-using existing connection' >"$folder/reused"
    assert_eq "connections are kept alive" 2 "$(cat "$folder/reused")"
}

test_clients_that_leave() {
    local number jobs=()
    for number in $(seq 20); do
        timeout 0.2 curl -s -d "$number" "$FAASM_SERVER/v1/functions/ada/slow/invoke" >/dev/null &
        jobs+=($!)
    done
    wait "${jobs[@]}"
    http 200 GET /healthz
    for number in $(seq 300); do
        [ "$(curl -s "$FAASM_SERVER/metrics" | sed -n 's/^faasm_http_requests //p')" == 1 ] && break
        sleep 0.1
    done
    assert_eq "no request is left" 1 "$(curl -s "$FAASM_SERVER/metrics" | sed -n 's/^faasm_http_requests //p')"
}

test_restart() {
    local before
    before=$("$faasm" ls --json)
    stop_server
    assert_match "the end is said" 'stopping' "$(tail -n 1 "$folder/server.log")"
    start_server
    assert_eq "functions survive" "$before" "$("$faasm" ls --json)"
    assert_eq "and run" again "$("$faasm" invoke ada/echo --data again)"
    assert_match "without compiling" 'faasm_codegen_runs_total 0' "$(curl -s "$FAASM_SERVER/metrics")"
}

test_graceful_stop() {
    (curl -s --max-time 30 -d x "$FAASM_SERVER/v1/functions/ada/slow/invoke" >"$folder/last") &
    local client=$!
    "$faasm" invoke ada/slow --async >/dev/null
    sleep 0.3
    stop_server
    wait $client
    assert_eq "a running call is answered" slept "$(cat "$folder/last")"
    start_server --stop-seconds 0
    "$faasm" invoke ada/slow --async >/dev/null
    sleep 0.2
    kill -TERM "$server"
    wait "$server"
    assert_eq "calls that go on too long end the server with 1" 1 $?
    server=
}

# The server is killed while uploads run. Afterwards each name is there with all its bytes, or not.
test_kill_during_upload() {
    local round number size
    for round in 1 2 3; do
        start_server
        local jobs=()
        for number in $(seq 6); do
            { head -c "$((round * 7 + number))" /dev/zero | tr '\0' x >"$folder/pad$number"
              # A custom section named "x" of some bytes makes each module another one.
              size=$((round * 7 + number + 2))
              { cat "$folder/echo.wasm"; printf "\\0\\x$(printf %x $size)\\1x"; cat "$folder/pad$number"; } \
                >"$folder/kill$round.$number.wasm"
              "$faasm" upload "kill/f$round.$number" "$folder/kill$round.$number.wasm" >>"$folder/killed$round" 2>/dev/null; } &
            jobs+=($!)
        done
        # At once, after the first of them, after the second.
        sleep 0.1
        for number in $(seq 300); do
            [ "$(grep -c uploaded "$folder/killed$round" 2>/dev/null)" -ge $((round - 1)) ] && break
            sleep 0.02
        done
        kill_server
        wait "${jobs[@]}"
    done
    start_server
    local name names
    names=$("$faasm" ls kill --json | jq -r '.[].name')
    for name in $(sed -n "s|^uploaded kill/\\([^:]*\\):.*|\\1|p" "$folder"/killed?); do
        assert_match "$name was answered" "(^|[[:space:]])$name(\$|[[:space:]])" "$names"
    done
    assert_match "some were done before a kill" 'f3\.[1-6]' "$names"
    for name in $names; do
        assert_eq "kill/$name after kill -9" whole "$("$faasm" invoke "kill/$name" --data whole 2>&1)"
        assert_eq "bytes of kill/$name" "$(stat -c %s "$folder/kill${name#f}.wasm")" \
            "$("$faasm" status --json "kill/$name" | jq .bytes)"
    done
    for number in $(seq 6); do
        "$faasm" upload "kill/f1.$number" "$folder/kill1.$number.wasm" >/dev/null || fail "upload after kill -9"
    done
    assert_eq "older functions" still "$("$faasm" invoke ada/echo --data still)"
    stop_server
}

test_settings() {
    printf 'port = 0\nlog = "debug"\nfolder = "%s/toml"\n' "$folder" >"$folder/faasm.toml"
    FAASM_INPUT_MB=1 FAASM_CONFIG=$folder/faasm.toml start_server --log info
    [ -e "$folder/data" ] || fail "the flag --folder did not win over the file"
    head -c 1100000 /dev/zero >"$folder/zeros"
    assert_fails "a limit from the environment" too_large "$faasm" invoke ada/echo --input "$folder/zeros"
    stop_server
    start_server --listen localhost
    http 200 GET /healthz
    assert_eq "no warning on loopback" 0 "$(grep -c "without access control" "$folder/server.log")"
    stop_server
    start_server --listen 0.0.0.0
    http 200 GET /healthz
    assert_eq "a warning elsewhere" 1 "$(grep -c "without access control" "$folder/server.log")"
    stop_server
    if [ -e /proc/net/if_inet6 ] && grep -q " lo$" /proc/net/if_inet6; then
        start_server --listen ::1
        assert_match "IPv6" '^http://\[::1\]:' "$FAASM_SERVER"
        assert_match "over IPv6" calls_queued "$("$faasm" status)"
        stop_server
    fi
    printf 'prot = 1\n' >"$folder/faasm.toml"
    assert_fails "a bad file" "line 1: no setting is called 'prot'" "$faasm" serve --config "$folder/faasm.toml"
}

test_health
test_functions
test_refused_uploads
test_invoke
test_unsuccessful_calls
test_calls
test_routes_and_methods
test_metrics
test_cli
test_concurrency
test_clients_that_leave
test_restart
test_graceful_stop
test_kill_during_upload
test_settings
finish
