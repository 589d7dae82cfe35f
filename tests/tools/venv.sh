#!/usr/bin/env bash
# Makes .venv from requirements/dev.txt (sync), or dev.txt from dev.in (compile), with a uv of its own in .cache/uv.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

readonly UV_VERSION=0.13.9
export UV_SYSTEM_CERTS=1 PIP_DISABLE_PIP_VERSION_CHECK=1

die() {
    echo "error: $*" >&2
    exit 1
}

# python3 may be a pyenv shim that selects an old version, so Debian's own and the numbered ones are tried as well.
find_python() {
    local python
    for python in python3 /usr/bin/python3 python3.13 python3.12 python3.11; do
        if "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            "$python" -c 'import sys; print(sys.executable)'
            return
        fi
    done
    die "Python 3.11 or newer is needed, and none was found as python3."
}

# Debian splits ensurepip, which venv needs, off into python3-venv.
make_pip() {
    local python=$1
    "$python" -m venv --clear .cache/uv >/dev/null 2>&1 && return
    [[ $python == /usr/bin/* ]] || die "$python cannot make virtual environments (is its ensurepip module missing?)."
    command -v apt-get >/dev/null || die "$python lacks the venv module; install it and try again."
    [[ $EUID -eq 0 ]] || die "$python lacks the venv module; as root: apt-get install python3-venv"
    tests/tools/packages.sh --force python3-venv
    "$python" -m venv --clear .cache/uv
}

ensure_uv() {
    [[ $(.cache/uv/bin/uv --version 2>/dev/null) == "uv $UV_VERSION"* ]] && return
    local python
    python=$(find_python)
    make_pip "$python"
    .cache/uv/bin/python -m pip install --quiet "uv==$UV_VERSION" 2> >(grep -v 'is ignored: it is neither' >&2)
}

uv() {
    .cache/uv/bin/uv --quiet "$@"
}

case ${1-} in
sync)
    ensure_uv
    if ! .venv/bin/python -c '' 2>/dev/null; then # not there, or its Python is gone
        uv venv --clear --python "$(find_python)" .venv
    fi
    rm -f .venv/.complete
    uv pip sync --python .venv/bin/python --require-hashes requirements/dev.txt
    touch .venv/.complete
    ;;
compile)
    ensure_uv
    uv pip compile --universal --upgrade --generate-hashes --python-version 3.11 --no-header requirements/dev.in \
        --output-file requirements/dev.txt >/dev/null
    ;;
*) die "usage: $0 sync|compile" ;;
esac
