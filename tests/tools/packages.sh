#!/usr/bin/env bash
# Installs Debian packages whose file is not there: packages.sh FILE=PACKAGE... (or --force PACKAGE...). A daemon in one
# of them is started neither now nor when the machine boots: tests start their own.
set -euo pipefail

missing=()
if [[ ${1-} == --force ]]; then
    missing=("${@:2}")
else
    for pair in "$@"; do
        [[ -e ${pair%%=*} ]] || missing+=("${pair#*=}")
    done
fi
[[ ${#missing[@]} -gt 0 ]] || exit 0

if ! command -v apt-get >/dev/null || [[ $EUID -ne 0 ]]; then
    echo "error: needed and not installed: ${missing[*]}; as root: apt-get install ${missing[*]}" >&2
    exit 1
fi
echo "installing ${missing[*]}"
policy=/usr/sbin/policy-rc.d
if [[ ! -e $policy ]]; then
    # The maintainer scripts ask it whether they may start anything.
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod 755 "$policy"
    trap 'rm -f "$policy"' EXIT
fi
export DEBIAN_FRONTEND=noninteractive
apt-get update --quiet=2
apt-get install --quiet=2 --yes --no-install-recommends "${missing[@]}" </dev/null >/dev/null
if command -v systemctl >/dev/null; then
    dpkg --listfiles "${missing[@]}" | sed -n 's,^/.*/systemd/system/\([^/@]*\.service\)$,\1,p' | sort -u |
        xargs --no-run-if-empty systemctl --quiet disable 2>/dev/null || true
fi
