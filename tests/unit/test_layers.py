"""Holds the code to the table of docs/architecture.md: who may import what, and how large things may grow."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from tests.unit import structure

OURS = "ansible_collections.openlibrary.deploy.plugins"
MODEL = f"{OURS}.module_utils._model"
SYSTEM = f"{OURS}.module_utils._system"
CONTROLLER_UTILS = f"{OURS}.plugin_utils"

FILE_LINES = 300
FUNCTION_LINES = 60

# Modules of the standard library through which a decision could see or touch the world.
WORLD = frozenset(
    (
        "asyncio ctypes fcntl ftplib getpass glob grp http locale logging mmap multiprocessing os pathlib platform pwd "
        "random resource secrets select selectors shutil signal smtplib socket socketserver sqlite3 ssl subprocess "
        "tempfile threading time urllib uuid xmlrpc"
    ).split()
)
WORLD_EXCEPT = ("urllib.parse",)
GENERIC = frozenset({"dict", "frozenset", "list", "set", "tuple", "type"})
WORLD_CALLS = frozenset({"open", "print", "input", "exec", "eval", "now", "utcnow", "today", "__import__"})

RUN, SITE, EDGE = (f"{CONTROLLER_UTILS}.{name}" for name in ("run", "site", "edge"))


def models(*names: str) -> tuple[str, ...]:
    """Packages of the model, and the files beside them, on which every package may build."""
    return (*(f"{MODEL}.{name}" for name in (*SHARED, *names)),)


SHARED = ("errors", "moment", "option", "printable", "result")
# For each layer: the prefixes of ansible's and our own code that it may import, and whether it may see the world.
LAYERS: dict[str, tuple[tuple[str, ...], bool]] = {
    "module_utils/_model/haproxy": (models("haproxy"), False),
    "module_utils/_model/bake": (models("bake", "haproxy"), False),
    "module_utils/_model/rotation": (models("rotation", "bake", "haproxy"), False),
    "module_utils/_model/gate": (models("gate"), False),
    "module_utils/_model/nagios": (models("nagios", "gate"), False),
    "module_utils/_model/release": (models("release"), False),
    "module_utils/_model/host": (models("host", "haproxy", "release"), False),
    "module_utils/_model/service": (models("service", "haproxy", "release"), False),
    "module_utils/_model": (models(), False),
    "module_utils/_system": (("ansible.module_utils", MODEL, SYSTEM), True),
    "modules": (("ansible.module_utils.basic", MODEL, SYSTEM), False),
    "action": (("ansible", CONTROLLER_UTILS, MODEL), True),
    "callback": (("ansible", CONTROLLER_UTILS, MODEL), True),
    "filter": (("ansible", CONTROLLER_UTILS, MODEL), True),
    "lookup": (("ansible", CONTROLLER_UTILS, MODEL), True),
    "plugin_utils/run": ((RUN, MODEL), False),
    "plugin_utils/site": ((SITE, RUN, MODEL), False),
    "plugin_utils/edge": (("ansible", EDGE, RUN, SITE, MODEL), True),
    "doc_fragments": ((MODEL,), False),
}
PURE = ("module_utils/_model", "plugin_utils/run", "plugin_utils/site")
"""Layers that decide: what is open to them through a call, such as open(), is closed as well."""
ON_TARGETS = ("module_utils/", "modules/")


def layer_of(path: Path) -> str | None:
    """The layer that a plugin file belongs to, None for a package's empty __init__.py between layers."""
    relative = path.relative_to(structure.PLUGINS).as_posix()
    return next((layer for layer in LAYERS if relative.startswith(layer + "/")), None)


def imports(tree: ast.AST, package: str) -> Iterator[tuple[int, str]]:
    """Line and full dotted name of every import, relative ones resolved against ``package``."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            parts = package.split(".")
            base = parts[: len(parts) - node.level + 1] if node.level else []
            whole = ".".join([*base, *([node.module] if node.module else [])])
            yield from ((node.lineno, f"{whole}.{alias.name}") for alias in node.names)


def within(name: str, prefix: str) -> bool:
    return name == prefix or name.startswith(prefix + ".")


def may_import(name: str, allowed: tuple[str, ...], world: bool) -> bool:
    top = name.partition(".")[0]
    if any(within(name, prefix) for prefix in allowed):
        return True
    if top not in sys.stdlib_module_names:
        return False
    return world or top not in WORLD or any(within(name, prefix) for prefix in WORLD_EXCEPT)


def import_faults(source: str, layer: str) -> list[str]:
    """What a file of this layer imports, or calls, and must not."""
    allowed, world = LAYERS[layer]
    tree = ast.parse(source)
    package = f"{OURS}.{layer.replace('/', '.')}"
    faults = [
        f"{line}: imports {name}" for line, name in imports(tree, package) if not may_import(name, allowed, world)
    ]
    if layer.startswith(PURE):
        faults += [f"{line}: calls {name}" for line, name in calls(tree) if name in WORLD_CALLS]
    return faults


def calls(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Line and last name of everything that is called."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            if isinstance(node.func, ast.Name):
                yield node.lineno, node.func.id
            elif isinstance(node.func, ast.Attribute):
                yield node.lineno, node.func.attr


def too_new(source: str) -> list[str]:
    """What Python 3.8 lacks: newer syntax (a SyntaxError), newer methods, built-in types subscripted at run time."""
    tree = ast.parse(source, feature_version=(3, 8))
    annotations = {id(part) for node in ast.walk(tree) for hint in _hints(node) for part in ast.walk(hint)}
    faults = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr in {"removeprefix", "removesuffix"}:
            faults.append(f"{node.lineno}: {node.attr}")
        if isinstance(node, ast.keyword) and node.arg in {"kw_only", "slots", "strict"}:
            faults.append(f"{node.value.lineno}: {node.arg}=")
        if isinstance(node, ast.Subscript) and id(node) not in annotations and ast.unparse(node.value) in GENERIC:
            faults.append(f"{node.lineno}: {ast.unparse(node.value)}[...] at run time")
    return faults


def _hints(node: ast.AST) -> list[ast.expr]:
    hints = [getattr(node, "annotation", None), getattr(node, "returns", None)]
    return [hint for hint in hints if hint is not None]


def long_functions(source: str) -> list[str]:
    """Functions beyond the hard limit of lines, their documentation included."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            if lines > FUNCTION_LINES:
                found.append(f"{node.lineno}: {node.name} has {lines} lines")
    return found


def code_lines(source: str) -> int:
    """Lines of a file without a plugin's documentation, which may be as long as it needs to be."""
    documentation = [
        (node.end_lineno or node.lineno) - node.lineno + 1
        for node in ast.parse(source).body
        if isinstance(node, ast.Assign)
        and {"DOCUMENTATION", "EXAMPLES", "RETURN"} & set(map(ast.unparse, node.targets))
    ]
    return len(source.splitlines()) - sum(documentation)


FORBIDDEN_TASKS = frozenset({"raw", "script", "set_fact", "shell"})


def task_faults(text: str) -> list[str]:
    """What no task of the product may do."""
    faults = []
    for task in structure.all_tasks(yaml.safe_load(text)):
        used = {key.removeprefix("ansible.builtin.").removeprefix("ansible.legacy.") for key in task}
        faults += [f"{task.get('name')}: uses {name}" for name in sorted(FORBIDDEN_TASKS & used)]
        faults += [f"{task.get('name')}: {key}" for key in ("ignore_errors", "ignore_unreachable") if key in task]
        command = task.get("ansible.builtin.command")
        if isinstance(command, str) or (isinstance(command, dict) and "argv" not in command):
            faults.append(f"{task.get('name')}: command without argv")
    return faults


GROUPS = re.compile(
    r"""groups\s*(\.\s*(?!get\b|keys\b|values\b|items\b)\w|\[\s*["'])|["']\s*(not\s+)?in\s+group_names"""
)


def group_faults(text: str) -> list[str]:
    """Places where a role names a group of the inventory, which only playbooks may."""
    return [f"{number}: {line.strip()}" for number, line in enumerate(text.splitlines(), 1) if GROUPS.search(line)]


@pytest.mark.parametrize("path", structure.python_files(), ids=structure.name_of)
class TestPythonFile:
    def test_imports_only_what_its_layer_may(self, path: Path) -> None:
        layer = layer_of(path)
        if layer is None:
            assert path.name == "__init__.py", "belongs to no layer of docs/architecture.md"
            assert not path.read_text()
            return
        assert import_faults(path.read_text(encoding="utf-8"), layer) == []

    def test_is_short(self, path: Path) -> None:
        source = path.read_text(encoding="utf-8")
        assert code_lines(source) <= FILE_LINES
        assert long_functions(source) == []

    def test_runs_with_the_python_of_its_host(self, path: Path) -> None:
        if path.relative_to(structure.PLUGINS).as_posix().startswith(ON_TARGETS):
            assert too_new(path.read_text(encoding="utf-8")) == []

    def test_states_its_licence_and_postpones_annotations(self, path: Path) -> None:
        source = path.read_text(encoding="utf-8")
        if source:
            assert source.removeprefix("#!/usr/bin/python\n").startswith(
                "# GNU General Public License v3.0 or later (see LICENSE or "
            )
            assert "\nfrom __future__ import annotations\n" in source


@pytest.mark.parametrize("path", structure.task_files(), ids=structure.name_of)
def test_tasks_hold_no_logic_and_hide_no_failure(path: Path) -> None:
    assert task_faults(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    "path", [path for role in structure.roles() for path in role.rglob("*.yml")], ids=structure.name_of
)
def test_roles_name_no_groups(path: Path) -> None:
    assert group_faults(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("layer", "source"),
    [
        ("module_utils/_model", "import os"),
        ("module_utils/_model", "import os.path"),
        ("module_utils/_model", "from time import monotonic"),
        ("module_utils/_model", "import urllib.request"),
        ("module_utils/_model", "from ansible.module_utils.basic import AnsibleModule"),
        ("module_utils/_model", "from .._system.store import Store"),
        ("module_utils/_model", f"from {SYSTEM} import store"),
        ("module_utils/_model", "def f():\n    import subprocess"),
        ("module_utils/_model", "def f(p):\n    return open(p)"),
        ("module_utils/_model", "from datetime import datetime\ndatetime.now()"),
        ("module_utils/_system", "from ansible.errors import AnsibleError"),
        ("module_utils/_system", "import requests"),
        ("module_utils/_system", f"from {EDGE}.remote_step import RemoteStep"),
        ("module_utils/_model/nagios", "from ..haproxy.stats import parse_stats"),
        ("module_utils/_model/haproxy", f"from {MODEL}.bake.judge import Judge"),
        ("module_utils/_model/release", "from ..host.journal import Entry"),
        ("module_utils/_model", "from .haproxy import stats"),
        ("plugin_utils/run", f"from {SITE}.model import Site"),
        ("modules", "import subprocess"),
        ("modules", f"from {OURS}.modules import deploy_run"),
        ("modules", f"from {CONTROLLER_UTILS} import x"),
        ("plugin_utils/site", "import os"),
        ("plugin_utils/site", "from ansible.errors import AnsibleError"),
        ("plugin_utils/site", f"from {EDGE}.terminal import ask"),
        ("plugin_utils/site", f"from {SYSTEM}.clock import SystemClock"),
        ("plugin_utils/site", "def f(p):\n    return open(p)"),
        ("plugin_utils/run", "import time"),
        ("plugin_utils/run", "from ansible.errors import AnsibleError"),
        ("plugin_utils/run", f"from {EDGE}.decision import Variables"),
        ("plugin_utils/run", f"from {EDGE}.collected import ledger_of"),
        ("plugin_utils/run", f"from {SYSTEM}.clock import SystemClock"),
        ("plugin_utils/run", "def f(p):\n    print(p)"),
        ("action", f"from {SYSTEM}.clock import SystemClock"),
        ("action", "import yaml"),
        ("callback", f"from {OURS}.modules import deploy_run"),
    ],
)
def test_a_forbidden_import_is_found(layer: str, source: str) -> None:
    assert import_faults(source, layer)


@pytest.mark.parametrize(
    ("layer", "source"),
    [
        ("module_utils/_model", "from .errors import DeployError\nimport dataclasses, posixpath\nimport urllib.parse"),
        ("module_utils/_model", f"from {MODEL}.errors import DeployError"),
        ("module_utils/_model/rotation", "from ..bake.judge import Judge\nfrom ..errors import InputError"),
        ("module_utils/_system", "import os, socket, subprocess\nfrom .._model import errors"),
        ("module_utils/_system", "from ansible.module_utils.basic import AnsibleModule"),
        ("modules", f"from {SYSTEM}.module import run_module\nfrom ..module_utils._model.result import Result"),
        (
            "plugin_utils/site",
            f"import dataclasses\nfrom .near import near\nfrom {MODEL}.release.refs import check_version",
        ),
        ("plugin_utils/run", f"import re\nfrom .record import Record\nfrom {MODEL}.moment import render_age"),
        ("plugin_utils/edge", f"from .decision import Variables\nfrom {RUN}.ledger import Ledger"),
        (
            "action",
            "from ansible.plugins.action import ActionBase\nfrom ..plugin_utils.edge.remote_step import RemoteStep",
        ),
    ],
)
def test_a_permitted_import_passes(layer: str, source: str) -> None:
    assert import_faults(source, layer) == []


@pytest.mark.parametrize(
    "source",
    [
        "'a'.removeprefix('b')",
        "@dataclass(kw_only=True)\nclass A: pass",
        "zip([], [], strict=True)",
        "Names = dict[str, int]",
        "def f(x=list[int]): pass",
    ],
)
def test_what_python_3_8_lacks_is_found(source: str) -> None:
    assert too_new(source)


def test_syntax_newer_than_python_3_8_is_found() -> None:
    with pytest.raises(SyntaxError):
        too_new("match x:\n    case 1: pass")


def test_annotations_may_be_newer_than_python_3_8() -> None:
    assert too_new("def f(x: list[int] | None) -> dict[str, int]:\n    y: tuple[int, ...] = ()") == []


def test_a_long_function_is_found() -> None:
    assert long_functions("def f():\n" + "    x = 1\n" * FUNCTION_LINES)
    assert not long_functions("def f():\n" + "    x = 1\n" * (FUNCTION_LINES - 1))


def test_documentation_does_not_count_as_code() -> None:
    assert code_lines('DOCUMENTATION = """\na\nb\n"""\nx = 1\n') == 1


@pytest.mark.parametrize(
    "text",
    [
        "- {name: a, ansible.builtin.set_fact: {x: 1}}",
        "- {name: a, shell: ls}",
        "- {name: a, hosts: all, tasks: [{name: b, ansible.builtin.shell: ls}]}",
        "- {name: a, block: [{name: b, ping: {}}], rescue: [{name: c, ansible.builtin.set_fact: {x: 1}}]}",
        "- {name: a, ansible.builtin.ping: {}, ignore_errors: true}",
        "- {name: a, ansible.builtin.command: ls -l}",
        "- {name: a, ansible.builtin.command: {cmd: ls}}",
    ],
)
def test_a_forbidden_task_is_found(text: str) -> None:
    assert task_faults(text)


@pytest.mark.parametrize(
    "line",
    [
        "groups['web']",
        'when: inventory_hostname in groups["web"]',
        "groups.web | first",
        "when: \"'web' in group_names\"",
        "when: \"'web' not in group_names\"",
    ],
)
def test_a_group_name_is_found(line: str) -> None:
    assert group_faults(line)


@pytest.mark.parametrize("line", ["groups[release_group]", "owner: deploy_groups", 'loop: "{{ groups.keys() }}"'])
def test_a_group_given_as_a_variable_passes(line: str) -> None:
    assert group_faults(line) == []
