# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the balancer's answer means for a run: why there is none, and what it shows at the end. Pure."""

from __future__ import annotations

import typing as t

from ansible_collections.openlibrary.deploy.plugins.plugin_utils.run.ledger import Ledger, Plan
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.run.record import TURN
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.run.remembered import underweight

Answer = t.Mapping[str, t.Any]
"""The result of haproxy_stats, whose task never fails, or what release_survey read in its place."""


def answer_of(own: Answer, beside: t.Iterable[t.Mapping[str, t.Any]]) -> Answer:
    """The balancer's answer: its host's own, or that of a host asked ``beside`` the fleet; empty for neither."""
    return own or next((each["balancer"] for each in beside if each.get("balancer")), {})


def silence_of(asked: Answer) -> str:
    """Why the balancer did not answer, in the words of the task that asked it; empty where it did, or was not asked."""
    if not asked or asked.get("skipped") or "servers" in asked:
        return ""
    return str(asked.get("msg") or "it gave no answer")


def seen_at_end(plan: Plan, ledger: Ledger, answer: Answer) -> list[str]:
    """What it shows at the end of a run, or does not, and must not be lost: a sentence each."""
    if not plan["balancer"]:
        return []
    if "servers" not in answer:
        why = silence_of(answer) or "it gave no answer"
        return [f"the balancer could not be asked, so it is unknown who serves: {why}"]
    servers = answer["servers"]
    returned = {
        plan["server_names"].get(host, "")
        for host in plan["turns"]
        if (turn := ledger.get(host, TURN)) and turn.rotation and turn.rotation.admin == "ready"
    }
    if returned and not any(server.get("in_rotation") for server in servers):
        return ["no node is in rotation"]
    light = {name.rpartition("/")[2]: weights for name, weights in underweight(servers).items()}
    return [f"{name} has weight {light[name][0]} of {light[name][1]}" for name in sorted(returned & set(light))]
