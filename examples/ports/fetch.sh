#!/usr/bin/env bash
# fetch.sh PACKAGE FOLDER: the source of a Debian package, unpacked as FOLDER with Debian's patches, by apt-get. Works
# without deb-src lines of the system: apt gets lists of its own, from the mirror it uses, beside FOLDER. One line says
# what is missing where it cannot be had.
set -euo pipefail
package=$1 folder=$2
[ ! -e "$folder" ] || exit 0
stop() { echo "fetch.sh: $*" >&2; exit 1; }
command -v dpkg-source >/dev/null || stop "install dpkg-dev"
lists=$(realpath -m "$(dirname "$folder")/apt")
mkdir -p "$lists/state/lists/partial" "$lists/cache/archives/partial" "$lists/$package"
# Several may run at the same time.
exec 9>"$lists/lock"
flock 9
[ ! -e "$folder" ] || exit 0
release=$(. /etc/os-release && echo "$VERSION_CODENAME")
mirror=${DEBIAN_MIRROR:-$(apt-get indextargets --format '$(REPO_URI)' "Codename: $release" 'Component: main' | sed -n 1p)}
[ -n "$mirror" ] || stop "apt-get has no lists (apt-get update), or set DEBIAN_MIRROR"
echo "deb-src [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror $release main" \
  >"$lists/sources.list"
options=(-o "Dir::State=$lists/state" -o "Dir::State::status=/var/lib/dpkg/status" -o "Dir::Cache=$lists/cache"
  -o "Dir::Etc::SourceList=$lists/sources.list" -o "Dir::Etc::SourceParts=-" -o "APT::Sandbox::User="
  -o Acquire::Retries=1 -o Acquire::http::Timeout=20 -o Acquire::https::Timeout=20)
try() { # try WHAT COMMAND...: shows what it said only if it failed
  local what=$1
  shift
  "$@" >"$lists/log" 2>&1 || stop "$what: $(grep -m 1 -E '^(E|W|Err)|error' "$lists/log" || tail -n 1 "$lists/log")"
}
# apt-get update succeeds without a network, with a warning.
if ! ls "$lists"/state/lists/*Sources* >/dev/null 2>&1; then
  try "no lists of sources from $mirror" apt-get "${options[@]}" -o APT::Update::Error-Mode=any -qq update
fi
cd "$lists/$package"
try "no source of $package" apt-get "${options[@]}" -qq --download-only source "$package"
rm -rf unpacked
try "unpacking $package" dpkg-source -x ./*.dsc unpacked
mv unpacked "$folder"
