#!/usr/bin/env bash
# Style and static checks of all C code that git tracks; any finding fails.
set -euo pipefail
cd "$(dirname "$0")/.."
build=$1

mapfile -t sources < <(git ls-files '*.c' '*.h')
clang-format --dry-run -Werror "${sources[@]}"

# One file at a time: given several, clang-tidy 14 takes the va_list of one for that of another.
mapfile -t compiled < <(git ls-files 'src/**/*.c')
printf '%s\n' "${compiled[@]}" |
  xargs -P "$(nproc)" -n 1 clang-tidy --quiet -p "$build" --warnings-as-errors='*' 2>/dev/null

cppcheck --quiet --error-exitcode=1 --inline-suppr --std=c11 -I src \
  --enable=warning,performance,portability --suppress=missingIncludeSystem \
  --suppressions-list=tools/cppcheck-suppressions.txt -j "$(nproc)" src sdk/lib
echo "lint: clean"
