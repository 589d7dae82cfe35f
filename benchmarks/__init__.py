"""The bench: this collection beside what people use instead, in the lab, round by round (docs/performance.md)."""
