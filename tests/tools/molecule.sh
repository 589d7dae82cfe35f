#!/usr/bin/env bash
# Runs molecule with what its playbooks and testinfra need: molecule.sh test --all, molecule.sh converge -s NAME, ...
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
PATH=$PWD/.venv/bin:$PATH
# molecule writes an ansible.cfg of its own; the checkout's must not come before it.
unset ANSIBLE_CONFIG
[[ -t 1 ]] || export NO_COLOR=1 COLUMNS=160
[[ -t 1 ]] || set -- "$@" --no-command-borders
exec molecule "$@"
