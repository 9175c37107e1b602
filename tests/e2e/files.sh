#!/bin/bash
# Files of users: the store's are read everywhere, what guests write stays on their host, faasm:// is shared.
. "${FAASM_SOURCE_DIR:?}/tests/e2e/lib.sh"
need jq curl

# A guest that does what its input says, a line each, and tells the result of each: words are
# separated by a single space.
guest fs <<'C'
#include <dirent.h>
#include <errno.h>
#include <faasm.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char output[1 << 16];

static int compare(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

static void list(const char *path, char *text) {
    char *names[256];
    int count = 0;
    DIR *folder = opendir(path);
    struct dirent *entry;
    while (folder && (entry = readdir(folder)) && count < 256)
        if (entry->d_name[0] != '.') names[count++] = strdup(entry->d_name);
    if (!folder) { sprintf(text, "%s", strerror(errno)); return; }
    closedir(folder);
    qsort(names, count, sizeof *names, compare);
    for (int i = 0; i < count; i++) text += sprintf(text, "%s%s", i ? "," : "", names[i]);
}

static const char *run(char *line) {
    static char text[8192];
    char *verb = strtok(line, " "), *path = strtok(NULL, " "), *more = strtok(NULL, "");
    int result = 0;
    strcpy(text, "ok");
    errno = 0;
    if (!strcmp(verb, "read")) {
        int fd = open(path, O_RDONLY);
        ssize_t got = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
        if (got >= 0) text[got] = 0;
        result = got < 0 ? -1 : 0;
        int number = errno;
        close(fd);
        errno = number;
    } else if (!strcmp(verb, "byte")) { // at an offset
        FILE *file = fopen(path, "r");
        result = file && fseeko(file, atoll(more), SEEK_SET) == 0 ? 0 : -1;
        if (!result) sprintf(text, "%d", fgetc(file));
        if (file) fclose(file);
    } else if (!strcmp(verb, "write") || !strcmp(verb, "append") || !strcmp(verb, "overwrite")) {
        int fd = open(path, *verb == 'w' ? O_WRONLY | O_CREAT | O_TRUNC : *verb == 'a' ? O_WRONLY | O_APPEND : O_WRONLY, 0644);
        result = fd < 0 || write(fd, more, strlen(more)) != (ssize_t)strlen(more) ? -1 : 0;
        if (fd >= 0 && close(fd) != 0) result = -1;
    } else if (!strcmp(verb, "fill")) { // with so many KB
        static char block[1024];
        int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
        int kilobytes = atoi(more), done = 0;
        while (fd >= 0 && done < kilobytes && write(fd, block, sizeof block) == sizeof block) done++;
        int number = errno;
        close(fd);
        sprintf(text, "%d%s%s", done, done < kilobytes ? " " : "", done < kilobytes ? strerror(number) : "");
    } else if (!strcmp(verb, "trap")) { // in the middle of writing
        int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
        write(fd, "half", 4);
        __builtin_trap();
    } else if (!strcmp(verb, "size")) {
        struct stat status;
        result = stat(path, &status);
        sprintf(text, "%lld", (long long)status.st_size);
    } else if (!strcmp(verb, "list")) list(path, text);
    else if (!strcmp(verb, "unlink")) result = unlink(path);
    else if (!strcmp(verb, "mkdir")) result = mkdir(path, 0755);
    else if (!strcmp(verb, "rmdir")) result = rmdir(path);
    else if (!strcmp(verb, "rename")) result = rename(path, more);
    else if (!strcmp(verb, "link")) result = link(path, more);
    else if (!strcmp(verb, "symlink")) result = symlink(path, more);
    else if (!strcmp(verb, "many")) { // so many empty files
        int i = 0, count = atoi(more);
        char name[64];
        for (; i < count; i++) {
            sprintf(name, "%s/%d", path, i);
            int fd = open(name, O_WRONLY | O_CREAT, 0644);
            if (fd < 0) break;
            close(fd);
        }
        sprintf(text, "%d%s%s", i, i < count ? " " : "", i < count ? strerror(errno) : "");
    } else result = -1;
    if (result != 0) sprintf(text, "%s", strerror(errno));
    return text;
}

int main(void) {
    char input[8192];
    size_t length = read_call_input(input, sizeof input - 1);
    input[length] = 0;
    char *next, *at = output;
    for (char *line = input; line && *line; line = next) {
        next = strchr(line, '\n');
        if (next) *next++ = 0;
        at += sprintf(at, "%s\n", run(line));
    }
    write_call_output(output, at - output);
    return 0;
}
C

on() { # on HOST NAME WANTED LINE...: invokes with the lines there and compares what comes back
    local server=$1 name=$2 wanted=$3
    shift 3
    assert_eq "$name" "$wanted" "$(printf '%s\n' "$@" | "$faasm" invoke --server "$server" ada/fs --input - 2>&1)"
}

store=$folder/store
start_server --files-folder "$store" --files-mb 8 --files-entries 64
first=$FAASM_SERVER
first_process=$server
serve second --files-folder "$store" --files-mb 8 --files-entries 64
second=$served_url
second_process=$served
for server_url in "$first" "$second"; do
    "$faasm" upload --server "$server_url" ada/fs "$folder/fs.wasm" >/dev/null || fail "upload"
    "$faasm" upload --server "$server_url" bob/fs "$folder/fs.wasm" >/dev/null || fail "upload"
done

# ---- The store ----------------------------------------------------------------------------------
printf 'of the store' >"$folder/in"
"$faasm" file put ada/data/a.txt "$folder/in" || fail "put"
printf 'b' | "$faasm" file put ada/b.txt || fail "put of standard input"
assert_eq "get" "of the store" "$("$faasm" file get ada/data/a.txt -)"
assert_eq "ls" "b.txt data/a.txt" "$("$faasm" file ls ada --json | jq -r '[.[].path] | join(" ")')"
assert_eq "ls of a prefix" "data/a.txt" "$("$faasm" file ls ada/data --json | jq -r '[.[].path] | join(" ")')"
assert_fails "get of nothing" "no such file" "$faasm" file get ada/nothing -
assert_fails "a folder in the way" "is a file" "$faasm" file put ada/b.txt/below "$folder/in"
assert_fails "a file in the way" "is a folder" "$faasm" file put ada/data "$folder/in"
assert_fails "a path that leads out" "bad path" "$faasm" file put ada/../bob/x "$folder/in"
http 206 GET /v1/files/ada/data/a.txt -H 'Range: bytes=3-5'
assert_eq "a range" "the" "$body"
assert_match "range header" 'Content-Range: bytes 3-5/12' "$headers"
http 416 GET /v1/files/ada/data/a.txt -H 'Range: bytes=12-'
http 404 DELETE /v1/files/ada/nothing
http 400 PUT /v1/files/ada/a//b --data x

# ---- Global read, local write -------------------------------------------------------------------
on "$first" "read" $'of the store\n12\nb.txt,data' "read /data/a.txt" "size /data/a.txt" "list /"
on "$second" "read on the other host" $'of the store\na.txt' "read /data/a.txt" "list data"
on "$first" "write" $'ok\nlocal\nok\nOF the store' "write /new.txt local" "read new.txt" "overwrite data/a.txt OF" "read data/a.txt"
on "$second" "writes stay local" $'No such file or directory\nof the store' "read /new.txt" "read data/a.txt"
assert_eq "nothing goes back" "of the store" "$("$faasm" file get ada/data/a.txt -)"
assert_eq "nor is it listed" "b.txt data/a.txt" "$("$faasm" file ls ada --json | jq -r '[.[].path] | join(" ")')"
printf 'newer' | "$faasm" file put ada/b.txt
on "$first" "a change of the store shows" newer "read b.txt"
on "$second" "on every host" newer "read b.txt"
printf 'newer, too' | "$faasm" file put ada/data/a.txt
on "$first" "unless the file is local" "OF the store" "read data/a.txt"
on "$second" "where it is not" "newer, too" "read data/a.txt"
on "$first" "deletion" $'ok\nNo such file or directory\na.txt\ndata,new.txt' "unlink b.txt" "read b.txt" "list data" "list /"
on "$second" "deletion is local" newer "read b.txt"
printf 'newest' | "$faasm" file put ada/b.txt
on "$first" "what was deleted stays so" "No such file or directory" "read b.txt"
on "$first" "and can be made anew" $'ok\nmine' "write b.txt mine" "read b.txt"
on "$first" "rename" $'ok\nOF the store\nNo such file or directory' "rename data/a.txt moved" "read moved" "read data/a.txt"
for n in 1 2 3; do printf "in $n" | "$faasm" file put "ada/tree/sub/$n"; done
on "$second" "a folder of the store renames" $'ok\n1,2,3\nin 2\nNo such file or directory' "rename tree wood" "list wood/sub" "read wood/sub/2" "list tree"
on "$first" "on that host only" "in 3" "read tree/sub/3"
"$faasm" file rm ada/tree/sub/3
on "$first" "removed from the store" $'1,2\nNo such file or directory' "list tree/sub" "read tree/sub/3"
on "$second" "but not a copy that is local" "in 3" "read wood/sub/3"
on "$first" "links" $'ok\nok\nin 1\nin 1' "symlink sub tree/s" "link tree/sub/1 hard" "read hard" "read tree/s/1"
assert_eq "users see their own" "No such file or directory" "$(printf 'read /moved\n' | "$faasm" invoke bob/fs --input -)"

# ---- By range -----------------------------------------------------------------------------------
head -c 6000000 /dev/urandom >"$folder/large"
"$faasm" file put ada/large "$folder/large"
wanted=$(od -An -tu1 -j 5000000 -N 1 "$folder/large" | tr -d ' ')
on "$second" "a byte of a large file" $'6000000\n'"$wanted" "size large" "byte large 5000000"
here=$(stat -c '%b' "$folder/second/files/ada/large")
[ $((here * 512)) -lt 3000000 ] || fail "a byte of a large file brought all of it: $here blocks"

# ---- In pieces both ways ------------------------------------------------------------------------
# More than the server may hold of bodies: nothing of it is held. Its memory says so, too.
memory() { awk '/^RssAnon/ { print $2 }' "/proc/$1/status"; }
serve third --files-mb 4000 --bodies-mb 16
FAASM_SERVER=$served_url
head -c 120000000 /dev/zero | tr '\0' z >"$folder/great"
resting=$(memory $served)
"$faasm" file put ada/great "$folder/great" || fail "put of a great file"
[ $(($(memory $served) - resting)) -lt 40000 ] || fail "the server holds what it stores: $resting, $(memory $served)"
"$faasm" file get ada/great "$folder/back" || fail "get of a great file"
assert_eq "a great file" "" "$(cmp "$folder/great" "$folder/back" 2>&1)"
cat "$folder/great" | "$faasm" file put ada/piped # without a length
assert_eq "a great file of a pipe" "$(cksum <"$folder/great")" "$("$faasm" file get ada/piped - | cksum)"
assert_eq "the same contents once" 1 "$(find "$folder/third" -size +100M -type f | wc -l)"
assert_eq "a range of it" "zzzz" "$(curl -s -r 119999996- "$FAASM_SERVER/v1/files/ada/great")"
: >"$folder/empty"
"$faasm" file put ada/empty "$folder/empty" && assert_eq "an empty file" "" "$("$faasm" file get ada/empty -)"
assert_fails "a get that cannot be written" "nowhere" "$faasm" file get ada/great "$folder/nowhere/x"
[ -z "$(ls "$folder"/x.* 2>/dev/null)" ] || fail "a temporary file is left"
rm "$folder/great" "$folder/back"
# An upload that breaks off, or is too much, is nowhere.
(printf 'PUT /v1/files/ada/half HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n'; head -c 500000 /dev/zero) |
    timeout 1 bash -c 'exec 9<>"/dev/tcp/127.0.0.1/$1"; cat >&9' x "${FAASM_SERVER##*:}"
assert_fails "an upload that broke off" "no such file" "$faasm" file get ada/half -
# kill -9 in the middle of publishing, over and over: the old contents or the new, whole, and nothing is left over.
head -c 3000000 /dev/zero | tr '\0' a >"$folder/a"
head -c 3000000 /dev/zero | tr '\0' b >"$folder/b"
"$faasm" file put ada/victim "$folder/a"
"$faasm" upload ada/fs "$folder/fs.wasm" >/dev/null || fail upload
guest_writes() { "$faasm" invoke ada/fs --data "fill faasm://guest $1" >/dev/null; }
guest_writes 1000
for round in 1 2 3 4 5 6; do
    (while "$faasm" file put ada/victim "$folder/b" && "$faasm" file put ada/victim "$folder/a"; do :; done) >/dev/null 2>&1 &
    putting=$!
    (while guest_writes 2000 && guest_writes 1000; do :; done) >/dev/null 2>&1 &
    writing=$!
    sleep "0.$((round * 7 % 10))$round"
    kill -9 "$served"
    wait "$served" 2>/dev/null
    wait $putting $writing
    serve third --files-mb 4000 --idle-seconds 2
    FAASM_SERVER=$served_url
    assert_match "round $round: what a guest published" '^(1024000|2048000)$' "$("$faasm" file get ada/guest - | wc -c)"
    "$faasm" file get ada/victim "$folder/now" || fail "get after kill -9"
    cmp -s "$folder/now" "$folder/a" || cmp -s "$folder/now" "$folder/b" || fail "round $round: neither the old nor the new"
done
kill "$served"
wait "$served" || fail "the third server ended with $?"
assert_eq "what is left over" "" "$(find "$folder/third" -path '*temporary*' -type f)"
assert_eq "contents that nobody names" 4 "$(find "$folder/third/file-store/contents" -type f | wc -l)"
FAASM_SERVER=$first

# ---- Limits -------------------------------------------------------------------------------------
on "$first" "bytes" $'10\nok' "fill ten 10" "unlink ten"
assert_match "the limit of bytes" '^[678][0-9]{3} Quota exceeded$' \
    "$(printf 'fill much 9000\n' | "$faasm" invoke ada/fs --input -)"
on "$first" "what is freed can be used" $'ok\n4000\nok' "unlink much" "fill much 4000" "unlink much"
assert_match "the limit of entries" '^[3-6][0-9] Quota exceeded$' \
    "$(printf 'mkdir many\nmany many 100\n' | "$faasm" invoke ada/fs --input - | tail -1)"
# At that limit nothing comes in by other ways either; what goes makes room.
printf stored | "$faasm" file put ada/stored - >/dev/null
on "$first" "at the limit of entries" \
    $'Quota exceeded\nQuota exceeded\nQuota exceeded\nQuota exceeded\nQuota exceeded\nstored' \
    "mkdir more" "symlink many more" "link many/0 more" "append stored x" "rename stored more" "read stored"
on "$first" "through a link to nothing" $'ok\nok\nQuota exceeded\nNo such file or directory' \
    "unlink many/0" "symlink lost way" "write way x" "read lost"
on "$first" "room is made" $'ok\nok\nok\nx\nok\nok\nok' "unlink many/1" "unlink many/2" "write way x" "read lost" \
    "unlink lost" "unlink way" "append stored x"
"$faasm" file rm ada/stored
head -c 9000000 /dev/zero >"$folder/huge"
assert_fails "the limit of the store" "may have" "$faasm" file put ada/huge "$folder/huge"
"$faasm" file rm ada/large

# ---- Shared files -------------------------------------------------------------------------------
on "$first" "a shared file" $'ok\nhello' "write faasm://note hello" "read faasm://note"
on "$second" "is seen on the other host" $'hello\nhello' "read faasm://note" "read /note"
assert_eq "and in the store" hello "$("$faasm" file get ada/note -)"
on "$second" "appended to there" $'ok\nhello, you' "append faasm://note , you" "read faasm://note"
on "$first" "read here" "hello, you" "read faasm://note"
on "$first" "local and shared are two" $'ok\nmine\nhello, you' "write /note mine" "read /note" "read faasm://note"
"$faasm" invoke ada/fs --data "trap faasm://half" >/dev/null 2>&1 && fail "a trap"
on "$first" "what a trap broke off is not published" "No such file or directory" "read faasm://half"
on "$second" "names of shared files" $'ok\nok\nhello, you\nNo such file or directory\nb.txt,data,dir,renamed,tree\nok' \
    "mkdir faasm://dir" "rename faasm://note faasm://renamed" "read faasm://renamed" "read faasm://note" "list faasm://" \
    "write faasm://dir/deep x" | grep -v '^$'
assert_eq "in the store" "x" "$("$faasm" file get ada/dir/deep -)"
on "$first" "removal" $'ok\nNo such file or directory' "unlink faasm://renamed" "read faasm://renamed"
on "$second" "on all hosts" "No such file or directory" "read faasm://renamed"
on "$first" "no way between the two" $'Cross-device link\nNot supported' "rename /note faasm://note" "symlink x faasm://link"

# ---- After kill -9 ------------------------------------------------------------------------------
server=$first_process
kill_server
start_server --files-folder "$store" --files-mb 8 --files-entries 64
first=$FAASM_SERVER
on "$first" "local files stay" $'mine\nmine\nOF the store' "read b.txt" "read /note" "read moved"
on "$first" "and whiteouts" "No such file or directory" "read data/a.txt"
on "$first" "and what comes from the store" "in 2" "read tree/sub/2"
stop_server
kill "$second_process"
wait "$second_process" || fail "the second server ended with $?"

# ---- A file system that is full -------------------------------------------------------------------
# One of 48 MiB and 400 inodes, which only the server sees.
cat >"$folder/on_a_small_disk" <<SH
#!/bin/bash
exec unshare -rm bash -c 'mount -t tmpfs -o size=48m,nr_inodes=400 none "\$0" && exec "\$@"' "$folder/disk" "$faasm" "\$@"
SH
chmod +x "$folder/on_a_small_disk"
mkdir "$folder/disk"
if "$folder/on_a_small_disk" --version >/dev/null 2>&1; then
    faasm=$folder/on_a_small_disk serve disk
    disk=$served_url
    "$faasm" upload --server "$disk" ada/fs "$folder/fs.wasm" >/dev/null || fail "upload"
    assert_match "all bytes are taken" '^4[0-9]{4} No space left on device$' \
        "$("$faasm" invoke --server "$disk" ada/fs --data "fill much 90000")"
    on "$disk" "nothing can be written or published" \
        $'No space left on device\n0 No space left on device\nok\nok' \
        "write x abc" "fill faasm://shared 4" "mkdir folder" "unlink much"
    assert_fails "nor is it half there" "no such file" "$faasm" file get --server "$disk" ada/shared -
    on "$disk" "what is freed can be used" $'2000\n4' "fill much 2000" "fill faasm://shared 4"
    assert_eq "and published" 4096 "$("$faasm" file get --server "$disk" ada/shared - | wc -c)"
    assert_match "all inodes are taken" '^3[0-9]{2} No space left on device$' \
        "$("$faasm" invoke --server "$disk" ada/fs --data "many folder 1000")"
    on "$disk" "nothing can be made" \
        $'No space left on device\nNo space left on device\nNo space left on device\n2048000\nok\nok' \
        "write y abc" "mkdir z" "symlink a b" "size much" "unlink folder/0" "write y abc"
    kill "$served"
    wait "$served" || fail "the server on a full disk ended with $?"
else
    echo "no file system of a size can be mounted here: left out"
fi
finish
