#!/bin/bash
# The cache of `faasm run`: its bound, objects in use, and kill -9 while it is written.
source "$(dirname "$0")/lib.sh"
export FAASM_CACHE=$folder/cache

for name in a b c; do
    guest $name <<C
#include <stdio.h>
#include <unistd.h>
static char room[3000] = "$name";
int main(int argc, char **argv) {
    (void)argv;
    puts(room);
    fflush(stdout);
    if (argc > 1) { char byte; read(0, &byte, 1); }
    return 0;
}
C
done
objects() { find "$FAASM_CACHE" -name '*.so' | wc -l; }

test_bound() {
    local name
    for name in a b c; do
        assert_eq "run $name" $name "$(FAASM_CACHE_MB=100 "$faasm" run "$folder/$name.wasm")"
    done
    assert_eq "all are kept" 3 "$(objects)"
    # One runs and waits; whatever the bound, it and what is being added stay.
    mkfifo "$folder/input"
    "$faasm" run "$folder/a.wasm" wait <"$folder/input" >"$folder/output" &
    local waiting=$!
    exec 7>"$folder/input"
    until [ -s "$folder/output" ]; do sleep 0.02; done
    find "$FAASM_CACHE" -name '*.so' -newer "$folder/c.wasm" | xargs touch -d '1 hour ago'
    guest d <<<'int main(void) { return 0; }'
    FAASM_CACHE_MB=0 "$faasm" run "$folder/d.wasm" || fail "run with a cache of nothing"
    assert_eq "the one that runs, and the one that was added" 2 "$(objects)"
    exec 7>&-
    wait $waiting || fail "the waiting one ended with $?"
    assert_eq "again" b "$(FAASM_CACHE_MB=0 "$faasm" run "$folder/b.wasm")"
    assert_eq "now it is alone" 1 "$(objects)"
}

test_kill() {
    local round
    for round in $(seq 25); do
        rm -rf "$FAASM_CACHE"
        setsid "$faasm" run "$folder/a.wasm" >/dev/null 2>&1 &
        sleep "0.$(printf %03d $((RANDOM % 250)))"
        kill -9 -- -$! 2>/dev/null
        wait $! 2>/dev/null
        assert_eq "round $round" a "$("$faasm" run "$folder/a.wasm" 2>&1)"
        assert_eq "round $round, again" a "$("$faasm" run "$folder/a.wasm" 2>&1)"
    done
}

test_damage() {
    local object
    object=$(find "$FAASM_CACHE" -name '*.so')
    head -c 2000 "$object" >"$folder/cut" && cp "$folder/cut" "$object"
    assert_eq "a cut object is made again" a "$("$faasm" run "$folder/a.wasm" 2>&1)"
    : >"$object"
    assert_eq "an empty one, too" a "$("$faasm" run "$folder/a.wasm" 2>&1)"
}

test_bound
test_kill
test_damage
finish
