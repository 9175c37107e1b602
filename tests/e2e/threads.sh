#!/bin/bash
# Guest threads through the whole system: 64 of them that count, use files, state and other calls at
# the same time; what ends them; limits; programs that cannot have threads.
source "$(dirname "$0")/lib.sh"
need curl jq clang-19 wasm-ld-19

# Without clang as a linker, which would run a wasm-opt that drops the names.
threaded() { # threaded SOURCE NAME [CLANG ARGUMENT...]
    local source=$1 name=$2
    shift 2
    clang-19 --target=wasm32-wasi -O2 -matomics -mbulk-memory "$@" -c "$source" -o "$folder/$name.o" &&
        wasm-ld-19 --no-entry --shared-memory --import-memory --max-memory=67108864 \
            "$folder/$name.o" -o "$folder/$name.wasm" || fail "compiling $name"
}
threaded "$FAASM_SOURCE_DIR/tests/guests/threads.c" threads

ended() { # ended CALL STATUS: waits until it has
    local attempt
    for ((attempt = 0; attempt < 200; attempt++)); do
        [ "$("$faasm" status "$1" --json | jq -r .status)" == "$2" ] && return
        sleep 0.1
    done
    fail "call $1 is not $2"
}
guest echo <"$FAASM_SOURCE_DIR/examples/echo/echo.c"

# ---- The module as it is ----
text=$("$faasm" objdump "$folder/threads.wasm")
assert_match "objdump: the import" 'thread-spawn.*provided by the host: *yes' "$text"
assert_match "objdump: the memory" 'memory.*provided by the host: *yes' "$text"

start_server --cpu-ms 20000
upload() { "$faasm" upload "$@" >/dev/null || fail "upload $*"; }
upload ada/threads "$folder/threads.wasm"
upload ada/echo "$folder/echo.wasm"
run() { "$faasm" invoke ada/threads --data "$1" 2>&1; }

# ---- What they do ----
for ((i = 0; i < 3; i++)); do
    assert_eq "exact counts" "count 3200" "$(run count)"
done
assert_eq "files" "files 0" "$(run files)"
assert_eq "descriptors that others close" "close 0" "$(run close)"
assert_eq "chained calls" "chain 0" "$(run chain)"
assert_eq "growing memory" "grow 0" "$(run grow)"
for ((i = 0; i < 5; i++)); do
    assert_eq "growing and mapping" "map 0" "$(run map)"
done
assert_eq "modules are not loaded meanwhile" "open 64" "$(run open)"
assert_eq "lines" "lines 0" "$(run lines)"
id=$("$faasm" invoke ada/threads --data lines --async)
ended "$id" succeeded
assert_eq "no line is lost or cut" 3200 "$("$faasm" logs "$id" | grep -c '^a line$')"
assert_match "one of the outputs" '^(.)\1*$' "$(run outputs)"
assert_eq "locks and values of state" "state 640" "$(run state)"

# ---- What ends them ----
assert_eq "the main thread returns" "leave 64" "$(run leave)"
assert_match "a trap" 'unreachable' "$(run trap)"
id=$("$faasm" invoke ada/threads --data trap --async)
ended "$id" trapped
assert_match "its backtrace" 'fails_on_purpose' "$("$faasm" status "$id")"
"$faasm" invoke ada/threads --data exit >/dev/null 2>&1
assert_eq "an exit" 7 $?

for what in stay burn; do
    id=$("$faasm" invoke ada/threads --data $what --async)
    sleep 0.5
    http 202 DELETE "/v1/calls/$id"
    ended "$id" trapped
    assert_match "cancelled: $what" cancelled "$("$faasm" status "$id")"
done
upload ada/short "$folder/threads.wasm" --timeout-ms 300
assert_match "deadline" 'deadline' "$("$faasm" invoke ada/short --data stay 2>&1)"
assert_match "deadline in a bomb" 'deadline' "$("$faasm" invoke ada/short --data bomb 2>&1)"
upload ada/lean "$folder/threads.wasm" --cpu-ms 300
assert_match "CPU time of all threads" 'CPU time' "$("$faasm" invoke ada/lean --data burn 2>&1)"

# ---- Limits, and programs that cannot ----
upload ada/few "$folder/threads.wasm" --threads 5
assert_eq "no more than five" "leave 5" "$("$faasm" invoke ada/few --data leave)"
cat >"$folder/unfit.c" <<'C'
__attribute__((import_module("wasi"), import_name("thread-spawn"))) int spawn(int argument);
static int cell = 1;
__attribute__((export_name("_start"))) void run(void) { spawn(*(volatile int *)&cell); }
#ifdef START
__attribute__((export_name("wasi_thread_start"))) void start START
#endif
C
threaded "$folder/unfit.c" unfit
upload ada/unfit "$folder/unfit.wasm"
assert_match "no entry" 'does not export wasi_thread_start' "$("$faasm" invoke ada/unfit 2>&1)"
threaded "$folder/unfit.c" unfit "-DSTART=(long long argument) {}"
upload ada/unfit "$folder/unfit.wasm"
assert_match "another type" 'does not export wasi_thread_start' "$("$faasm" invoke ada/unfit 2>&1)"
clang-19 --target=wasm32-wasi -nostdlib -Wl,--no-entry "-DSTART=(int id, int argument) {}" \
    "$folder/unfit.c" -o "$folder/unfit.wasm"
upload ada/unfit "$folder/unfit.wasm"
assert_match "memory of its own" 'not shared' "$("$faasm" invoke ada/unfit 2>&1)"

# ---- Used again and again ----
seq 200 | xargs -P 4 -I{} "$faasm" invoke ada/threads --data count >"$folder/counts" 2>&1
assert_eq "200 calls" 200 "$(grep -o 'count 3200' "$folder/counts" | wc -l)"
assert_eq "no thread is left" 0 "$(ls "/proc/$server/task" | wc -l | awk '{print ($1 > 60)}')"
stop_server
finish
