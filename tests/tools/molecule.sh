#!/usr/bin/env bash
# Runs molecule with what its playbooks and testinfra need: molecule.sh test --all, molecule.sh converge -s NAME, ...
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
# molecule writes an ansible.cfg of its own; the checkout's must not come before it.
unset ANSIBLE_CONFIG
exec molecule "$@"
