# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What README.md tells a person to type."""

from __future__ import annotations

from pathlib import Path

README = Path(__file__).resolve().parents[1] / "README.md"


def commands(section: str) -> list[str]:
    """The commands of a section, in order: its lines that are indented as code."""
    text = README.read_text().partition(f"\n## {section}\n")[2].partition("\n## ")[0]
    lines = text.splitlines()
    # Within a numbered list text is indented by three columns, and code by four more.
    return [line.strip() for line in lines if line.startswith(" " * 7)]
