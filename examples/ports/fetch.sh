#!/usr/bin/env bash
# fetch.sh PACKAGE FOLDER: the source of a Debian package, unpacked as FOLDER with Debian's patches, by apt-get. Works
# without deb-src lines of the system: apt gets lists of its own, from the mirror it uses, beside FOLDER.
set -euo pipefail
package=$1 folder=$2
[ ! -e "$folder" ] || exit 0
command -v dpkg-source >/dev/null || { echo "fetch.sh: install dpkg-dev" >&2; exit 1; }
lists=$(realpath -m "$(dirname "$folder")/apt")
release=$(. /etc/os-release && echo "$VERSION_CODENAME")
mkdir -p "$lists/state/lists/partial" "$lists/cache/archives/partial"
mirror=${DEBIAN_MIRROR:-$(apt-get indextargets --format '$(REPO_URI)' "Codename: $release" 'Component: main' | sed -n 1p)}
[ -n "$mirror" ] || { echo "fetch.sh: apt-get has no lists (apt-get update), or set DEBIAN_MIRROR" >&2; exit 1; }
echo "deb-src [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror $release main" \
  >"$lists/sources.list"
options=(-o "Dir::State=$lists/state" -o "Dir::State::status=/var/lib/dpkg/status" -o "Dir::Cache=$lists/cache"
  -o "Dir::Etc::SourceList=$lists/sources.list" -o "Dir::Etc::SourceParts=-" -o "APT::Sandbox::User=")
ls "$lists"/state/lists/*Sources* >/dev/null 2>&1 || apt-get "${options[@]}" -qq update
mkdir -p "$lists/$package"
cd "$lists/$package"
apt-get "${options[@]}" -qq --download-only source "$package" >/dev/null
dpkg-source -x ./*.dsc unpacked >/dev/null
mv unpacked "$folder"
