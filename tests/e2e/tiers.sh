#!/bin/bash
# Code in two tiers through a real server: quickly compiled, then optimised; kill -9 between and in
# the middle of compiling.
source "$(dirname "$0")/lib.sh"
need curl jq

# Large enough for two tiers.
works=220
{
    echo '#include <faasm.h>'
    for ((i = 0; i < works; i++)); do
        echo "__attribute__((noinline)) static double work$i(double *a, int n, int *v) {
            double sum = $i;
            for (int j = 0; j < n; j++) { sum += a[j] * (j ^ $i); a[(j * $i) & 15] = sum / (j + 1); v[j & 7] += (int)a[j & 15] >> 3; }
            for (int j = n; j > 0; j--) { if (v[j & 7] % 3 == $i % 3) sum -= a[j & 15]; else a[j & 15] += v[j & 7]; }
            return sum; }"
    done
    echo 'int main(void) { double a[16] = {1, 2, 3}; int v[8] = {1}; double sum = 0;'
    for ((i = 0; i < works; i++)); do echo "sum += work$i(a, 9, v);"; done
    echo 'char text[2] = {sum != v[0] ? 49 : 48, 0}; write_call_output(text, 1); return 0; }'
} | guest large
guest small <"$FAASM_SOURCE_DIR/examples/echo/echo.c"
large=$folder/large.wasm

tier() { "$faasm" status --json "$1" | jq -r '"\(.tier) \(.optimising) \(.opt_level)"'; }

await_tier() { # await_tier FUNCTION WANTED
    local attempt now
    for attempt in $(seq 1200); do
        now=$(tier "$1")
        [ "$now" == "$2" ] && return
        sleep 0.05
    done
    fail "$1 is '$now', not '$2' (attempt $attempt)"
}

start_server --optimise-kb 32

test_small() {
    "$faasm" upload ada/small "$folder/small.wasm" >/dev/null
    assert_eq "a small module is optimised at once" "optimised done 2" "$(tier ada/small)"
    "$faasm" upload ada/small "$folder/small.wasm" --opt-level 3 >/dev/null
    assert_eq "at the level that was asked for" "optimised done 3" "$(tier ada/small)"
    assert_match "a level that is none" "0 to 3" \
        "$("$faasm" upload ada/small "$folder/small.wasm" --opt-level 4 2>&1)"
    http 400 PUT '/v1/functions/ada/small?opt_level=4' --data-binary @"$folder/small.wasm"
}

test_wait() {
    local said
    said=$("$faasm" upload ada/waits "$large" --opt-level 1 --wait)
    assert_match "waiting" $'compiled in [0-9.]+ s; optimised code follows\noptimised in [0-9.]+ s' "$said"
    assert_eq "optimised" "optimised done 1" "$(tier ada/waits)"
    said=$("$faasm" upload ada/again "$large" --opt-level 1 --wait)
    assert_match "in the cache" 'compiled before$' "$said"
    "$faasm" upload ada/quick "$large" --opt-level 0 >/dev/null
    assert_eq "level 0 is all of it" "baseline off 0" "$(tier ada/quick)"
}

test_calls_meanwhile() {
    "$faasm" upload ada/large "$large" >/dev/null
    assert_eq "ready after the quick compiler" "baseline" "$(tier ada/large | cut -d' ' -f1)"
    local calls=0 tiers=
    until [[ $tiers == *optimised* ]] || [ $calls -gt 3000 ] || [ $failures -gt 5 ]; do
        assert_eq "call $calls" 1 "$("$faasm" invoke ada/large)"
        calls=$((calls + 1))
        tiers+=" $(tier ada/large | cut -d' ' -f1)"
    done
    assert_match "from one to the other" '^( baseline)+ optimised$' "$tiers"
    assert_eq "after" 1 "$("$faasm" invoke ada/large)"
}

# Whatever is killed when: what is in the cache afterwards is whole, and the work goes on.
test_kill() {
    local round
    for round in 1 2 3 4 5 6; do
        "$faasm" rm ada/large 2>/dev/null
        "$faasm" upload ada/large "$large" --opt-level 1 >"$folder/upload" 2>&1 &
        sleep "0.$((RANDOM % 6))$((RANDOM % 10))"
        pkill -9 -P "$server" -x faasm-codegen
        kill_server
        wait %% 2>/dev/null
        start_server --optimise-kb 32
        if ! tier ada/large >/dev/null 2>&1; then
            "$faasm" upload ada/large "$large" --opt-level 1 >/dev/null
        fi
        assert_eq "round $round: call" 1 "$("$faasm" invoke ada/large)"
    done
    await_tier ada/large "optimised done 1"
    assert_eq "optimised" 1 "$("$faasm" invoke ada/large)"
    stop_server
    assert_eq "only whole objects" "" "$(find "$folder/data/objects" -type f ! -name '*.so')"
    start_server --optimise-kb 32
    assert_eq "still there" "optimised done 1" "$(tier ada/large)"
    assert_eq "and runs" 1 "$("$faasm" invoke ada/large)"
}

test_failure() {
    stop_server
    cat >"$folder/compiler" <<SH
#!/bin/sh
case "\$*" in *'--opt-level 3'*) exit 3 ;; esac
exec $FAASM_BUILD_DIR/bin/faasm-codegen "\$@"
SH
    chmod +x "$folder/compiler"
    start_server --optimise-kb 0 --codegen "$folder/compiler"
    assert_fails "waiting for what fails" "runs, but could not be optimised: .*status 3" \
        "$faasm" upload bob/fails "$folder/small.wasm" --opt-level 3 --wait
    assert_eq "status" "baseline failed 0" "$(tier bob/fails)"
    assert_match "why" "status 3" "$("$faasm" status bob/fails)"
    assert_eq "it runs" hello "$("$faasm" invoke bob/fails --data hello)"
}

test_small
test_wait
test_calls_meanwhile
test_kill
test_failure
stop_server
finish
