#!/bin/sh
# A library to be linked whole: the archive without the members that define what ours defines.
# whole-library.sh AR NM ARCHIVE OURS OUTPUT
set -eu
ar=$1 nm=$2 archive=$3 ours=$4 output=$5
cp -L "$archive" "$output.new"
"$nm" --quiet --defined-only --extern-only "$ours" | awk 'NF == 3 { print $3 }' | sort -u >"$output.ours"
"$nm" --quiet -A --defined-only --extern-only "$archive" |
    awk -v ours="$output.ours" 'BEGIN { while ((getline name < ours) > 0) known[name] = 1 }
        $NF in known { split($1, part, ":"); print part[2] }' | sort -u >"$output.members"
xargs -r "$ar" d "$output.new" <"$output.members"
rm "$output.ours" "$output.members"
mv "$output.new" "$output"
