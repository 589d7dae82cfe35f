"""The web application (WSGI): pages that name their release, a health check, the version of the running process."""

import json
import time

import isbnlib
import olclient
from infogami.page import render

from openlibrary.release import RELEASE

# Seconds that a page waits for the database it does not have.
WORK_SECONDS = 0.003
HEADING = "Welcome to Open Library"


def page(path):
    """Status, content type and body of a page."""
    time.sleep(WORK_SECONDS)
    if path == "/":
        return "200 OK", "text/html; charset=utf-8", render(HEADING, "One web page for every book.", RELEASE)
    number = path[len("/works/") :]
    if path.startswith("/works/") and number.isdigit():
        stem = f"978014{int(number) % 1000000:06d}"
        text = f"Work {olclient.work_key(int(number))}, ISBN {stem}{isbnlib.check_digit13(stem)}."
        return "200 OK", "text/html; charset=utf-8", render(f"Work {number}", text, RELEASE)
    return "404 Not Found", "text/plain", b"No such page\n"


def health():
    """What the balancer asks for."""
    return "200 OK", "text/plain", b"OK"


def version():
    """What this process runs, whatever the link says by now."""
    return "200 OK", "application/json", json.dumps({"release": RELEASE}).encode()


FIXED = {"/health": health, "/version": version}


def application(environ, start_response):
    """WSGI entry point."""
    path = environ.get("PATH_INFO", "/")
    status, kind, body = FIXED[path]() if path in FIXED else page(path)
    start_response(status, [("Content-Type", kind), ("Content-Length", str(len(body)))])
    return [body]
