# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the bake may do and where its limits lie: a module's option `bake`, and what its parts must be.

A limit is said once, as a field of `Limits`: name, default, description and range. The argument spec, the documentation
and the check of its value are made from that.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, fields, replace
from typing import Any, Mapping

from ..errors import InputError
from ..haproxy.rules import check_haproxy_name
from ..option import SECONDS, Option

JUDGE, INFORM, SKIP = "judge", "inform", "skip"
STOP, CONTINUE = "stop", "continue"


def _limit(default: Any, description: str, **more: Any) -> Any:
    """A field of `Limits`; ``more`` is what else an Option says of itself."""
    kind = "list" if isinstance(default, tuple) else type(default).__name__
    elements = "str" if isinstance(default, tuple) else ""
    option = Option("", kind, description, default=default, elements=elements, **more)
    # pylint: disable-next=invalid-field-call  # it is called in the body of the class below
    return field(default=default, metadata={"option": option})


@dataclass(frozen=True)
class Limits:
    """How long a bake watches and what it holds against a server.

    Times are in seconds, `absolute` is a share of requests (0.01 is one in a hundred), `relative` and
    `latency_relative` are factors. `timeout` counts, as `seconds` does, from the end of the warm-up.
    """

    mode: str = _limit(
        JUDGE,
        "V(judge) fails for a fault of the server, and unless it is told to go on also where it cannot tell while"
        " another server takes traffic. V(inform) only reports, and V(skip) does not even look.",
        choices=(JUDGE, INFORM, SKIP),
    )
    reference: tuple[str, ...] = _limit(
        (),
        "Servers of the backend to compare with, over the same seconds. One that does not serve all the time is left"
        " out. With none left, fixed limits count.",
    )
    warmup: float = _limit(
        5.0, "Seconds of traffic that are not judged, for what a new process does once.", unit=SECONDS, least=0
    )
    seconds: float = _limit(
        30.0,
        "Seconds, from the end of the warm-up, that the server is watched. A fault ends it before.",
        above=0,
        unit=SECONDS,
    )
    timeout: float = _limit(
        120.0,
        "Seconds, from the end of the warm-up, after which too little traffic is V(inconclusive).",
        unit=SECONDS,
        least=0,
    )
    requests: int = _limit(
        100, "Requests that the server and its reference must have had. V(0) asks for none.", least=0
    )
    min_errors: int = _limit(5, "How many errors there must be before their share counts.", least=1)
    absolute: float = _limit(
        0.01, "A share of errors (0.01 is one in a hundred) that is never held against the server.", least=0
    )
    relative: float = _limit(
        2.0,
        "How many times the share of the reference the server's share must exceed to be held against it.",
        least=0,
    )
    inconclusive: str = _limit(
        STOP,
        "Whether a verdict of inconclusive fails (V(stop)) or is passed over (V(continue)).",
        choices=(STOP, CONTINUE),
    )
    probe_paths: tuple[str, ...] = _limit(
        ("/",),
        "Pages that are asked of the server and of its reference in turn, from this host, to compare how long they"
        " take. They are asked by plain HTTP of the address and port that haproxy has. An empty list asks none.",
    )
    probe_host: str = _limit("", "Host header of the probes; the server's address when empty.")
    probe_timeout: float = _limit(5.0, "Seconds after which a probe has failed.", above=0, unit=SECONDS)
    probe_pairs: int = _limit(10, "Pairs of probes that must have been answered.", least=1)
    latency_absolute: float = _limit(
        0.2,
        "Seconds by which the server's median may exceed its reference's whatever the factor.",
        unit=SECONDS,
        least=0,
    )
    latency_relative: float = _limit(
        1.5, "Factor by which the server's median may exceed its reference's whatever the difference.", least=0
    )
    latency_ceiling: float = _limit(
        2.0, "Seconds that a page may take, as the median, where there is no reference.", unit=SECONDS, least=0
    )
    first_only: bool = _limit(
        False, "Whether the first step of the ramp alone is watched, and the others are taken without a look."
    )

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> Limits:
        """The limits of a module's option `bake`; what is not there, or None, has its default. Raises InputError."""
        named = {each.name: given.get(each.name) for each in BAKE_OPTIONS}
        known: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value
            for name, value in named.items()
            if value is not None
        }
        limits = cls(**known)
        limits._check()
        return limits

    def during(self, seconds: float) -> Limits:
        """The same limits for a look of so many seconds, as while a step of the ramp is held: at whatever there is."""
        return replace(self, warmup=0.0, seconds=seconds, timeout=seconds, requests=1, probe_pairs=1)

    def _check(self) -> None:
        for option in BAKE_OPTIONS:
            value = getattr(self, option.name)
            problem = option.problem(value)
            if problem:
                raise InputError(f"The bake's {option.name} is {value!r}; it {problem}.")
        if self.timeout < self.seconds:
            raise InputError(f"The bake's timeout of {self.timeout:g} s is shorter than its {self.seconds:g} s.")
        self._check_texts()

    def _check_texts(self) -> None:
        for name in self.reference:
            check_haproxy_name(name, "server")
        for path in self.probe_paths:
            # It goes into a request line as it is.
            if not re.fullmatch(r"/[!-~]*", path):
                raise InputError(f"The bake's probe path {path!r} must begin with / and hold visible ASCII only.")
        if not re.fullmatch(r"[A-Za-z0-9_.:\[\]-]*", self.probe_host):
            raise InputError(f"The bake's probe_host {self.probe_host!r} is not the name of a host.")


BAKE_OPTIONS: tuple[Option, ...] = tuple(replace(each.metadata["option"], name=each.name) for each in fields(Limits))
BAKE = Option(
    "bake",
    "dict",
    "How a server that has traffic is watched, and what is held against it.",
    suboptions=BAKE_OPTIONS,
)
