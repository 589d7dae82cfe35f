#!/usr/bin/env bash
# Builds the collection's tarball from what git tracks, or would track: tarball.sh DESTINATION.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
copy=$(mktemp --directory)
trap 'rm -rf "$copy"' EXIT
"$root/tests/tools/copy_tree.sh" "$copy"
"$root/.venv/bin/ansible-galaxy" collection build --force --output-path "$1" "$copy"
