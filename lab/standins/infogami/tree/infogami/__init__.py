"""A stand-in for infogami: the wiki engine that openlibrary brings along as a submodule."""

VERSION = "0.5.1"
