# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The bake as a part of coming back: each step of the ramp is measured from the moment in which its traffic begins.

How it is measured and judged is the baker's business. What follows from a verdict is decided here.
"""

from __future__ import annotations

from dataclasses import replace

from ..bake.figures import NOTHING, Sample
from ..bake.judge import FAILED, INCONCLUSIVE, MAX_RELOADS, SKIPPED, BakeVerdict, closing, reloaded_too_often
from ..errors import NOBODY, RELEASE
from .steps import FAIL, Memory, Move, Seen, Wish, undo_admission, usable_ramp

CONTINUE = "Start again when there is traffic, or without a bake and say why: -e skip=bake -e \"reason=''\""
"""What to do where nothing could be told."""


def begin_bake(wish: Wish, seen: Seen, memory: Memory, now: float) -> Memory:
    """The memory as traffic is about to come to the next step of the ramp; unchanged where nothing is to be baked."""
    if wish.baker is None or memory.no_bake or (wish.baker.first_only and memory.step > 0):
        return memory
    percent = usable_ramp(wish.ramp, seen.configured_weight)[memory.step]
    baking = wish.baker.begin(wish.server, percent, now, memory.met)
    # The reading that traffic begins with is the first that counts: users may meet errors at once.
    return go_on(wish, seen, replace(memory, bake=baking, met=NOTHING))


def go_on(wish: Wish, seen: Seen, memory: Memory) -> Memory:
    """The memory after one more sample; with a verdict the step's bake is over."""
    if wish.baker is None or memory.bake is None or seen.sample is None:
        return memory
    baking, verdict = wish.baker.advance(memory.bake, seen.sample)
    if verdict is None:
        return replace(memory, bake=baking)
    return replace(memory, bake=None, baked=baking, verdicts=(*memory.verdicts, verdict))


def why_stop(wish: Wish, before: Memory, memory: Memory) -> Move | None:
    """The move that ends the admission if the verdict that came since ``before`` demands it."""
    if wish.baker is None or len(memory.verdicts) <= len(before.verdicts):
        return None
    verdict = memory.verdicts[-1]
    if not wish.baker.stops(verdict):
        return None
    found = "failed its bake" if verdict.said == FAILED else "could not be judged by its bake"
    sentence = f"{wish.name} {found} at {verdict.percent} % of its weight: {verdict.why}; it goes to maint."
    commands = undo_admission(wish, memory)
    return Move(
        FAIL, memory, sentence, commands, blame=RELEASE if verdict.said == FAILED else NOBODY, gate=verdict.said
    )


def reloaded(wish: Wish, seen: Seen, memory: Memory) -> Memory:
    """The memory after haproxy lost its counters: the bake starts over once, and the second time cannot tell."""
    if wish.baker is None or memory.no_bake or (memory.bake is None and not memory.verdicts):
        # One that was found in rotation goes through drain now, and so is baked as any other.
        return replace(memory, no_bake=memory.reloads > MAX_RELOADS)
    again = replace(memory, bake=None, baked=memory.bake, reloads=memory.reloads + 1)
    if memory.reloads < MAX_RELOADS:
        met = sum((verdict.users for verdict in memory.verdicts), memory.bake.users if memory.bake else NOTHING)
        return replace(again, verdicts=(), met=met)
    percent = usable_ramp(wish.ramp, seen.configured_weight)[memory.step]
    verdict = wish.baker.undecided(memory.bake or wish.baker.begin(wish.server, percent, 0.0), reloaded_too_often())
    return replace(again, verdicts=(*memory.verdicts, verdict), no_bake=True)


def given_up(wish: Wish, memory: Memory) -> Memory:
    """The memory of a server that users wait for: what a bake saw of it by then is kept, and none begins any more."""
    if wish.baker is None or memory.bake is None:
        return replace(memory, no_bake=True)
    verdict = wish.baker.undecided(memory.bake, "given up: no other server takes traffic")
    return replace(memory, bake=None, baked=memory.bake, verdicts=(*memory.verdicts, verdict), no_bake=True)


def closed(wish: Wish, sample: Sample | None, move: Move) -> Move:
    """The failed move with all that users met of the server; ``sample`` is a last look after it was taken out."""
    memory = move.memory
    if wish.baker is None:
        return move
    if memory.bake is not None:
        undecided = wish.baker.undecided(memory.bake, f"broken off: {move.sentence.rstrip('.')}")
        last = closing(undecided, memory.bake, sample)
        return replace(move, memory=replace(memory, bake=None, verdicts=(*memory.verdicts, last)))
    if move.gate and memory.baked is not None:
        last = closing(memory.verdicts[-1], memory.baked, sample)
        return replace(move, memory=replace(memory, verdicts=(*memory.verdicts[:-1], last)))
    return move


def measures_traffic(wish: Wish, memory: Memory) -> bool:
    """Whether a bake does not let a server pass that gets no requests."""
    return bool(wish.baker and wish.baker.demands_traffic) and not memory.no_bake


def verdict_note(wish: Wish, verdict: BakeVerdict) -> str:
    """What the balancer's journal keeps of a verdict, one line."""
    step = f"{wish.name} {verdict.percent} %"
    if verdict.said == SKIPPED:
        return f"{step}: skipped"
    spoke_against = verdict.said in (FAILED, INCONCLUSIVE)
    gone_on = ", continued" if spoke_against and wish.baker and not wish.baker.stops(verdict) else ""
    return " ".join(f"{step}: {verdict.said}{gone_on}: {verdict.why}".replace(" before=", " ").split())


def in_a_few_words(verdicts: tuple[BakeVerdict, ...]) -> str:
    """The clause for the module's sentence; empty without a verdict."""
    steps = ", ".join(f"{verdict.said} at {verdict.percent} %" for verdict in verdicts)
    return f" (bake: {steps})" if steps else ""
