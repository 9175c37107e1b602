#!/bin/bash
# `faasm doctor`: its report, and that it sees what is missing.
. "${FAASM_SOURCE_DIR:?}/tests/e2e/lib.sh"
need jq
export FAASM_CACHE=$folder/cache
cd "$folder" || exit 1

"$faasm" doctor >report
assert_eq "this machine will do" 0 $?
assert_match "checks" "ok +openat2 " "$(<report)"
assert_match "the compiler" "ok +codegen +compiles" "$(<report)"
"$faasm" doctor --json >report.json
assert_eq "as JSON" true "$(jq .ok report.json)"
assert_eq "one status of three each" "" \
    "$(jq -r '.checks[] | select(.status != "ok" and .status != "warn" and .status != "fail") | .name' report.json)"
assert_eq "as many lines as checks" "$(grep -cE '^(ok|warn|fail) ' report)" "$(jq '.checks | length' report.json)"
assert_eq "advice where it is not ok, only there" "" \
    "$(jq -r '.checks[] | select((.status == "ok") != (.advice == "")) | .name' report.json)"

failing() { # failing: the names of the failed checks
    "$faasm" doctor --json >report.json
    assert_eq "status with $1" 1 $?
    jq -r '.checks[] | select(.status == "fail") | .name' report.json | xargs
}
assert_eq "a cache that cannot be" cache "$(FAASM_CACHE=/proc/none failing "no cache")"
cp "$faasm" alone
faasm=$folder/alone
assert_eq "programs that are missing" "codegen network_program" "$(failing "a lone program")"
faasm=$FAASM_BUILD_DIR/bin/faasm
assert_eq "without clang functions still run" "true clang cc" \
    "$(PATH=/nonexistent "$faasm" doctor --json | jq -r '[.ok, (.checks[] | select(.name == "clang" or .name == "cc") | select(.status == "warn") | .name)] | join(" ")')"
# A build with AddressSanitizer needs more than that to start at all.
if (ulimit -v 4000000; "$faasm" --help) >/dev/null 2>&1; then
    assert_eq "too little address space" reservations \
        "$(ulimit -v 4000000; "$faasm" doctor --json | jq -r '.checks[] | select(.name == "reservations" and .status == "fail") | .name')"
fi
assert_match "help" "--json" "$("$faasm" doctor --help)"
"$faasm" doctor --nonsense 2>/dev/null
assert_eq "wrong usage" 2 $?
finish
