# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The gates of this collection: what the `options` of an entry of `deploy_gates` are held to before anybody is asked.

The options of another collection's module are its own: they are handed on as they are.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ansible_collections.openlibrary.deploy.plugins.module_utils._model.gate.contract import ASKED
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.gate.http_options import OPTIONS as HTTP
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.gate.http_options import check_http
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.gate.prometheus_options import (
    OPTIONS as PROMETHEUS,
)
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.gate.prometheus_options import check_prometheus
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.nagios.options import OPTIONS as NAGIOS
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.option import SECONDS, Option

from . import checks
from .setting import Check
from .specification_run import DAY

COLLECTION = "openlibrary.deploy."
NAGIOS_GATE = f"{COLLECTION}nagios_gate"

ASKED_NAMES = frozenset(option.name for option in ASKED)
"""What deploy_gate says to every gate: no option of a module's own may have such a name."""
OF_THE_ENTRY = frozenset({"host", "timeout"})
"""Those of them that an entry sets, beside its options."""


@dataclass(frozen=True)
class GateModule:
    """A module of ours that is a gate: its ``options``, further ``rules`` by the name of an option, and one for what
    the source calls a ``host``.

    ``check`` is the module's own, of what does not go together: it takes all its options and raises InputError.
    """

    options: tuple[Option, ...]
    rules: Mapping[str, Check] = field(default_factory=dict)
    host: Check = checks.line
    check: Callable[[Mapping[str, Any]], None] | None = None


def _held(options: tuple[Option, ...]) -> tuple[Option, ...]:
    """The options, times among them within a day: what is longer was meant in milliseconds."""
    return tuple(
        replace(option, most=DAY) if option.unit == SECONDS and option.most is None else option for option in options
    )


GATE_MODULES: dict[str, GateModule] = {
    NAGIOS_GATE: GateModule(
        _held(NAGIOS),
        {"url": checks.url, "hostgroup": checks.nagios_name, "url_username": checks.line},
        checks.nagios_name,
    ),
    f"{COLLECTION}http_gate": GateModule(_held(HTTP), {"url": checks.url}, check=check_http),
    f"{COLLECTION}prometheus_gate": GateModule(_held(PROMETHEUS), {"url": checks.url}, check=check_prometheus),
}
"""One entry for each; docs/variables.md has a table for each."""
