"""What the bench adds to the stand-in for Open Library: files, and a page that never ends. Pure."""

from __future__ import annotations

import hashlib

from lab.errors import LabError

FILE_LINES = 300
HANG_FUNCTION = '''

def hang():
    """Its host's name, and then a byte each half second, without an end."""
    yield f"{socket.gethostname()}\\n".encode()
    for _number in itertools.count():
        time.sleep(0.5)
        yield b"."


'''
HANG_ROUTE = """\
    if path == "/hang":
        start_response("200 OK", [("Content-Type", "text/plain"), ("X-Accel-Buffering", "no")])
        return hang()
"""


def with_hang(server: str) -> str:
    """The stand-in's server with a page that sends its host's name and then a byte each half second, without an end."""
    head, marker, rest = server.partition("    status, kind, body = FIXED[path]()")
    if not marker:
        raise LabError("the stand-in's server has changed: benchmarks/standin.py does not know where to hang it")
    return f"import itertools\nimport socket\n{HANG_FUNCTION}{head}{HANG_ROUTE}{marker}{rest}"


def filler(number: int) -> str:
    """A file about as long as the real ones are on average, which does not compress to nothing."""
    digits = hashlib.sha256(str(number).encode()).hexdigest()
    lines = (f"ENTRY_{line} = '{digits[line % 60 :]}{line * number}'" for line in range(FILE_LINES))
    return "\n".join(lines) + "\n"
