#!/usr/bin/env bash
# Copies what git tracks, or would track, to a folder: copy_tree.sh DESTINATION. What git ignores (keys, caches,
# environments) stays behind, and so does the collection's link to itself.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
destination=$1
rm -rf "$destination"
mkdir -p "$destination"
destination=$(cd "$destination" && pwd)
cd "$root"
git ls-files --cached --others --exclude-standard -z -- . ':!.ansible' |
    while IFS= read -r -d '' path; do
        if [[ -e $path || -L $path ]]; then printf '%s\0' "$path"; fi
    done |
    tar --create --null --files-from=- | tar --extract --directory "$destination"
