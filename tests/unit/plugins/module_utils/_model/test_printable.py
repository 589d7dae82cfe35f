# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

import random
import xml.parsers.expat

import pytest

from ansible_collections.openlibrary.deploy.plugins.module_utils._model.printable import (
    last_lines,
    legal_xml,
    printable,
)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31mTraceback\x1b[0m: no such table: works\n", "Traceback: no such table: works\n"),
        ("\u241b[31mTraceback\u241b[0m", "Traceback"),
        ("\x9b1;4mbold\x9bm", "bold"),
        ("\x1b]0;a title\x07said\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\", "saidlink"),
        ("\x1b(Bplain\x1b=\x1bM", "plain"),
        ("10%\r100%\r\n\tdone\x00\x08\x7f", "10%\n100%\n\tdone"),
        ("cut \x1b", "cut "),
        ("Größe \u202e\ud83d 😀", "Größe  😀"),
        ("\x1b]never ends\nnext", "\nnext"),
    ],
)
def test_what_a_program_wrote_is_shown_without_its_controls(text: str, shown: str) -> None:
    assert printable(text) == shown


def test_the_last_lines_that_say_anything_and_none_is_endless() -> None:
    text = "one\n\n\x1b[31m\x1b[0m\n  two  \n" + "x" * 9000 + "\n"
    assert last_lines(text, 2) == ["  two", "x" * 500]
    assert last_lines("", 2) == []


def test_any_bytes_can_be_the_text_of_a_document_and_be_shown() -> None:
    chance = random.Random(11)
    for _ in range(2000):
        raw = bytes(chance.choices([*range(256), 0x1B, 0x1B, 0x5B], k=chance.randrange(40)))
        raw = raw.replace(b"<", b"").replace(b"&", b"")
        parser = xml.parsers.expat.ParserCreate()
        said: list[str] = []
        parser.CharacterDataHandler = said.append
        parser.Parse(legal_xml(b"<a>" + raw + b"</a>"), True)
        shown = printable("".join(said))
        assert all(letter.isprintable() or letter in "\t\n" for letter in shown)
