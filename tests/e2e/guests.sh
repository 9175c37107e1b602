#!/bin/bash
# The examples in a host on node's V8 (guest_host.mjs): that what is compiled is right, whatever the
# real host does with it. The word count is checked against coreutils.
set -u -o pipefail

: "${FAASM_BUILD_DIR:?}" "${FAASM_SOURCE_DIR:?}"
examples=$FAASM_BUILD_DIR/examples
command -v node > /dev/null || { echo "skipped: no node"; exit 77; }
[ -e "$examples/hello.wasm" ] || { echo "the examples are not built"; exit 1; }
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
failures=0
export LC_ALL=C

guest() { node --no-warnings "$FAASM_SOURCE_DIR/tests/e2e/guest_host.mjs" "$@"; }

check_same() { # check_same NAME EXPECTED_FILE ACTUAL_FILE
    if ! diff "$2" "$3" > "$folder/diff"; then
        echo "FAILED: $1"
        sed 's/^/    /' "$folder/diff"
        failures=$((failures + 1))
    fi
}

output_of() { # output_of NAME INPUT: the output, in $folder/actual
    printf %s "$2" > "$folder/input"
    guest "f=$examples/$1.wasm" --input "$folder/input" --output "$folder/actual" --calls 2
}

wordcount_coreutils() {
    echo "total words: $(wc -w < "$1")"
    tr -s '[:space:]' '\n' < "$1" | grep -a '[[:graph:]]' | sort | uniq -c |
        sort -k1,1nr -k2 | head -10 | sed 's/^ *//'
}

check_wordcount() { # check_wordcount NAME FILE
    wordcount_coreutils "$2" > "$folder/expected"
    guest "wordcount=$examples/wordcount.wasm" "wordcount_map=$examples/wordcount_map.wasm" \
        --input "$2" --output "$folder/actual" > "$folder/log" || failures=$((failures + 1))
    check_same "word count of $1" "$folder/expected" "$folder/actual"
}

[ "$(guest "hello=$examples/hello.wasm")" = "Hello from hello" ] || {
    echo "FAILED: hello"
    failures=$((failures + 1))
}

guest "f=$examples/echo.wasm" --input "$examples/echo.wasm" --output "$folder/actual"
cmp "$examples/echo.wasm" "$folder/actual" || failures=$((failures + 1))

for n in 0 1 999 1000 1001 1000000; do
    echo "$((n * (n + 1) * (2 * n + 1) / 6))" > "$folder/expected"
    output_of chain_pointer "$n"
    check_same "chain_pointer $n" "$folder/expected" "$folder/actual"
done

for n in 0:0 2:1 1000:168 1000003:78499 9999999:664579; do
    echo "${n#*:} primes up to ${n%:*}" > "$folder/expected"
    output_of zygote "${n%:*}"
    check_same "zygote ${n%:*}" "$folder/expected" "$folder/actual"
done

license=$FAASM_SOURCE_DIR/LICENSE
tr 'A-Z' 'a-z' < "$license" | grep -o '[a-z]' | sort | uniq -c | awk '{print $2, $1}' > "$folder/expected"
guest "f=$examples/letters.wasm" --input "$license" --output "$folder/actual" > "$folder/log"
check_same "letters" "$folder/expected" "$folder/actual"

# A text of some MB, so that there are many pieces; of words longer than a piece; with bytes that are
# not text; without a newline at the end; empty.
find /usr/share/doc /usr/share/perl -type f \( -name copyright -o -name '*.pod' \) 2> /dev/null |
    sort | head -400 | xargs cat > "$folder/text"
cat "$license" >> "$folder/text"
check_wordcount "a real text of $(stat -c %s "$folder/text") bytes" "$folder/text"
{ head -c 600000 /dev/zero | tr '\0' a; printf ' b '; head -c 262144 /dev/zero | tr '\0' a; } > "$folder/long"
check_wordcount "long words" "$folder/long"
head -c 1500000 "$FAASM_BUILD_DIR/bin/faasm" > "$folder/binary"
check_wordcount "a program" "$folder/binary"
printf 'no newline\v\f\r\t at the end \303\251 caf\303\251' > "$folder/short"
check_wordcount "a short text" "$folder/short"
: > "$folder/empty"
check_wordcount "nothing" "$folder/empty"

if [ "$failures" -ne 0 ]; then
    echo "$failures failed"
    exit 1
fi
echo "all passed"
