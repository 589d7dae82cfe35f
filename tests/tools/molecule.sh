#!/usr/bin/env bash
# Runs molecule with what its playbooks and testinfra need: molecule.sh test --all, molecule.sh converge -s NAME, ...
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
PATH=$PWD/.venv/bin:$PATH
# molecule writes an ansible.cfg of its own; the checkout's must not come before it.
unset ANSIBLE_CONFIG
# Molecule's own place for what it remembers is the same for every checkout with this name. A test begins without it: the lab
# may be gone since.
export MOLECULE_EPHEMERAL_DIRECTORY=$PWD/.cache/molecule/state
[[ ${1-} != test ]] || rm -rf "$MOLECULE_EPHEMERAL_DIRECTORY"
[[ -t 1 ]] || export NO_COLOR=1 COLUMNS=160
[[ -t 1 ]] || set -- "$@" --no-command-borders
exec molecule "$@"
