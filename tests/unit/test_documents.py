"""Holds the documents to the tree: what they name is there, and the architecture has every layer and module."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from tests.unit import structure, test_layers

WRITTEN = [
    *(structure.ROOT / name for name in ("README.md", "CONTRIBUTING.md")),
    *sorted((structure.ROOT / "docs").glob("*.md")),
    *sorted(structure.ROLES.glob("*/README.md")),
]
ARCHITECTURE = structure.ROOT / "docs/architecture.md"
PLACES = {
    "_model": "plugins/module_utils/_model",
    "_system": "plugins/module_utils/_system",
    "plugin_utils": "plugins/plugin_utils",
    **{name: f"plugins/plugin_utils/{name}" for name in ("edge", "run", "site")},
    **{name: name for name in "benchmarks docs inventories lab molecule playbooks plugins requirements".split()},
    **{name: name for name in "roles tests".split()},
}
"""What a path may begin with, and where it leads."""
NAMED = re.compile(rf"(?<![\w./~>-])({'|'.join(PLACES)})(/[\w./*<>-]*[\w*/>])(?::(\w+))?")
LINK = re.compile(r"\]\((?!https?:)([^)#]+)")


def lost_paths(text: str) -> list[str]:
    """Paths, and names in files (`file.py:name`), that a document has and the tree has not."""
    faults = []
    for place, rest, name in NAMED.findall(text):
        if place in ("edge", "run", "site") and not rest.endswith(".py"):
            continue  # /run/haproxy, site/group_vars: a host's paths, not ours
        pattern = PLACES[place] + re.sub(r"<[^>]*>", "*", rest)
        found = list(structure.ROOT.glob(pattern.rstrip("/")))
        if not found:
            faults.append(place + rest)
        elif name and not any(name in defined(path) for path in found):
            faults.append(f"{place}{rest}:{name}")
    return faults


def defined(path: Path) -> set[str]:
    """What a Python file defines at its top."""
    body = ast.parse(path.read_text(encoding="utf-8")).body
    return {node.name for node in body if isinstance(node, (ast.FunctionDef, ast.ClassDef))}


def lost_links(path: Path) -> list[str]:
    """Links to files that are not there."""
    return [link for link in LINK.findall(path.read_text(encoding="utf-8")) if not (path.parent / link).exists()]


@pytest.mark.parametrize("path", WRITTEN, ids=structure.name_of)
def test_what_a_document_names_is_there(path: Path) -> None:
    assert lost_paths(path.read_text(encoding="utf-8")) == []
    assert lost_links(path) == []


def rows(text: str, first: str) -> list[list[str]]:
    """The cells of each row of a table whose first cell begins so."""
    lines = [line for line in text.splitlines() if line.startswith(f"| `{first}")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def named(cell: str) -> set[str]:
    return set(re.findall(r"`([^`]+)`", cell))


def short(prefix: str) -> str:
    """A prefix of LAYERS as the table has it."""
    if prefix in (test_layers.RUN, test_layers.SITE, test_layers.EDGE):
        return prefix.rpartition(".")[2]
    ours = prefix.removeprefix(f"{test_layers.OURS}.").removeprefix("module_utils.")
    return ours.replace(".", "/") if prefix.startswith(test_layers.OURS) else prefix


def may_import(layer: str) -> set[str]:
    """What a layer may import besides itself and what all of the model may."""
    shared = {f"_model/{name}" for name in test_layers.SHARED}
    own = layer.removeprefix("module_utils/").removeprefix("plugin_utils/")
    return {short(prefix) for prefix in test_layers.LAYERS[layer][0]} - shared - {own}


def test_the_architecture_has_every_layer() -> None:
    told = {
        place.strip("`").removeprefix("plugins/").rstrip("/"): named(imports)
        for place, _holds, imports in rows(ARCHITECTURE.read_text(encoding="utf-8"), "plugins/")
    }
    assert told == {layer: may_import(layer) for layer in test_layers.LAYERS}


def test_the_architecture_has_every_module() -> None:
    text = ARCHITECTURE.read_text(encoding="utf-8").partition("\n## Modules\n")[2].partition("\n### ")[0]
    told = [name for row in rows(text, "") for name in named(row[0])]
    assert sorted(told) == sorted(path.stem for path in structure.PLUGINS.glob("modules/*.py"))


def test_each_file_says_first_what_it_holds() -> None:
    silent = [
        structure.name_of(path)
        for path in structure.python_files()
        if path.parent.name not in ("modules", "doc_fragments")  # their documentation says it
        and path.read_text(encoding="utf-8")
        and not ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    ]
    assert silent == []


@pytest.mark.parametrize(
    "text",
    [
        "`_model/no_such_file.py`",
        "in `plugins/module_utils/_system/gone.py`,",
        "(run/settled.py)",
        "`plugin_utils/edge/remote_step.py:NoSuchStep`",
        "`tests/unit/gone_*.py`",
        "[a](docs/gone.md)",
    ],
)
def test_what_is_not_there_is_found(text: str) -> None:
    assert lost_paths(text)


@pytest.mark.parametrize(
    "text",
    [
        "`_model/bake/limits.py`",
        "`run/settle.py`",
        "`plugins/modules/<name>.py`",
        "`plugin_utils/edge/remote_step.py:RemoteStep`",
        "/run/haproxy/admin.sock",
        "~/.ansible/roles/x",
        "tests/unit/test_*.py",
    ],
)
def test_what_is_there_passes(text: str) -> None:
    assert lost_paths(text) == []
