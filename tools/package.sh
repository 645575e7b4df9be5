#!/usr/bin/env bash
# tools/package.sh [FOLDER]: builds the Debian package from the release build in FOLDER (build/) and
# prints its path. Installs what is missing first.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
folder=${1:-build}

tools/install.sh build package >&2
tools/build.sh release "$folder" glados >&2
rm -rf "$folder/package"
(cd "$folder" && cpack -G DEB) >"$folder/package.log" 2>&1 || {
  tail -n 40 "$folder/package.log" >&2
  exit 1
}
made=("$folder"/package/glados_*.deb)
if dpkg-deb -f "${made[0]}" Description | grep -q WITHOUT; then
  echo "package: it has NO operators' console: the npm packages were not to be had" >&2
fi
echo "${made[0]}"
