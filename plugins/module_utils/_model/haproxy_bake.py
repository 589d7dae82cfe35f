# GNU Affero General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/agpl-3.0.txt)
"""The bake as a part of coming back: each step of the ramp is measured from the moment in which its traffic begins.

How it is measured and judged is the baker's business. What follows from a verdict is decided here.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Mapping

from .haproxy_steps import FAIL, Memory, Move, Seen, Wish, undo_admission, usable_ramp

PASSED, FAILED, INCONCLUSIVE, SKIPPED = "pass", "fail", "inconclusive", "skip"
JUDGE, INFORM, SKIP = "judge", "inform", "skip"

CONTINUE = "ansible-playbook playbooks/deploy.yml -e deploy_bake_inconclusive=continue"
"""What to type to go on without being able to tell."""

MAX_RELOADS = 1
"""How often haproxy may be reloaded under a bake, which then starts over, before it cannot tell."""


def begin_bake(wish: Wish, seen: Seen, memory: Memory, now: float) -> Memory:
    """The memory as traffic is about to come to the next step of the ramp; unchanged where nothing is to be baked."""
    if wish.baker is None or memory.no_bake:
        return memory
    percent = usable_ramp(wish.ramp, seen.configured_weight)[memory.step]
    baking = wish.baker.begin(wish.server, percent, now)
    # The reading that traffic begins with is the first that counts: users may meet errors at once.
    return go_on(wish, seen, replace(memory, bake=baking))


def go_on(wish: Wish, seen: Seen, memory: Memory) -> Memory:
    """The memory after one more sample; with a verdict the step's bake is over."""
    if wish.baker is None or memory.bake is None or seen.sample is None:
        return memory
    baking, verdict = wish.baker.advance(memory.bake, seen.sample)
    if verdict is None:
        return replace(memory, bake=baking)
    return replace(memory, bake=None, verdicts=(*memory.verdicts, verdict))


def why_stop(wish: Wish, before: Memory, memory: Memory) -> Move | None:
    """The move that ends the admission if the verdict that came since ``before`` demands it."""
    if wish.baker is None or len(memory.verdicts) <= len(before.verdicts):
        return None
    verdict = memory.verdicts[-1]
    said = str(verdict["verdict"])
    if not stops(wish, said):
        return None
    sentence = f"{str(verdict['why']).rstrip('.')}; it goes to maint."
    return Move(FAIL, memory, sentence, undo_admission(wish, memory), unproven=said == FAILED, gate=said)


def stops(wish: Wish, said: str) -> bool:
    """Whether a verdict takes the server out again."""
    if wish.baker is None or wish.baker.mode != JUDGE:
        return False
    return said == FAILED or (said == INCONCLUSIVE and wish.baker.inconclusive == "stop")


def reloaded(wish: Wish, seen: Seen, memory: Memory) -> Memory:
    """The memory after haproxy lost its counters: the bake starts over once, and the second time cannot tell."""
    if wish.baker is None or memory.no_bake or (memory.bake is None and not memory.verdicts):
        return replace(memory, bake=None, no_bake=False)
    if memory.reloads < MAX_RELOADS:
        return replace(memory, bake=None, verdicts=(), reloads=memory.reloads + 1)
    percent = usable_ramp(wish.ramp, seen.configured_weight)[memory.step]
    times = f"{MAX_RELOADS + 1} times"
    why = f"{wish.server} at {percent} %: haproxy was reloaded {times} under the bake, so its counters tell nothing"
    verdict = wish.baker.doubt(wish.server, percent, why)
    return replace(memory, bake=None, verdicts=(*memory.verdicts, verdict), reloads=memory.reloads + 1, no_bake=True)


def measures_traffic(wish: Wish, memory: Memory) -> bool:
    """Whether a bake is what looks at the server's requests."""
    return wish.baker is not None and wish.baker.mode != SKIP and not memory.no_bake


def note(wish: Wish, verdict: Mapping[str, Any]) -> str:
    """What the balancer's journal keeps of a verdict, one line."""
    step = f"{wish.name} {verdict['percent']} %"
    said = str(verdict["verdict"])
    if said == SKIPPED:
        return f"{step} skipped by deploy_bake=skip"
    gone_on = ", continued" if said in (FAILED, INCONCLUSIVE) and not stops(wish, said) else ""
    return " ".join(f"{step}: {said}{gone_on}: {verdict['why']}".replace(" before=", " ").split())


def in_a_few_words(verdicts: tuple[Mapping[str, Any], ...]) -> str:
    """The clause for the module's sentence; empty without a verdict."""
    steps = ", ".join(f"{one['verdict']} at {one['percent']} %" for one in verdicts)
    return f" (bake: {steps})" if steps else ""
