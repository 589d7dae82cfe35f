"""The infobase's stand-in."""

from openlibrary.service import serve

if __name__ == "__main__":
    serve("infobase", 7000)
