"""A stand-in for Open Library: small enough to read, whole enough to be deployed like the real one."""

import infogami

__all__ = ["infogami"]
