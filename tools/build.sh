#!/usr/bin/env bash
# tools/build.sh PRESET FOLDER TARGET...: configures when needed and builds; one build at a time a
# folder. The output folder is the one the preset names in CMakePresets.json.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
preset=$1 folder=$2
shift 2

mkdir -p "$folder"
exec 8>"$folder/.lock"
flock 8
if [[ ! -f $folder/build.ninja ]]; then
  echo "configuring $folder"
  # The list of compiler checks is of no interest unless one fails.
  if ! cmake --preset "$preset" >"$folder/configure.log" 2>&1; then
    tail -n 40 "$folder/configure.log" >&2
    echo "build: cmake failed; the whole output is in $folder/configure.log" >&2
    exit 1
  fi
fi
exec ninja -C "$folder" -j "$(nproc)" "$@"
