"""Stands in for the get-pip.py that ansible-test downloads, on networks that reach a package index but not its host.

It installs the wanted pip from the index, by means of the pip wheel that comes with Python. With --reachable it only
tells whether the original can be downloaded.
"""

from __future__ import annotations

import ensurepip
import glob
import os
import socket
import sys


def reachable() -> bool:
    """Whether ansible-test's own download has a chance."""
    try:
        with socket.create_connection(("ci-files.testing.ansible.com", 443), timeout=5):
            return True
    except OSError:
        return False


def install(arguments: list[str]) -> int:
    """Answers ``get-pip.py [pip arguments]``; returns pip's exit code."""
    wheels = glob.glob(os.path.join(os.path.dirname(ensurepip.__file__), "_bundled", "pip-*.whl"))
    sys.path.insert(0, wheels[0])
    from pip._internal.cli.main import main  # comes from that wheel

    options = [word for word in arguments if word not in ("--no-setuptools", "--no-wheel")]
    wanted = [] if any(word.startswith("pip==") for word in options) else ["pip==24.2"]
    return main(["install", "--upgrade", "--force-reinstall", *options, *wanted])


if __name__ == "__main__":
    sys.exit(not reachable() if sys.argv[1:] == ["--reachable"] else install(sys.argv[1:]))
