#!/usr/bin/env bash
# tools/console_source.sh FROM PACKAGES OUTPUT.cpp: fetches the npm packages of the console in FROM,
# bundles it and writes it as one source. Where the packages cannot be had the service is built
# without a console, and that is said: it must not depend on a registry that is away.
set -euo pipefail
from=$1 packages=$2 output=$3
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
if "$here/npm_packages.sh" "$from" "$packages" \
  "So GLADOS is built WITHOUT the operators' console; touch $from/package.json to try again."; then
  exec node "$from/build.mjs" "$packages" "$output"
fi
mkdir -p "$(dirname "$output")"
cat >"$output" <<'CPP'
#include "app/console_files.hpp"

std::span<const glados::http::static_file> glados::app::console_files() { return {}; }
CPP
