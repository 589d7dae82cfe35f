"""Writes what describes the variables of each role: roles.py, in the checkout.

From meta/argument_specs.yml and the values in defaults/main.yml it makes the comments in defaults/main.yml, and the
table that ends README.md; all else stays as it is.

ansible-doc shows the specification and writes no file; antsibull-docs writes reStructuredText for a site; aar-doc and
docsmith write Markdown, but one table for each entry point, and of the values only those in the specification: most of
ours are templates, which stand in defaults/main.yml alone.
"""

from __future__ import annotations

import re
import textwrap
from pathlib import Path
from typing import Any

import yaml

ROLES = Path(__file__).resolve().parents[2] / "roles"
HEADING = "## Variables\n"
MADE = "Made by `tests/tools/roles.py` from `meta/argument_specs.yml` and `defaults/main.yml`.\n"
COLUMNS = "| variable | type | default | what it is |\n| --- | --- | --- | --- |\n"
VALUE = re.compile(r"^(?:# )?([a-z0-9_]+):")
REQUIRED = "required"


def specified(role: Path) -> dict[str, dict[str, Any]]:
    """Each variable of the role once, from whichever entry point names it first."""
    specs = yaml.safe_load((role / "meta/argument_specs.yml").read_text(encoding="utf-8"))["argument_specs"]
    found: dict[str, dict[str, Any]] = {}
    for entry in specs.values():
        for name, option in entry["options"].items():
            if found.setdefault(name, option) != option:
                raise ValueError(f"{role.name}: {name} is not the same at every entry point")
    return found


def defaults(role: Path) -> dict[str, str]:
    """The lines of defaults/main.yml that set each variable, in the file's order; nothing for a required one."""
    options = specified(role)
    lines: dict[str, str] = {}
    name = ""
    for line in (role / "defaults/main.yml").read_text(encoding="utf-8").splitlines():
        begins = VALUE.match(line)
        if begins and begins[1] in options:
            name = begins[1]
            lines[name] = "" if line.startswith("# ") else line + "\n"
        elif name and line.startswith(" "):
            lines[name] += line + "\n"
    return {**lines, **{name: "" for name, option in options.items() if option.get("required")}}


def defaults_file(role: Path) -> str:
    """What defaults/main.yml is to say: above each value, what it is."""
    options = specified(role)
    text = "---\n"
    for name, value in defaults(role).items():
        text += textwrap.fill(options[name]["description"], 120, initial_indent="# ", subsequent_indent="# ") + "\n"
        text += value or f"# {name}: {REQUIRED}\n"
    return text


def readme(role: Path) -> str:
    """What README.md is to say: what people wrote, then the table."""
    options, values = specified(role), defaults(role)
    prose = (role / "README.md").read_text(encoding="utf-8").partition(HEADING)[0]
    rows = [_row(name, options[name], values[name]) for name in values]
    return f"{prose}{HEADING}\n{MADE}\n{COLUMNS}{''.join(rows)}"


def _row(name: str, option: dict[str, Any], value: str) -> str:
    kind = f"list of {option['elements']}" if "elements" in option else option["type"]
    default = f"`{_shown(yaml.safe_load(value)[name])}`" if value else REQUIRED
    cells = (f"`{name}`", kind, default, option["description"])
    return "".join("| " + cell.replace("|", r"\|") + " " for cell in cells) + "|\n"


def _shown(value: Any) -> str:
    """A value as people write it, on one line; a text without quotes."""
    if isinstance(value, str) and value:
        return value
    return yaml.safe_dump(value, default_flow_style=True, width=1000).removesuffix("...\n").strip()


def main() -> None:
    """Write both files of every role."""
    for role in sorted(path for path in ROLES.iterdir() if path.is_dir()):
        texts = {"defaults/main.yml": defaults_file(role), "README.md": readme(role)}
        for name, text in texts.items():
            (role / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
