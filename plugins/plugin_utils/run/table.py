# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What an operator reads of a run: tables, and what a deploy brings.

Controller only (Python 3.11). Nothing here talks to anything.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.openlibrary.deploy.plugins.module_utils._model.release.release import short

__all__ = ["change_lines", "short", "table"]


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Columns padded to their widest cell, two blanks apart."""
    widths = [max(len(line[column]) for line in [header, *rows]) for column in range(len(header))]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in [header, *rows]
    ]


def change_lines(resolved: Mapping[str, Any], whole: bool) -> list[str]:
    """What a deploy brings: commits, and requirements that change; with ``whole`` the files too, and no list is cut."""
    commits, files = resolved.get("commits") or {}, resolved.get("files_changed") or {}
    required = resolved.get("requirements") or {}
    lines = [f"{commits.get('count', 0)} commit(s), {files.get('count', 0)} file(s) change"]
    lines += _listed(commits.get("list", ()), commits.get("count", 0), whole)
    if commits.get("behind"):
        lines.append(f"It lacks {commits['behind']} commit(s) of the release that is live.")
    if whole:
        lines += _listed(files.get("list", ()), files.get("count", 0), whole)
    for sign, name in (("+", "added"), ("-", "removed"), ("~", "changed")):
        lines += [f"requirement {sign} {_requirement(item)}" for item in required.get(name, ())]
    return lines


FEW = 10
"""Commits that a plan lists unless it is asked for all."""


def _listed(items: Sequence[str], count: int, whole: bool) -> list[str]:
    shown = list(items) if whole else list(items[:FEW])
    rest = count - len(shown)
    return [f"  {item}" for item in shown] + ([f"  ... and {rest} more"] if rest > 0 else [])


def _requirement(item: Any) -> str:
    return item if isinstance(item, str) else " -> ".join(str(part) for part in item)
