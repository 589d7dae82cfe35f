"""`python -m lab <verb>`: see `python -m lab --help`."""

from __future__ import annotations

import sys

from lab.errors import LabError

if __name__ == "__main__":
    try:
        from lab.cli import main
    except LabError as error:  # a LAB that names no lab
        sys.exit(f"lab: {error}")
    sys.exit(main(sys.argv[1:]))
