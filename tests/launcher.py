# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The launcher as the role prepare installs it."""

from __future__ import annotations

from pathlib import Path

import jinja2

TEMPLATE = Path(__file__).resolve().parents[1] / "roles" / "prepare" / "templates" / "launch.j2"


def install(root: Path, python: str = "/usr/bin/python3") -> None:
    """Makes ``<root>/bin/launch``, which `python` runs, as ansible.builtin.template would."""
    environment = jinja2.Environment(trim_blocks=True, keep_trailing_newline=True, undefined=jinja2.StrictUndefined)
    launcher = root / "bin" / "launch"
    launcher.parent.mkdir(parents=True)
    launcher.write_text(environment.from_string(TEMPLATE.read_text()).render(prepare_python=python))
    launcher.chmod(0o755)
