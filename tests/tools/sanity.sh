#!/usr/bin/env bash
# Runs ansible-test sanity on a copy of the tree: ansible-test resolves the link that makes the checkout a collection
# and then refuses the path. Arguments are passed on, instead of the full set of tests.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cd "$root"
PATH=$root/.venv/bin:$PATH
copy=$root/.cache/sanity/ansible_collections/openlibrary/deploy
python=$(.venv/bin/python -c 'import sys; print("%d.%d" % sys.version_info[:2])')

# ansible-test makes its environments with a get-pip.py of its own, which lies on a host that not every network reaches.
stand_in() {
    local copy="$HOME/.ansible/test/cache/get_pip_24_2.py"
    [[ ! -e $copy ]] || return 0
    if ! .venv/bin/python tests/tools/get_pip.py --reachable; then
        mkdir -p "${copy%/*}"
        cp tests/tools/get_pip.py "$copy"
    fi
}

# The oldest and the newest Python of the hosts, where pyenv has them: their shims fail unless selected, so go past them.
other_pythons() {
    local version
    for version in 3.8 3.13; do
        [[ $version != "$python" ]] || continue
        command -v "python$version" >/dev/null && "python$version" -c '' 2>/dev/null && echo "$version"
    done
    return 0
}

for bin in "$HOME"/.pyenv/versions/3.{8,13}.*/bin; do
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
# What never runs under Ansible is ruff's business, whose style differs.
rm -rf tests/unit tests/integration tests/build lab benchmarks
git init --quiet
git add --all

if [[ $# -gt 0 ]]; then
    exec ansible-test sanity "$@"
fi
ansible-test sanity --local --python "$python" --color no
for version in $(other_pythons); do
    ansible-test sanity --local --python "$version" --color no --test compile --test import plugins/modules/ plugins/module_utils/
done
