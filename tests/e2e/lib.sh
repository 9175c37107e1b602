# Helpers of the end-to-end tests; sourced by them, not a test itself.
#   $faasm     the program
#   $folder    a fresh folder, removed at the end
#   serve NAME [ARGUMENT...]     `faasm serve` on a free port with its data in $folder/NAME; sets $served (its
#                                process id) and $served_url
#   start_server [ARGUMENT...]   the same as the server of the test, in $folder/data; sets $server, $port, and
#                                FAASM_SERVER
#   stop_server                  SIGTERM; fails unless it ends with status 0
#   kill_server                  kill -9
#   assert_eq NAME WANTED GOT, assert_match NAME PATTERN TEXT, assert_fails NAME PATTERN COMMAND...
#   http STATUS METHOD PATH [CURL ARGUMENT...]   a request; its status is checked, $body and $headers are set
#   wait_for CALL STATUS         until the call has the status, up to 10 s
#   guest NAME                   compiles the C program on stdin to $folder/NAME.wasm
#   finish                       the last line of a test: its exit status
set -u -o pipefail
: "${FAASM_BUILD_DIR:?}" "${FAASM_SOURCE_DIR:?}"
faasm=$FAASM_BUILD_DIR/bin/faasm
folder=$(mktemp -d)
server=
failures=0
checks=0
trap 'kill -9 $(jobs -p) 2>/dev/null; rm -rf "$folder"' EXIT
# A server that closes a connection while a test writes to it must not end the test.
trap '' PIPE

need() { # need TOOL...: the test is skipped without them
    local tool
    for tool in "$@"; do
        command -v "$tool" >/dev/null || { echo "skipped: no $tool"; exit 77; }
    done
}

fail() {
    echo "FAILED: $*"
    failures=$((failures + 1))
}

assert_eq() {
    checks=$((checks + 1))
    [ "$2" == "$3" ] || fail "$1: wanted '${2:0:300}', got '${3:0:300}'"
}

assert_match() {
    checks=$((checks + 1))
    [[ $3 =~ $2 ]] || fail "$1: no '$2' in '${3:0:500}'"
}

assert_fails() {
    local name=$1 pattern=$2 message
    shift 2
    checks=$((checks + 1))
    if message=$("$@" 2>&1 >/dev/null); then
        fail "$name: succeeded: $*"
    elif ! [[ $message =~ $pattern ]]; then
        fail "$name: no '$pattern' in '${message:0:500}'"
    elif [ "$(wc -l <<<"$message")" != 1 ]; then
        fail "$name: more than one line: '${message:0:500}'"
    fi
}

serve() {
    local name=$1 attempt
    shift
    : >"$folder/$name.out"
    "$faasm" serve --port 0 --folder "$folder/$name" "$@" >"$folder/$name.out" 2>>"$folder/server.log" &
    served=$!
    for attempt in $(seq 300); do
        served_url=$(sed -n 's/^faasm: listening on //p' "$folder/$name.out")
        [ -z "$served_url" ] || return 0
        kill -0 "$served" 2>/dev/null || break
        sleep 0.1
    done
    echo "FAILED: the server did not start (attempt $attempt)"
    cat "$folder/server.log"
    exit 1
}

start_server() {
    serve data "$@"
    server=$served
    export FAASM_SERVER=$served_url
    port=${FAASM_SERVER##*:}
}

stop_server() {
    local status=0
    kill -TERM "$server"
    wait "$server" || status=$?
    server=
    checks=$((checks + 1))
    [ $status == 0 ] || fail "the server ended with status $status: $(tail -n 20 "$folder/server.log")"
}

kill_server() {
    kill -9 "$server"
    wait "$server" 2>/dev/null
    server=
}

# http STATUS METHOD PATH [CURL ARGUMENT...]: the status is checked; the body is in $body, headers in $headers.
http() {
    local wanted=$1 method=$2 path=$3 status
    shift 3
    status=$(curl -s --path-as-is -X "$method" -D "$folder/headers" -o "$folder/body" -w '%{http_code}' \
        --max-time 60 "$@" "$FAASM_SERVER$path")
    body=$(tr -d '\0' <"$folder/body")
    headers=$(tr -d '\r' <"$folder/headers")
    assert_eq "$method $path: status" "$wanted" "$status"
    if [ "$wanted" -ge 400 ]; then
        assert_match "$method $path: error" '^[a-z_]+ .+' "$(jq -r '.error.code + " " + .error.message' <<<"$body" 2>&1)"
    fi
    : >"$folder/body"
}

wait_for() { # wait_for CALL STATUS
    local attempt status
    for attempt in $(seq 500); do
        status=$("$faasm" status --json "$1" | jq -r .status)
        [ "$status" == "$2" ] && return
        sleep 0.02
    done
    fail "call $1 is $status and not $2 (attempt $attempt)"
}

guest() { # guest NAME: the program on stdin, as $folder/NAME.wasm
    cat >"$folder/$1.c"
    "$faasm" cc -o "$folder/$1.wasm" "$folder/$1.c" || { echo "FAILED: cc $1"; exit 1; }
}

finish() {
    if [ "$failures" != 0 ]; then
        echo "$failures of $checks checks failed; the server said:"
        tail -n 40 "$folder/server.log" 2>/dev/null
        exit 1
    fi
    echo "$checks checks passed"
}
