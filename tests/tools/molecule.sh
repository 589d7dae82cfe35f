#!/usr/bin/env bash
# Runs molecule with what its playbooks and testinfra need, on the lab that LAB names: molecule.sh test -s NAME,
# molecule.sh converge -s NAME, ... All scenarios: make molecule (molecule.py).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
PATH=$PWD/.venv/bin:$PATH
# molecule writes an ansible.cfg of its own; the checkout's must not come before it.
unset ANSIBLE_CONFIG
# .config/molecule/config.yml has it in a path, and molecule warns of a variable that is not set.
export LAB=${LAB-}
# Molecule's own place for what it remembers is the same for every checkout with this name, and for every lab. A test begins
# without it, since the lab may be gone; one with `--destroy never` goes on with the lab of an earlier `create`.
export MOLECULE_EPHEMERAL_DIRECTORY=$PWD/.cache/molecule/$LAB/state
[[ ${1-} != @(create|test) || $* == *"--destroy never"* ]] || rm -rf "$MOLECULE_EPHEMERAL_DIRECTORY"
[[ -t 1 ]] || export NO_COLOR=1 COLUMNS=160
[[ -t 1 ]] || set -- "$@" --no-command-borders
exec molecule "$@"
