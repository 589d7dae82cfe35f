"""Draws the result: python -m benchmarks.plot RESULT.json PICTURE.svg, in the environment that has matplotlib."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import matplotlib

matplotlib.use("svg")
# Text stays text, and the same figures give the same file.
matplotlib.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "openlibrary.deploy", "font.size": 9})
from matplotlib import pyplot  # noqa: E402

PANELS = (
    ("deploy", "seconds", "warm deploy, s"),
    ("rollback", "seconds", "rollback, s"),
    ("rollback-loaded", "safe", "users off a bad release, s"),
    ("rollback-loaded", "lost", "requests lost in a rollback"),
)
OURS, THEIRS = "#02598b", "#9a9a9a"


def main(source: Path, target: Path) -> None:
    """One panel a question, one bar a contestant: the median, with a line from the least to the most."""
    result = json.loads(source.read_text())
    contestants = list(result["contestants"].items())[::-1]
    figure, panels = pyplot.subplots(1, len(PANELS), figsize=(12, 0.45 * len(contestants) + 1.3), sharey=True)
    for panel, (operation, name, title) in zip(panels, PANELS, strict=True):
        for row, (key, each) in enumerate(contestants):
            figures = each["operations"].get(operation, {})
            if (found := figures.get(name)) is None:
                panel.annotate(
                    "failed" if figures.get("failed") else "-", (0, row), (4, -3), textcoords="offset points"
                )
                continue
            spread = found if isinstance(found, dict) else {"median": found, "least": found, "most": found}
            panel.barh(row, spread["median"], color=OURS if key.startswith("ours") else THEIRS, height=0.6)
            panel.hlines(row, spread["least"], spread["most"], color="black", linewidth=1)
            shown = f"{spread['median']:.1f}" if name != "lost" else f"{found}"
            panel.annotate(shown, (max(spread["most"], spread["median"]), row), (4, -3), textcoords="offset points")
        panel.set_title(title, fontsize=9, loc="left")
        panel.set_yticks(range(len(contestants)), [each["label"] for _key, each in contestants])
        panel.margins(x=0.25)
        panel.set_xlim(left=0)
        panel.spines[["top", "right"]].set_visible(False)
    machine, remark = result["machine"], result["conditions"]["remark"]
    where = f"{machine['cpu']}, {machine['cores']} cores, {result['conditions']['date']}"
    figure.text(0.01, 0.01, f"{where}; not to be relied on: {remark}" if remark else where, fontsize=7)
    figure.tight_layout(rect=(0, 0.04, 1, 1))
    figure.savefig(target, metadata={"Date": None})


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
