"""The result as JSON and as Markdown. Pure: from measures to text."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from benchmarks.contestants import Contestant
from benchmarks.model import OPERATIONS, Measure, summary

Figures = Mapping[str, Any]


def document(
    measures: Sequence[Measure], contestants: Sequence[Contestant], machine: Figures, conditions: Figures
) -> dict[str, Any]:
    """Everything that is known of a run of the bench: what latest.json holds."""
    found = summary(measures)
    return {
        "machine": dict(machine),
        "conditions": dict(conditions),
        "operations": OPERATIONS,
        "contestants": {
            each.name: {"label": each.label, "waits": each.waits.seconds, "operations": found[each.name]}
            for each in contestants
            if each.name in found
        },
        "measures": [asdict(measure) for measure in measures],
    }


def markdown(result: Figures) -> str:
    """The tables that latest.md and docs/performance.md show."""
    parts = [machine_line(result), "", *_warnings(result)]
    parts += _table(
        "median (least to most), seconds",
        ["warm deploy", "nothing to do", "rollback"],
        result,
        lambda each: [_spread(each, name, "seconds") for name in ("deploy", "noop", "rollback")],
    )
    parts += _table(
        "until users were off a bad release, seconds",
        ["of which waits that stay", "the rest", "in all", "with a request hanging on each web node"],
        result,
        lambda each: [
            f"{each['waits']:.1f}",
            _rest(each),
            _spread(each, "rollback-loaded", "safe"),
            _spread(each, "rollback-hung", "safe"),
        ],
    )
    parts += _table(
        "what a warm deploy costs",
        ["processor, controller (s)", "processor, machine (s)", "to a web node (MB)", "disk there (MB)", "executions"],
        result,
        lambda each: [
            _spread(each, "deploy", "controller"),
            _spread(each, "deploy", "machine"),
            _spread(each, "deploy", "bytes", 1e-6, 2),
            _spread(each, "deploy", "disk_kib", 1.024e-3),
            _executions(each, "deploy"),
        ],
    )
    parts += _table(
        "requests lost, of those sent at 200 a second",
        ["warm deploy", "rollback", "rollback, a request hanging on each", "stale assets"],
        result,
        lambda each: [
            *(_lost(each, name) for name in ("deploy-loaded", "rollback-loaded", "rollback-hung")),
            str(sum(_figures(each, name).get("wrong", 0) for name in OPERATIONS)),
        ],
    )
    return "\n".join(parts).rstrip() + "\n"


def machine_line(result: Figures) -> str:
    """The machine, in one sentence."""
    machine = result["machine"]
    return (
        f"{machine['cpu']}, {machine['cores']} cores for everything, {machine['memory_gib']} GiB, "
        f"Linux {machine['kernel']}, {result['conditions']['date']}, commit {result['conditions']['commit']}."
    )


def embed(text: str, name: str, insert: str) -> str:
    """`text` with `insert` between its lines `<!-- name -->` and `<!-- /name -->`. Raises ValueError without them."""
    head, opening, rest = text.partition(f"<!-- {name} -->\n")
    _old, closing, tail = rest.partition(f"<!-- /{name} -->")
    if not (opening and closing):
        raise ValueError(f"there is no place for {name}")
    return f"{head}{opening}{insert.rstrip()}\n{closing}{tail}"


def _warnings(result: Figures) -> list[str]:
    """What a reader must know before any figure."""
    conditions = result["conditions"]
    lines = [f"**Not to be relied on: {conditions['remark']}**", ""] if conditions.get("remark") else []
    missing = [f"- {name}: left out, {why}" for name, why in conditions.get("left_out", {}).items()]
    return [*lines, *missing, *([""] if missing else [])]


def _table(title: str, columns: Sequence[str], result: Figures, row: Callable[[Figures], list[str]]) -> list[str]:
    lines = [f"| {title} | " + " | ".join(columns) + " |", "| --- |" + " ---: |" * len(columns)]
    rows = [f"| {each['label']} | " + " | ".join(row(each)) + " |" for each in result["contestants"].values()]
    return [*lines, *rows, ""]


def _figures(each: Figures, operation: str) -> Figures:
    found: Figures = each["operations"].get(operation, {})
    return found


def _spread(each: Figures, operation: str, name: str, factor: float = 1, digits: int = 1) -> str:
    figures = _figures(each, operation)
    failed = f"{figures['failed']} of {figures['rounds']} failed" if figures.get("failed") else ""
    if name not in figures:
        return failed or "-"
    median, least, most = (figures[name][key] * factor for key in ("median", "least", "most"))
    told = f"{median:.{digits}f} ({least:.{digits}f} to {most:.{digits}f})"
    return f"{told}, {failed}" if failed else told


def _rest(each: Figures) -> str:
    safe = _figures(each, "rollback-loaded").get("safe")
    return f"{max(0.0, safe['median'] - each['waits']):.1f}" if safe else "-"


def _executions(each: Figures, operation: str) -> str:
    counts = _figures(each, operation).get("executions", {})
    return ", ".join(f"{host.removeprefix('ol-')} {count}" for host, count in counts.items()) or "-"


def _lost(each: Figures, operation: str) -> str:
    figures = _figures(each, operation)
    return f"{figures['lost']} of {figures['sent']}" if "sent" in figures else "-"
