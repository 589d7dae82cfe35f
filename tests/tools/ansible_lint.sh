#!/usr/bin/env bash
# Runs ansible-lint without a network, and with an Ansible home of its own: it would look for collections in
# ~/.ansible first, where an old copy of this one may lie.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
PATH=$PWD/.venv/bin:$PATH
export ANSIBLE_HOME=$PWD/.cache/ansible-lint NO_COLOR=1
exec ansible-lint --offline "$@"
