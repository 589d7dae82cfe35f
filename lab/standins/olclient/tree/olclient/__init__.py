"""A stand-in for olclient: a requirement that is fetched from git and not from a package index."""


def work_key(number: int) -> str:
    """The key of a work as the catalogue writes it."""
    return f"OL{number}W"
