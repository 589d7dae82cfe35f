#!/usr/bin/env bash
# Makes .venv from requirements/dev.txt (sync), .cache/controllers/CORE from controller-CORE.txt (controller CORE),
# .cache/bench from bench.txt (bench), or each of these files from its .in (compile), with a uv of its own in .cache/uv.
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

# Python for a controller of ansible-core 2.20 or newer. pyenv's own folders come first, since its shims may fail.
find_controller_python() {
    local core=$1 wanted='>=3.12,<3.15' bin
    for bin in "$HOME"/.pyenv/versions/3.1[2-4].*/bin; do
        [[ -d $bin ]] && PATH=$bin:$PATH
    done
    .cache/uv/bin/uv python find --system --no-python-downloads "$wanted" 2>/dev/null && return
    uv python install --no-bin 3.13 >&2 && .cache/uv/bin/uv python find --managed-python 3.13 && return
    die "ansible-core $core needs Python 3.12, 3.13 or 3.14: none was found, and none could be downloaded."
}

# make_environment FOLDER REQUIREMENTS PYTHON: PYTHON is the command that finds one, where the folder has none that works.
make_environment() {
    local folder=$1 requirements=$2 python
    shift 2
    if ! "$folder/bin/python" -c '' 2>/dev/null; then # not there, or its Python is gone
        python=$("$@")
        uv venv --clear --python "$python" "$folder"
    fi
    rm -f "$folder/.complete"
    uv pip sync --compile-bytecode --python "$folder/bin/python" --require-hashes "$requirements"
    touch "$folder/.complete"
}

# compile NAME PYTHON: the oldest Python on which it must install.
compile() {
    uv pip compile --universal --upgrade --generate-hashes --python-version "$2" --no-header "requirements/$1.in" \
        --output-file "requirements/$1.txt" >/dev/null
}

case ${1-} in
sync)
    ensure_uv
    make_environment .venv requirements/dev.txt find_python
    ;;
controller)
    ensure_uv
    make_environment ".cache/controllers/$2" "requirements/controller-$2.txt" find_controller_python "$2"
    ;;
bench)
    ensure_uv
    make_environment .cache/bench requirements/bench.txt find_python
    ;;
compile)
    ensure_uv
    compile dev 3.11
    compile bench 3.11
    for requirements in requirements/controller-*.in; do
        compile "$(basename "$requirements" .in)" 3.12
    done
    ;;
*) die "usage: $0 sync|controller CORE|bench|compile" ;;
esac
