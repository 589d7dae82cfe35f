"""What tests/tools/roles.py makes of a role."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.tools import roles

SPECS = """
argument_specs:
  main:
    options:
      a: {type: list, elements: str, default: [x, y], description: "What is a | or b."}
      c: {type: str, required: true, description: "Must be said."}
  other:
    options:
      a: {type: list, elements: str, default: [x, y], description: "What is a | or b."}
      b: {type: dict, description: "Many things."}
"""
DEFAULTS = """---
# An old description,
# of two lines.
a: [x, y]
b:
  # A note on a value.
  one: "{{ c }}"
"""
README = """# demo

Prose, and a

    table: of its own

## Variables

| old |
"""


@pytest.fixture(name="role")
def _role(tmp_path: Path) -> Path:
    for name, text in {"meta/argument_specs.yml": SPECS, "defaults/main.yml": DEFAULTS, "README.md": README}.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def test_the_table_has_each_variable_once_below_the_prose(role: Path) -> None:
    assert roles.readme(role) == README.partition("## Variables")[0] + (
        "## Variables\n\n"
        "Made by `tests/tools/roles.py` from `meta/argument_specs.yml` and `defaults/main.yml`.\n\n"
        "| variable | type | default | what it is |\n"
        "| --- | --- | --- | --- |\n"
        "| `a` | list of str | `[x, y]` | What is a \\| or b. |\n"
        "| `b` | dict | `{one: '{{ c }}'}` | Many things. |\n"
        "| `c` | str | required | Must be said. |\n"
    )


def test_the_comments_of_the_defaults_are_the_descriptions(role: Path) -> None:
    assert roles.defaults_file(role) == (
        "---\n# What is a | or b.\na: [x, y]\n"
        '# Many things.\nb:\n  # A note on a value.\n  one: "{{ c }}"\n'
        "# Must be said.\n# c: required\n"
    )


def test_a_second_time_changes_nothing(role: Path) -> None:
    texts = {"defaults/main.yml": roles.defaults_file(role), "README.md": roles.readme(role)}
    for name, text in texts.items():
        (role / name).write_text(text)
    assert (roles.defaults_file(role), roles.readme(role)) == tuple(texts.values())


def test_a_variable_that_entry_points_describe_differently_is_refused(role: Path) -> None:
    specs = role / "meta/argument_specs.yml"
    specs.write_text(SPECS.replace("What is a", "Something else", 1))
    with pytest.raises(ValueError, match="a is not the same at every entry point"):
        roles.readme(role)
