"""Stands in for the get-pip.py that ansible-test downloads, on networks that reach a package index but not its host.

It installs the wanted pip from the index, by means of the pip that comes with Python. Run with --name it prints the
file name under which ansible-test caches the original, with --reachable it tells whether that can be downloaded.
"""

from __future__ import annotations

import glob
import os
import sys


def cache_name(python):
    """The name of the script's cached copy: get_pip_24_2.py for pip 24.2."""
    from ansible_test._internal.python_requirements import get_venv_packages  # noqa: PLC0415 (only there under --name)

    class Interpreter:
        version = python

    return "get_pip_%s.py" % get_venv_packages(Interpreter)["pip"].replace(".", "_")


def reachable():
    """Whether ansible-test's own download has a chance."""
    import socket  # noqa: PLC0415 (the stand-in itself needs no network of its own)

    try:
        with socket.create_connection(("ci-files.testing.ansible.com", 443), timeout=5):
            return True
    except OSError:
        return False


def install(arguments):
    """Answers `get-pip.py [pip arguments]` with the pip wheel in ensurepip; returns pip's exit code."""
    import ensurepip  # noqa: PLC0415 (absent on a Debian without python3-venv, where --name must still work)

    wheels = glob.glob(os.path.join(os.path.dirname(ensurepip.__file__), "_bundled", "pip-*.whl"))
    sys.path.insert(0, wheels[0])
    from pip._internal.cli.main import main  # noqa: PLC0415 (comes from that wheel)

    options = [word for word in arguments if word not in ("--no-setuptools", "--no-wheel")]
    wanted = [] if any(word.startswith("pip==") for word in options) else ["pip==24.2"]
    return main(["install", "--upgrade", "--force-reinstall", *options, *wanted])


if __name__ == "__main__":
    if sys.argv[1:2] == ["--name"]:
        print(cache_name(sys.argv[2]))
    elif sys.argv[1:] == ["--reachable"]:
        sys.exit(not reachable())
    else:
        sys.exit(install(sys.argv[1:]))
