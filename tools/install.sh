#!/usr/bin/env bash
# tools/install.sh GROUP...: installs what packages.list names for these groups and is missing.
# Root or sudo; asks nothing; several may run at once. No service is left running by it: the
# packages of Redis, nginx and Kannel would start theirs, and GLADOS wants none of them.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

readonly policy=/usr/sbin/policy-rc.d
readonly mark='# GLADOS: no service starts while packages are installed'

wanted() {
  local group
  local name program
  for group in "$@"; do sed -n "s/^$group:[[:space:]]*//p" packages.list; done |
    while read -r name program; do
      [[ -n $program && -x $program ]] || echo "$name"
    done
}

missing() {
  local -A there=()
  local state name
  while read -r state name; do
    [[ $state == ii || $state == hi ]] && there[$name]=1
  done < <(dpkg-query -W -f '${db:Status-Abbrev} ${Package}\n' "$@" 2>/dev/null || true)
  for name in "$@"; do [[ -n ${there[$name]:-} ]] || echo "$name"; done
}

as_root() {
  if [[ $(id -u) == 0 ]]; then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo "$@"
  else
    echo "install: needs root or sudo to run: $*" >&2
    return 1
  fi
}

hold_services() {
  if [[ -e $policy ]]; then
    # Left by an installation that was killed: nobody else holds the lock, so it is ours to remove.
    grep -qF "$mark" "$policy" && trap release_services EXIT
    return 0
  fi
  trap release_services EXIT
  printf '#!/bin/sh\n%s\nexit 101\n' "$mark" | as_root tee "$policy" >/dev/null
  as_root chmod 755 "$policy"
}

release_services() {
  if [[ -e $policy ]] && grep -qF "$mark" "$policy"; then as_root rm -f "$policy"; fi
}

apt() {
  as_root env DEBIAN_FRONTEND=noninteractive \
    apt-get -q -y -o DPkg::Lock::Timeout=900 "$@" </dev/null
}

update() {
  local try
  for try in 1 2 3 4; do
    apt -o APT::Update::Error-Mode=any -o Acquire::Retries=3 update && return 0
    echo "install: apt-get update failed (try $try of 4)" >&2
    sleep $((try * 3))
  done
  # A mirror that is partly down may still have all we need.
  apt update
}

mapfile -t packages < <(wanted "$@")
mapfile -t lacking < <(missing "${packages[@]}")
if ((${#lacking[@]} == 0)); then
  if [[ -e $policy ]] && grep -qF "$mark" "$policy"; then
    exec 9</var/lib/dpkg  # unless another installation runs, a killed one left it behind
    if flock -n 9; then release_services; fi
  fi
  exit 0
fi

# One installation at a time on this machine, whichever folder it was started from.
exec 9</var/lib/dpkg
flock 9
mapfile -t lacking < <(missing "${packages[@]}")
if ((${#lacking[@]} == 0)); then exit 0; fi

echo "installing ${#lacking[@]} packages: ${lacking[*]}"
hold_services
trap 'exit 130' INT
trap 'exit 143' TERM
update
apt -o Acquire::Retries=5 install --no-install-recommends "${lacking[@]}"

mapfile -t lacking < <(missing "${packages[@]}")
if ((${#lacking[@]} > 0)); then
  echo "install: still missing: ${lacking[*]}" >&2
  exit 1
fi
