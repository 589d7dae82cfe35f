# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A gate of another collection: the one of CONTRIBUTING.md, put into a collection that is thrown away."""

from __future__ import annotations

from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[1]
COLLECTIONS = CHECKOUT / ".ansible" / "collections"
QUEUE = "example.gates.queue"


def example() -> str:
    """The whole module that CONTRIBUTING.md shows."""
    section = (CHECKOUT / "CONTRIBUTING.md").read_text().partition("\n## Adding a gate\n")[2].partition("\n## ")[0]
    return section.partition("```python\n")[2].partition("```")[0]


def collection(place: Path, **modules: str) -> str:
    """The path of Ansible's collections with example.gates in the folder ``place``: its modules by name."""
    home = place / "ansible_collections" / "example" / "gates"
    (home / "plugins" / "modules").mkdir(parents=True)
    (home / "galaxy.yml").write_text("namespace: example\nname: gates\nversion: 1.0.0\n")
    for name, source in modules.items():
        (home / "plugins" / "modules" / f"{name}.py").write_text(source)
    return f"{place}:{COLLECTIONS}"
