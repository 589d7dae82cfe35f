# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What programs wrote, made fit to be shown: a log is any bytes at all."""

from __future__ import annotations

import re

_PICTURES = 0x2400
"""Unicode has a picture for each control character of ASCII, in the same order: what legal_xml puts in its place."""
_DROPPED = dict.fromkeys(range(_PICTURES, _PICTURES + 0x20))
_ESC, _BEL = "[\x1b\u241b]", "\x07\u2407"
_SEQUENCE = re.compile(
    rf"(?:{_ESC}\[|\x9b)[0-?]*[ -/]*[@-~]"
    rf"|{_ESC}[\]PX^_][^{_BEL}\x1b\u241b\n]*(?:[{_BEL}]|{_ESC}\\)?"
    rf"|{_ESC}[ -/]*[0-~]"
)
_NOT_IN_XML = {
    **{code: _PICTURES + code for code in range(0x20) if chr(code) not in "\t\n\r"},
    0xFFFE: 0xFFFD,
    0xFFFF: 0xFFFD,
}


def printable(text: str) -> str:
    """The text without escape sequences and control characters; its lines and tabs stay."""
    cut = _SEQUENCE.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).translate(_DROPPED)
    return "".join(letter for letter in cut if letter.isprintable() or letter in "\t\n")


def last_lines(text: str, count: int, longest: int = 500) -> list[str]:
    """The last ``count`` lines that say anything, printable and each cut to ``longest`` characters."""
    return [line.rstrip()[:longest] for line in printable(text).split("\n") if line.strip()][-count:]


def legal_xml(raw: bytes) -> bytes:
    """A document in UTF-8 whose text may hold what XML forbids, with a picture in place of each such character.

    A sequence is not cut here: its end cannot be told from the document's own tags.
    """
    return raw.decode("utf-8", "replace").translate(_NOT_IN_XML).encode()
