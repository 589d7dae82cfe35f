"""The coverstore's stand-in."""

from openlibrary.service import serve

if __name__ == "__main__":
    serve("coverstore", 7075)
