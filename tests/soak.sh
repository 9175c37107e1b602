#!/bin/bash
# Load at saturation for a while, with functions of all kinds: short ones whose answers are checked, long
# ones, some that trap, and one for each limit that is exceeded. At the end: no wrong answer, nothing
# left over, memory as after the start, and a server that ends with status 0 (in a build with
# AddressSanitizer that includes leaks).
#   tests/soak.sh [SECONDS]      600 by default; FAASM_BUILD_DIR is the build, `build` by default
FAASM_SOURCE_DIR=${FAASM_SOURCE_DIR:-$(realpath "$(dirname "$0")/..")}
FAASM_BUILD_DIR=${FAASM_BUILD_DIR:-$FAASM_SOURCE_DIR/build}
export FAASM_SOURCE_DIR FAASM_BUILD_DIR
source "$(dirname "$0")/e2e/lib.sh"
need curl jq
seconds=${1:-600}

guest echo <"$FAASM_SOURCE_DIR/examples/echo/echo.c"
guest hash <<'C'
#include <faasm.h>
#include <stdio.h>
#include <stdlib.h>
int main(void) {
    char text[4096], out[32];
    long length = read_call_input(text, sizeof text);
    unsigned h = 2166136261u;
    unsigned char *heap = malloc(100000);
    for (long i = 0; i < length; i++)
        heap[i * 20 % 100000] ^= (unsigned char)(h = (h ^ (unsigned char)text[i]) * 16777619u);
    int n = snprintf(out, sizeof out, "%u", h);
    write_call_output(out, n);
    return 0;
}
C
guest chain <<'C'
#include <faasm.h>
int main(void) {
    int calls[8];
    for (int i = 0; i < 8; i++)
        calls[i] = chain_call("echo", "x", 1);
    for (int i = 0; i < 8; i++)
        if (await_call(calls[i]) != 0)
            return 1;
    write_call_output("8", 1);
    return 0;
}
C
guest long <<'C'
#include <faasm.h>
#include <time.h>
int main(void) {
    nanosleep(&(struct timespec){0, 200000000}, NULL);
    write_call_output("long", 4);
    return 0;
}
C
guest trap <<'C'
__attribute__((noinline)) int divide(volatile int by) { return 7 / by; }
int main(int argc, char **argv) { (void)argv; return divide(argc - argc); }
C
guest spin <<'C'
int main(void) {
    for (volatile unsigned i = 0;; i++) {
    }
}
C
guest grow <<'C'
#include <stdlib.h>
static char *volatile blocks[64];
int main(void) {
    for (int i = 0; i < 64; i++)
        if ((blocks[i] = malloc(1 << 20)) == NULL)
            return 9;
    return 0;
}
C
guest deep <<'C'
static int deep(int n);
static int (*volatile next)(int) = deep;
static int deep(int n) { return next(n + 1) + 1; }
int main(void) { return deep(0); }
C
guest big <<'C'
#include <faasm.h>
static char output[2 << 20];
int main(void) {
    write_call_output(output, sizeof output);
    return 0;
}
C
guest talk <<'C'
#include <stdio.h>
int main(void) {
    for (int i = 0; i < 1000; i++)
        printf("0123456789abcdef\n");
    return 0;
}
C

# What AddressSanitizer keeps of freed memory is no growth of ours.
export ASAN_OPTIONS=quarantine_size_mb=4:${ASAN_OPTIONS:-}
start_server --finished-calls 500
upload() { "$faasm" upload "$1" "$folder/$2.wasm" "${@:3}" >/dev/null || fail "upload $1"; }
for user in ada bob; do
    upload $user/echo echo
    upload $user/hash hash
    upload $user/chain chain
    upload $user/long long
    upload $user/trap trap
    upload $user/deadline spin --timeout-ms 60
    upload $user/cpu spin --cpu-ms 40
    upload $user/memory grow --memory-mb 4
    upload $user/stack deep
    upload $user/output big --output-mb 1
    upload $user/talk talk --log-kb 2
    upload $user/input echo --input-mb 1
    upload $user/narrow long --concurrency 1 --queue 1
done

# function, what its answer must be: "STATUS BODY"
kinds=(
    'echo|200 text of a call' 'hash|200 ' 'chain|200 8' 'long|200 long' 'trap|500 .*integer divide by zero'
    'deadline|504 .*deadline' 'cpu|504 .*cpu_limit' 'memory|500 .*exit code 9' 'stack|500 .*call stack exhausted'
    'output|500 .*limit is 1048576' 'talk|200 .*(log cut|its record was dropped)' 'input|413 .*limit is 1048576' 'narrow|(200 long|429 .*queued already)'
)
head -c 1048577 /dev/zero >"$folder/over"
hash_wanted=
load() { # load USER NUMBER: calls of all kinds, one after the other, until the time is over
    local count=0 kind name wanted got data call
    while [ "$SECONDS" -lt "$seconds" ]; do
        kind=${kinds[$(((count + $2) % ${#kinds[@]}))]}
        name=${kind%%|*} wanted=${kind#*|}
        [ "$name" == hash ] && wanted="200 $hash_wanted\$"
        data='text of a call'
        [ "$name" == input ] && data=@$folder/over
        got=$(curl -s --max-time 60 --data-binary "$data" -D "$folder/headers.$1.$2" -o "$folder/got.$1.$2" \
            -w '%{http_code}' "$FAASM_SERVER/v1/functions/$1/$name/invoke")
        if [ "$name" == talk ]; then
            call=$(sed -n 's/^X-Faasm-Call-Id: \([0-9]*\).*/\1/p' "$folder/headers.$1.$2")
            curl -s --max-time 60 -o "$folder/got.$1.$2" "$FAASM_SERVER/v1/calls/$call/logs"
        fi
        got="$got $(tr -d '\0' <"$folder/got.$1.$2" | tr '\n' ' ')"
        [[ $got =~ ^$wanted ]] || echo "$1/$name: wanted '$wanted', got '${got:0:200}'" >>"$folder/wrong"
        count=$((count + 1))
    done
    echo "$count" >>"$folder/counts"
}

# Saturates the workers with short calls, cancels some that would not end, and fills a queue.
saturate() {
    local call code
    while [ "$SECONDS" -lt "$seconds" ]; do
        "$faasm" bench ada/echo -n 2000 -c 8 >/dev/null 2>>"$folder/wrong"
        call=$("$faasm" invoke bob/long --async)
        "$faasm" cancel "$call" 2>/dev/null
        for _ in 1 2 3 4; do
            code=$(curl -s --max-time 60 -X POST -o "$folder/queued" -w '%{http_code}' \
                "$FAASM_SERVER/v1/functions/bob/narrow/invoke?async=1")
            echo "$code" >>"$folder/queue"
        done
    done
}

threads() { ls "/proc/$server/task" | wc -l; }
resident() { curl -s "$FAASM_SERVER/metrics" | sed -n 's/^process_resident_memory_bytes //p' | cut -d. -f1; }

hash_wanted=$("$faasm" invoke ada/hash --data 'text of a call')
# Memory counts from when each kind has run and the records are full.
"$faasm" bench ada/echo -n 3000 -c 8 >/dev/null
before=
SECONDS=0
jobs=()
for user in ada bob; do
    for number in 1 2 3; do
        load $user $number &
        jobs+=($!)
    done
done
saturate &
jobs+=($!)
sleep $((seconds / 3))
before=$(resident)
threads_before=$(threads)
wait "${jobs[@]}"
for _ in $(seq 100); do
    [ "$("$faasm" status --json | jq '.calls_running + .calls_queued')" == 0 ] && break
    sleep 0.1
done
after=$(resident)
threads_after=$(threads)
assert_eq "wrong answers" "" "$(head -n 5 "$folder/wrong" 2>/dev/null)"
assert_eq "calls left" 0 "$("$faasm" status --json | jq '.calls_running + .calls_queued')"
assert_eq "bodies left" 0 "$(curl -s "$FAASM_SERVER/metrics" | sed -n 's/^faasm_http_body_bytes //p')"
assert_eq "a full queue" "202 429" "$(sort -u "$folder/queue" | xargs)"
checks=$((checks + 2))
# So many more as may run in place of blocked ones, or beside slow ones; idle ones end after 5 s.
sleep 6
[ "$(threads)" -le "$((threads_before + 1))" ] || fail "threads grew from $threads_before to $(threads)"
[ "$after" -lt $((before + before / 5 + 20000000)) ] || fail "memory grew from $before to $after bytes"
echo "$(awk '{ sum += $1 } END { print sum }' "$folder/counts") checked calls in $SECONDS s; $before, then $after bytes resident; $threads_before, then $threads_after threads"
stop_server
finish
