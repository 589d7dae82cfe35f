# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the bake may do and where its limits lie: a module's options, and what they must be."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, fields, replace
from typing import Any, Mapping

from .errors import InputError
from .haproxy import check_name

JUDGE, INFORM, SKIP = "judge", "inform", "skip"
STOP, CONTINUE = "stop", "continue"

CHOICES = {"mode": (JUDGE, INFORM, SKIP), "inconclusive": (STOP, CONTINUE)}
AT_LEAST = {"requests": 0, "min_errors": 1, "probe_pairs": 1}
ABOVE_ZERO = ("seconds", "probe_timeout")
NOT_NEGATIVE = ("warmup", "timeout", "absolute", "relative", "latency_absolute", "latency_relative", "latency_ceiling")


@dataclass(frozen=True)
class Limits:
    """How long a bake watches and what it holds against a server.

    Times are in seconds, `absolute` is a share of requests (0.01 is one in a hundred), `relative` and
    `latency_relative` are factors. `timeout` counts, as `seconds` does, from the end of the warm-up.
    """

    mode: str = JUDGE
    reference: tuple[str, ...] = ()
    warmup: float = 5.0
    seconds: float = 30.0
    timeout: float = 120.0
    requests: int = 100
    min_errors: int = 5
    absolute: float = 0.01
    relative: float = 2.0
    inconclusive: str = STOP
    probe_paths: tuple[str, ...] = ("/",)
    probe_host: str = ""
    probe_timeout: float = 5.0
    probe_pairs: int = 10
    latency_absolute: float = 0.2
    latency_relative: float = 1.5
    latency_ceiling: float = 2.0

    @classmethod
    def of(cls, params: Mapping[str, Any]) -> Limits:
        """The limits behind a module's options; what is not there, or None, has its default. Raises InputError."""
        given = {field.name: params.get(option_of(field.name)) for field in fields(cls)}
        known = {name: value for name, value in given.items() if value is not None}
        for name in ("reference", "probe_paths"):
            if name in known:
                known[name] = tuple(known[name])
        limits = cls(**known)
        limits._check()
        return limits

    def during(self, seconds: float) -> Limits:
        """The same limits for a look of so many seconds, as while a step of the ramp is held: at whatever there is."""
        return replace(self, warmup=0.0, seconds=seconds, timeout=seconds, requests=1, probe_pairs=1)

    def _check(self) -> None:
        for name, choices in CHOICES.items():
            if getattr(self, name) not in choices:
                raise InputError(f"The bake's {name} is {getattr(self, name)!r}; it must be {' or '.join(choices)}.")
        for name in (*ABOVE_ZERO, *NOT_NEGATIVE):
            value = getattr(self, name)
            if not math.isfinite(value) or value < 0 or (name in ABOVE_ZERO and value == 0):
                must = "be more than 0" if name in ABOVE_ZERO else "not be negative"
                raise InputError(f"The bake's {name} is {value:g}; it must {must}.")
        for name, least in AT_LEAST.items():
            if getattr(self, name) < least:
                raise InputError(f"The bake's {name} is {getattr(self, name)}; it must be {least} or more.")
        if self.timeout < self.seconds:
            raise InputError(f"The bake's timeout of {self.timeout:g} s is shorter than its {self.seconds:g} s.")
        self._check_texts()

    def _check_texts(self) -> None:
        for name in self.reference:
            check_name(name, "server")
        for path in self.probe_paths:
            # It goes into a request line as it is.
            if not re.fullmatch(r"/[!-~]*", path):
                raise InputError(f"The bake's probe path {path!r} must begin with / and hold visible ASCII only.")
        if not re.fullmatch(r"[A-Za-z0-9_.:\[\]-]*", self.probe_host):
            raise InputError(f"The bake's probe_host {self.probe_host!r} is no name of a host.")


def option_of(field: str) -> str:
    """The name of a module's option for a limit: they stand among other options."""
    return "bake" if field == "mode" else f"bake_{field}"


DEFAULTS = Limits()
TYPES: dict[str, dict[str, Any]] = {
    "reference": {"type": "list", "elements": "str", "default": []},
    "warmup": {"type": "float"},
    "seconds": {"type": "float"},
    "timeout": {"type": "float"},
    "requests": {"type": "int"},
    "min_errors": {"type": "int"},
    "absolute": {"type": "float"},
    "relative": {"type": "float"},
    "inconclusive": {"type": "str", "choices": list(CHOICES["inconclusive"])},
    "probe_paths": {"type": "list", "elements": "str", "default": list(DEFAULTS.probe_paths)},
    "probe_host": {"type": "str"},
    "probe_timeout": {"type": "float"},
    "probe_pairs": {"type": "int"},
    "latency_absolute": {"type": "float"},
    "latency_relative": {"type": "float"},
    "latency_ceiling": {"type": "float"},
}
MODE_SPEC: dict[str, Any] = {"type": "str", "choices": list(CHOICES["mode"])}
BAKE_SPEC = {option_of(name): {"default": getattr(DEFAULTS, name), **spec} for name, spec in TYPES.items()}
