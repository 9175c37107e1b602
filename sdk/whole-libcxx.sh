#!/bin/sh
# The library of C++ to be linked whole: libc++.a without the members that define what ours defines.
# whole-libcxx.sh AR NM LIBCXX OURS OUTPUT
set -eu
ar=$1 nm=$2 libcxx=$3 ours=$4 output=$5
cp -L "$libcxx" "$output.new"
"$nm" --defined-only --extern-only "$ours" | awk 'NF == 3 { print $3 }' | sort -u >"$output.ours"
"$nm" -A --defined-only --extern-only "$libcxx" |
    awk -v ours="$output.ours" 'BEGIN { while ((getline name < ours) > 0) known[name] = 1 }
        $NF in known { split($1, part, ":"); print part[2] }' | sort -u >"$output.members"
xargs -r "$ar" d "$output.new" <"$output.members"
rm "$output.ours" "$output.members"
mv "$output.new" "$output"
