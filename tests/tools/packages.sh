#!/usr/bin/env bash
# Installs Debian packages whose file is not there: packages.sh FILE=PACKAGE... (or --force PACKAGE...).
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
export DEBIAN_FRONTEND=noninteractive
apt-get update --quiet=2
apt-get install --quiet=2 --yes --no-install-recommends "${missing[@]}" </dev/null >/dev/null
