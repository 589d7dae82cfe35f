# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the module of a gate answered: held to its form and its size, without secrets. Any module may be behind it.

Controller only (Python 3.11). Nothing here talks to anything.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ...module_utils._model.errors import HOST, NOBODY, RELEASE
from ...module_utils._model.gate.contract import ANNOUNCE, PASS, UNKNOWN, VERDICTS
from ...module_utils._model.printable import printable
from .secret import MASK, names_secret, secrets_in

LONGEST = 500
"""Characters of the one sentence; what is longer is cut."""
MOST_FIGURES, MOST_BASELINE = 16 * 1024, 256 * 1024
"""Bytes of JSON: figures are for people, and a baseline goes through every step of a run."""
SHORTEST = 4
"""Characters of a secret; to mask what is shorter would garble every sentence."""


@dataclass(frozen=True)
class Heard:
    """An answer as it is handed on. ``announced`` is None where the module did not say whether anything stands."""

    verdict: str
    msg: str
    blame: str = NOBODY
    figures: Mapping[str, Any] = field(default_factory=dict)
    baseline: Mapping[str, Any] = field(default_factory=dict)
    announces: bool = False
    announced: bool | None = None
    asked: bool = True
    changed: bool = False


def heard(
    gate: str, ask: str, raw: Mapping[str, Any], secrets: Collection[str] = (), check_mode: bool = False
) -> Heard:
    """What the module of the gate answered, from its result as plain data. What cannot be read is unknown.

    Only with --check is a module not asked: whatever else one skips, it gave no verdict.
    """
    if raw.get("skipped") and check_mode:
        return not_asked(f"the gate {gate} was not asked: its module does not run in check mode")
    if raw.get("failed") or raw.get("skipped"):
        return unknown(f"the gate {gate} gave no answer: {_failure(raw)}", ask, secrets)
    verdict = raw.get("verdict")
    if verdict not in VERDICTS:
        wanted = f"{', '.join(VERDICTS[:-1])} or {VERDICTS[-1]}"
        return unknown(f"the gate {gate} gave {str(verdict)[:40]!r} instead of a verdict ({wanted})", ask, secrets)
    baseline = _bounded(raw.get("baseline"), MOST_BASELINE)
    if baseline is None:
        least = MOST_BASELINE // 1024
        return unknown(f"the baseline of the gate {gate} is not a dictionary of at most {least} KiB", ask, secrets)
    blame, announced = raw.get("blame"), raw.get("announced")
    return Heard(
        verdict=str(verdict),
        msg=_sentence(raw.get("msg"), secrets) or f"the gate {gate} said {verdict} without a message",
        blame=str(blame) if blame in (RELEASE, HOST, NOBODY) else NOBODY,
        figures=_masked(_bounded(raw.get("figures"), MOST_FIGURES) or {}, secrets),
        baseline=_masked(baseline, secrets),
        announces=raw.get("announces") is True,
        announced=announced if isinstance(announced, bool) else _may_stand(ask),
        changed=raw.get("changed") is True,
    )


def unknown(why: str, ask: str, secrets: Collection[str] = ()) -> Heard:
    """The answer for a gate that gave none. What it was told may stand there."""
    return Heard(UNKNOWN, _sentence(why, secrets), announced=_may_stand(ask))


def _may_stand(ask: str) -> bool | None:
    """Whether something stands at a gate that does not say so: what it was told of may, and has to be lifted."""
    return True if ask == ANNOUNCE else None


def not_asked(why: str) -> Heard:
    """The answer for a gate that nobody asked, which stops nothing."""
    return Heard(PASS, why, asked=False)


def named(gate: str, answer: Heard) -> Heard:
    """The answer with the gate's name in its sentence, so that it can stand alone."""
    return answer if gate.lower() in answer.msg.lower() else replace(answer, msg=f"{gate}: {answer.msg}")


def secrets_of(options: Any) -> frozenset[str]:
    """The texts among a module's options that must not be shown: by the names of their keys, and those in URLs."""
    return frozenset(text for text in _secrets(options) if len(text) >= SHORTEST)


def _secrets(options: Any, secret: bool = False) -> Iterator[str]:
    if isinstance(options, Mapping):
        for key, value in options.items():
            yield from _secrets(value, secret or names_secret(str(key)))
    elif isinstance(options, (list, tuple)):
        for value in options:
            yield from _secrets(value, secret)
    elif isinstance(options, (str, int)) and not isinstance(options, bool):
        yield from [str(options)] if secret else secrets_in(str(options))


def _failure(raw: Mapping[str, Any]) -> str:
    """Why a module failed: where it crashed, the last line of what it wrote says more than Ansible does."""
    wrote = str(raw.get("module_stderr") or raw.get("module_stdout") or "").strip().splitlines()[-1:]
    return " ".join([*wrote, *([] if wrote else [str(raw.get("msg") or "it failed without a message")])])


def _sentence(text: Any, secrets: Collection[str]) -> str:
    line = _without(" ".join(printable(text if isinstance(text, str) else "").split()), secrets)
    return line if len(line) <= LONGEST else f"{line[: LONGEST - 3]}..."


def _bounded(value: Any, most: int) -> dict[str, Any] | None:
    """The value as plain data if it is a dictionary of that size, an empty one for nothing; None for anything else."""
    if value is None:
        return {}
    try:
        text = json.dumps(value, allow_nan=False)
    except (TypeError, ValueError, RecursionError):
        return None
    return dict(json.loads(text)) if isinstance(value, Mapping) and len(text) <= most else None


def _masked(value: Any, secrets: Collection[str]) -> Any:
    if not secrets:
        return value
    if isinstance(value, dict):
        return {_without(key, secrets): _masked(each, secrets) for key, each in value.items()}
    if isinstance(value, list):
        return [_masked(each, secrets) for each in value]
    return _without(value, secrets) if isinstance(value, str) else value


def _without(text: str, secrets: Collection[str]) -> str:
    for secret in sorted(secrets, key=len, reverse=True):
        text = text.replace(secret, MASK)
    return text
