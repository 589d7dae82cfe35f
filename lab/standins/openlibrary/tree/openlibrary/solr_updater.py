"""Follows a log that never ends: what it has worked off stands in a file whose number moves every second."""

import os
import time

OFFSET_FILE = os.environ.get("SOLR_UPDATER_OFFSET", "/opt/openlibrary/shared/solr-updater.offset")


def read_offset(path):
    """Where the updater before this one stopped; 0 without one."""
    try:
        with open(path, encoding="ascii") as file:
            return int(file.read())
    except (OSError, ValueError):
        return 0


def write_offset(path, offset):
    """In one piece: whoever reads sees the old number or the new one."""
    with open(f"{path}.new", "w", encoding="ascii") as file:
        file.write(str(offset))
    os.replace(f"{path}.new", path)


def main():
    """Runs until it is told to end."""
    offset = read_offset(OFFSET_FILE)
    while True:
        offset += 1
        write_offset(OFFSET_FILE, offset)
        time.sleep(1)


if __name__ == "__main__":
    main()
