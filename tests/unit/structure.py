"""What the structure tests share: where the product's parts lie and how their files are read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
PLUGINS = ROOT / "plugins"
ROLES = ROOT / "roles"
PLAYBOOKS = ROOT / "playbooks"


def load(path: Path) -> Any:
    """The one YAML document in a file; None when the file holds nothing."""
    return yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)


def name_of(path: Path) -> str:
    """A test's id for a file: its path in the checkout."""
    return str(path.relative_to(ROOT))


def python_files() -> list[Path]:
    """Every Python file of the product."""
    return sorted(PLUGINS.rglob("*.py"))


def playbooks() -> list[Path]:
    """Every playbook; files that start with an underscore or lie in folders are parts of one."""
    return sorted(PLAYBOOKS.glob("*.yml"))


def roles() -> list[Path]:
    """Every role's folder."""
    return sorted(path for path in ROLES.glob("*") if path.is_dir())


def task_files() -> list[Path]:
    """Every YAML file that holds tasks or plays of the product."""
    folders = ("tasks", "handlers")
    return playbooks() + [
        path for role in roles() for folder in folders for path in sorted(role.glob(f"{folder}/**/*.yml"))
    ]


def all_tasks(node: Any) -> list[dict[str, Any]]:
    """Every task in a task file or playbook, however deep in plays and blocks; plays and blocks themselves left out."""
    tasks: list[dict[str, Any]] = []
    for item in node if isinstance(node, list) else []:
        inner = [part for key in _NESTING if key in item for part in all_tasks(item[key])]
        tasks.extend(inner)
        if not any(key in item for key in (*_NESTING, "hosts")):
            tasks.append(item)
    return tasks


_NESTING = ("pre_tasks", "tasks", "post_tasks", "handlers", "block", "rescue", "always")
