#!/usr/bin/env bash
# tools/npm_packages.sh FROM TO HINT: installs the npm packages that FROM/package-lock.json names
# into TO/node_modules, exactly those, without running any script of theirs. TO/installed marks the
# end. HINT is said when they cannot be had.
set -euo pipefail
from=$1 to=$2 hint=$3
mkdir -p "$to"
rm -f "$to/installed"
cp "$from/package.json" "$from/package-lock.json" "$to/"
if ! (cd "$to" && npm ci --ignore-scripts --no-audit --no-fund --prefer-offline --loglevel=error \
  --fetch-retries=2 --fetch-retry-mintimeout=1000 --fetch-retry-maxtimeout=4000) \
  >"$to/npm.log" 2>&1; then
  head -n 4 "$to/npm.log" >&2
  echo "npm: packages could not be had from the npm registry (all of it: $to/npm.log):" >&2
  sed -n '/"devDependencies"/,/}/s|^ *"\([^"]*\)": "\([0-9][^"]*\)".*|  \1 \2|p' \
    "$from/package.json" >&2
  echo "$hint" >&2
  exit 1
fi
touch "$to/installed"
