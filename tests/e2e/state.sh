#!/bin/bash
# State as guests see it: every function of the section, misuse, deadlocks, and what calls must not see.
. "$FAASM_SOURCE_DIR/tests/e2e/lib.sh"
need jq

"$faasm" cc -O2 -Wall -Wextra -o "$folder/state.wasm" "$FAASM_SOURCE_DIR/tests/guests/state.c" || exit 1

say() { printf '%s' "$*" >"$folder/input"; }

# Without a server: state of one process.
assert_eq "all, in faasm run" "all as it should be" "$("$faasm" run "$folder/state.wasm" 2>&1)"
mkdir "$folder/files"
say files
"$faasm" run --dir "$folder/files::/" --input "$folder/input" "$folder/state.wasm" || fail "state from a file"

start_server
"$faasm" upload ada/state "$folder/state.wasm" >/dev/null || fail "upload"
"$faasm" upload bob/state "$folder/state.wasm" >/dev/null || fail "upload"

call() { # call USER WORDS...
    local user=$1
    shift
    say "$@"
    "$faasm" invoke "$user/state" --input "$folder/input"
}

# The call traps with a message like this, and a backtrace.
assert_refused() { # assert_refused NAME PATTERN USER WORDS...
    local name=$1 pattern=$2 message
    shift 2
    checks=$((checks + 1))
    if message=$(call "$@" 2>&1 >/dev/null); then
        fail "$name: succeeded"
    elif ! [[ $message =~ $pattern ]]; then
        fail "$name: no '$pattern' in '${message:0:500}'"
    fi
}

call ada all || fail "all, in a server"

while read -r what pattern; do
    assert_refused "misuse: $what" "$pattern" ada misuse "$what"
done <<'MISUSE'
long-key longer than 512
empty-key 1 to 512
key-pointer out of bounds
data-pointer __faasm_write_state
offset 3 bytes at 8 of a value of 10
offset-overflow 3 bytes at 4294967294
read-offset 3 bytes at 4294967294
map-offset 255 bytes at 4294967040
mark-offset 1 bytes at 11
too-large do not fit|is full
nothing no value 'does-not-exist'
unlock does not have the write lock
unlock-global does not have the read lock
buffer more than 4 bytes
file cannot be opened
MISUSE
call ada misuse longest-key || fail "a key of 512 bytes"
# The later of the two waits is the one that is refused.
message=$(call ada deadlock-await 2>&1) || assert_match "deadlock by awaiting" deadlock "$message"
assert_refused "deadlock with itself" deadlock ada deadlock-self

# Users do not see each other's values.
call ada set secret mine && call ada push secret || fail "set"
assert_eq "own" mine "$(call ada get secret)"
assert_eq "another user's" "" "$(call bob get secret)"

# A value that one call has mapped is no part of the next call's memory.
for size in 10 100000 200000; do
    call ada map mapped $size || fail "map"
    assert_refused "behind the memory" "out of bounds memory access" ada behind
    call ada map mapped $size || fail "map again"
done

# Pushed values survive the process, others do not.
call ada set lasting here && call ada push lasting && call ada set fleeting here || fail "set"
kill_server
start_server
assert_eq "pushed" here "$(call ada get lasting)"
assert_eq "not pushed" "" "$(call ada get fleeting)"
stop_server
finish
