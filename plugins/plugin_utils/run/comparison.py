# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the bake of a turn compares its host with, and what it may do.

Controller only (Python 3.11). Nothing here talks to anything.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ...module_utils._model.bake.limits import INFORM, JUDGE


@dataclass(frozen=True)
class Comparison:
    """``reference`` are the hosts to compare a host with, none for fixed limits; ``mode`` is judge or inform."""

    reference: tuple[str, ...] = ()
    mode: str = JUDGE


def is_way_back(plan: Mapping[str, Any], unwinding: bool) -> bool:
    """Whether a turn takes its host off a release: users must be off it in seconds, so that nothing is waited for.

    There is no ramp and no bake then, and gates are asked once at the end, where they only report.
    """
    return unwinding or plan["action"] == "rollback"


def comparison_of(host: str, plan: Mapping[str, Any], done: Collection[str], unwinding: bool = False) -> Comparison:
    """How the bake treats the turn of ``host``, which is about to begin.

    ``plan`` as deploy_plan returns it; ``done`` are the hosts whose turns went well in this run. Servers that do not
    serve by then are left out by the bake itself.
    """
    if is_way_back(plan, unwinding):
        return Comparison(mode=INFORM)
    planned = plan["hosts"]
    if host not in planned or planned[host]["part"] != "web":
        return Comparison()
    # With --limit the others are in the inventory's group alone.
    web = [*(name for name in planned if planned[name]["part"] == "web"), *plan["web"]]
    others = [name for name in dict.fromkeys(web) if name != host]
    proven = [name for name in others if name in done]
    switched = {name for name in planned if planned[name]["switch"]}
    # A restart, and a deploy that finds the release current on every web node: there is no old and new to compare.
    if not switched & {host, *others}:
        return Comparison(reference=(*proven, *(name for name in others if name not in done)))
    if planned[host]["current"] is None:
        return Comparison()
    old = [name for name in others if name in switched and planned[name]["current"] is not None]
    return Comparison(reference=tuple(proven or old))


def bake_of(asked: Mapping[str, Any], mode: str, servers: Sequence[str]) -> dict[str, Any]:
    """The bake of a turn (a module's option `bake`), from the site's limits, ``asked``, and what the plan lets it do.

    ``mode`` is judge, inform or skip. ``servers`` are the names, in the balancer's backend, of the hosts that it
    compares with.
    """
    return {**asked, "mode": mode, "reference": list(servers)}
