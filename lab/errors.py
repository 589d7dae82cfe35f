"""What goes wrong in the lab, in one sentence for a person."""

from __future__ import annotations


class LabError(Exception):
    """The lab cannot be brought to the wanted state; the message says why and what to do."""
