#!/usr/bin/env bash
# Runs ansible-test sanity on a copy of the tree: ansible-test resolves the link that makes the checkout a collection
# and then refuses the path. All tests with the ansible-core of .venv; with the others, those that differ from core to core.
# Arguments are passed on to the first one, instead of all that.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cd "$root"
copy=$root/.cache/sanity/ansible_collections/openlibrary/deploy
differ=(--test compile --test import --test runtime-metadata --test validate-modules)

# ansible-test makes its environments with a get-pip.py of its own, which lies on a host that not every network reaches.
# Each ansible-core names it after the pip that it wants.
stand_in() {
    local cache="$HOME/.ansible/test/cache" missing=() version
    for version in 24_2 25_2; do
        [[ -e $cache/get_pip_$version.py ]] || missing+=("$version")
    done
    [[ ${#missing[@]} -gt 0 ]] || return 0
    ! .venv/bin/python tests/tools/get_pip.py --reachable || return 0
    mkdir -p "$cache"
    for version in "${missing[@]}"; do
        cp tests/tools/get_pip.py "$cache/get_pip_$version.py"
    done
}

# python_of ENVIRONMENT: its version, as ansible-test wants it.
python_of() {
    "$1/bin/python" -c 'import sys; print("%d.%d" % sys.version_info[:2])'
}

# sanity ENVIRONMENT PYTHON ...: that environment's ansible-test, which must find its own Python first.
sanity() {
    local environment=$1 python=$2
    shift 2
    echo "ansible-test of $("$environment/bin/ansible-test" --version), Python $python"
    PATH=$environment/bin:$PATH ansible-test sanity --local --python "$python" --color no "$@"
}

# Compiles and imports what runs on hosts with the oldest and the newest Python that they may have, where pyenv has them.
targets() {
    local environment=$1 version
    shift
    for version in "$@"; do
        if command -v "python$version" >/dev/null && "python$version" -c '' 2>/dev/null; then
            sanity "$environment" "$version" --test compile --test import plugins/modules/ plugins/module_utils/
        fi
    done
}

# pyenv's shims fail unless selected, so go past them.
for bin in "$HOME"/.pyenv/versions/3.{8,9,13}.*/bin; do
    [[ -d $bin ]] && PATH=$bin:$PATH
done
PATH=$root/.venv/bin:$PATH
[[ $EUID -ne 0 ]] || tests/tools/packages.sh /usr/bin/shellcheck=shellcheck

mkdir -p .cache
exec 9>.cache/sanity.lock
flock 9 # one run at a time: they share the copy

stand_in
tests/tools/copy_tree.sh "$copy"
cd "$copy"
# What is no part of the collection is ruff's business, whose style differs.
rm -rf tests/unit tests/integration tests/build lab inventories/lab benchmarks
git init --quiet
git add --all

if [[ $# -gt 0 ]]; then
    exec ansible-test sanity "$@"
fi
python=$(python_of "$root/.venv")
sanity "$root/.venv" "$python"
targets "$root/.venv" 3.8 3.13
for environment in "$root"/.cache/controllers/*; do
    sanity "$environment" "$(python_of "$environment")" "${differ[@]}"
    targets "$environment" 3.9
done
# It takes as long as all the others, and the newest knows most of what is deprecated.
sanity "$environment" "$(python_of "$environment")" --test pylint
