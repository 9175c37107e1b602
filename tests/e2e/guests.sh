#!/bin/bash
# The examples, uploaded to a server and invoked: that they compute what they say, also when called again.
# The word count is checked against coreutils.
. "$FAASM_SOURCE_DIR/tests/e2e/lib.sh"
need jq
examples=$FAASM_BUILD_DIR/examples
export LC_ALL=C

assert_same() { # assert_same NAME EXPECTED_FILE ACTUAL_FILE
    checks=$((checks + 1))
    diff "$2" "$3" >"$folder/diff" || fail "$1: $(head -c 500 "$folder/diff")"
}

invoke() { # invoke NAME INPUT_FILE: the output, in $folder/actual
    "$faasm" invoke "test/$1" --input "$2" --output "$folder/actual" ||
        fail "$1 ended with status $?"
}

output_of() { # output_of NAME INPUT
    printf %s "$2" >"$folder/input"
    invoke "$1" "$folder/input"
}

check_wordcount() { # check_wordcount NAME FILE
    {
        echo "total words: $(wc -w <"$2")"
        tr -s '[:space:]' '\n' <"$2" | grep -a '[[:graph:]]' | sort | uniq -c |
            sort -k1,1nr -k2 | head -10 | sed 's/^ *//'
    } >"$folder/expected"
    invoke wordcount "$2"
    assert_same "word count of $1" "$folder/expected" "$folder/actual"
}

start_server
for wasm in "$examples"/*.wasm; do
    name=$(basename "$wasm" .wasm)
    "$faasm" upload "test/$name" "$wasm" >/dev/null || fail "upload of $name"
done

id=$("$faasm" invoke test/hello --async --json | jq -r .call)
for _ in $(seq 100); do
    [ "$("$faasm" status "$id" --json | jq -r .status)" != succeeded ] || break
    sleep 0.1
done
assert_eq "hello" "Hello from hello" "$("$faasm" logs "$id")"

invoke echo "$examples/echo.wasm"
cmp "$examples/echo.wasm" "$folder/actual" || fail "echo of a binary file"

for n in 0 1 999 1000 1001 1000000; do
    echo "$((n * (n + 1) * (2 * n + 1) / 6))" >"$folder/expected"
    output_of chain_pointer "$n"
    assert_same "chain_pointer $n" "$folder/expected" "$folder/actual"
done

for n in 0:0 2:1 1000:168 1000003:78499 9999999:664579; do
    echo "${n#*:} primes up to ${n%:*}" >"$folder/expected"
    output_of zygote "${n%:*}"
    assert_same "zygote ${n%:*}" "$folder/expected" "$folder/actual"
done

license=$FAASM_SOURCE_DIR/LICENSE
tr 'A-Z' 'a-z' <"$license" | grep -o '[a-z]' | sort | uniq -c | awk '{print $2, $1}' >"$folder/expected"
invoke letters "$license"
assert_same "letters" "$folder/expected" "$folder/actual"

# A text of some MB, so that there are many pieces; words longer than a piece; bytes that are not text; no
# newline at the end; nothing.
for _ in $(seq 300); do cat "$license"; done >"$folder/text"
find /usr/share/doc -type f -name copyright 2>/dev/null | sort | head -100 | xargs -r cat >>"$folder/text"
check_wordcount "a real text of $(stat -c %s "$folder/text") bytes" "$folder/text"
{ head -c 600000 /dev/zero | tr '\0' a; printf ' b '; head -c 262144 /dev/zero | tr '\0' a; } >"$folder/long"
check_wordcount "long words" "$folder/long"
head -c 1500000 "$FAASM_BUILD_DIR/bin/faasm" >"$folder/binary"
check_wordcount "a program" "$folder/binary"
printf 'no newline\v\f\r\t at the end \303\251 caf\303\251' >"$folder/short"
check_wordcount "a short text" "$folder/short"
: >"$folder/empty"
check_wordcount "nothing" "$folder/empty"
check_wordcount "a short text, again" "$folder/short"
# Shared state: HOGWILD learns what the plain program learns.
clang-19 -O2 -o "$folder/sgd_native" "$FAASM_SOURCE_DIR/examples/sgd/sgd_native.c" -lm || fail "sgd_native"
find /usr/share/common-licenses -type f | sort | xargs "$folder/sgd_native" --make "$folder/sgd_data" >/dev/null
plain=$("$folder/sgd_native" "$folder/sgd_data" 20)
"$faasm" state set test/sgd%2Fdata "$folder/sgd_data" || fail "data set"
for workers in 1 8 8; do
    output_of sgd "20 $workers"
    assert_eq "sgd with $workers workers: rows and columns" "${plain% accuracy*}" "$(sed 's/ accuracy.*//' "$folder/actual")"
    difference=$(awk -v a="${plain##* }" -v b="$(sed 's/.* //' "$folder/actual")" 'BEGIN { print a - b }')
    awk -v d="$difference" 'BEGIN { exit !(d < 0.03 && d > -0.03) }' ||
        fail "sgd with $workers workers: accuracy is off by $difference from ${plain##* }"
done
assert_eq "the weights are pushed" 262144 "$("$faasm" state get test/sgd%2Fweights | wc -c)"

# A product in blocks, checked by one in plain C.
cat >"$folder/product.c" <<'PRODUCT'
#include <stdio.h>
#include <stdint.h>
#include <stdlib.h>
static double *fill(uint32_t n, uint32_t block, uint32_t seed) { /* stored block by block */
    double *m = malloc(8ul * n * n);
    for (uint32_t i = 0; i < n * n; i++) {
        uint32_t b = i / (block * block), in = i % (block * block), per = n / block;
        seed = seed * 1664525u + 1013904223u;
        m[(b / per * block + in / block) * n + b % per * block + in % block] = seed >> 28;
    }
    return m;
}
int main(int argc, char **argv) {
    uint32_t n = (uint32_t)atoi(argv[1]), block = (uint32_t)atoi(argv[argc - 1]), per = n / block;
    double *a = fill(n, block, 1), *b = fill(n, block, 2), sum = 0;
    for (uint32_t i = 0; i < n; i++) {
        for (uint32_t j = 0; j < n; j++) {
            double c = 0;
            for (uint32_t k = 0; k < n; k++) {
                c += a[i * n + k] * b[k * n + j];
            }
            uint32_t at = (i / block * per + j / block) * block * block + i % block * block + j % block;
            sum += c * (at % 7 + 1);
        }
    }
    printf("%.0f\n", sum);
}
PRODUCT
clang-19 -O2 -o "$folder/product" "$folder/product.c" || fail "product"
for size in "64 64" "256 64" "192 16"; do
    # shellcheck disable=SC2086
    "$folder/product" $size >"$folder/expected"
    "$faasm" state rm test/matmul%2Fc 2>/dev/null
    output_of matmul "$size"
    assert_same "matmul $size" "$folder/expected" "$folder/actual"
done
stop_server
finish
