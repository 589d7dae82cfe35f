# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What Prometheus' HTTP API answers to an instant query; whatever is not exactly that has a sentence of its own."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import Any, Mapping

from ..errors import DeployError
from ..printable import printable
from .exchange import Reply

CLOCK = "time()"
LONGEST = 200
"""Characters of a series' name, or of Prometheus' words, that are shown."""
_INFO = "PromQL info:"


class PrometheusError(DeployError):
    """No answer to the question. ``msg`` goes on after Prometheus and its address."""


@dataclass(frozen=True)
class QuerySample:
    """A value of a series at the moment that was asked about."""

    name: str
    value: float


def newest_of(selector: str) -> str:
    """The query for the time of each target's newest sample.

    A plain selector shows samples of up to five minutes ago as though they were of now; timestamp() tells.
    """
    return f"max by (job, instance) (timestamp({selector}))"


def parse(reply: Reply, at: float | None = None) -> tuple[QuerySample, ...]:
    """The samples, of the moment ``at`` where it was asked about. Raises PrometheusError."""
    data = _data(reply)
    kind, result = data.get("resultType"), data.get("result")
    if kind == "scalar":
        return (_sample({}, result, at),)
    if kind != "vector" or not isinstance(result, list):
        what = printable(str(kind))[:20]
        raise PrometheusError(f"answers with a {what} where an instant query has a vector or a scalar")
    return tuple(_of_series(each, at) for each in result)


def clock_of(reply: Reply) -> float:
    """Prometheus' own time. Raises PrometheusError."""
    samples = parse(reply)
    if len(samples) != 1 or not math.isfinite(samples[0].value):
        raise _strange()
    return samples[0].value


def _of_series(each: Any, at: float | None) -> QuerySample:
    if not isinstance(each, dict) or not isinstance(each.get("metric"), dict):
        raise _strange()
    if "value" not in each:
        raise PrometheusError(f"answers with a histogram for {name_of(each['metric'])}, which is not a number")
    return _sample(each["metric"], each["value"], at)


def _sample(metric: Mapping[str, Any], pair: Any, at: float | None) -> QuerySample:
    try:
        moment, text = pair
        moment, value = float(moment), float(text)
    except (TypeError, ValueError):
        raise _strange() from None
    if at is not None and abs(moment - at) > 0.002:
        raise PrometheusError("answers for another time than it was asked about: a cache stands in front of it")
    return QuerySample(name_of(metric), value)


def name_of(metric: Mapping[str, Any]) -> str:
    """A series as PromQL writes it, in one line, not too long; empty without any label."""
    name = str(metric.get("__name__", ""))
    labels = ", ".join(
        f"{key}={json.dumps(str(metric[key]), ensure_ascii=False)}" for key in sorted(metric) if key != "__name__"
    )
    text = " ".join(printable(f"{name}{{{labels}}}" if labels else name).split())
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 3]}..."


def _data(reply: Reply) -> Mapping[str, Any]:
    if reply.cut:
        raise PrometheusError("answers more than is read of it; aggregate in the query")
    answer = _json(reply)
    if answer.get("status") == "error":
        raise PrometheusError(f"refuses the query: {_words([answer.get('errorType'), answer.get('error')])}")
    data = answer.get("data")
    if reply.status != 200 or answer.get("status") != "success" or not isinstance(data, dict):
        raise _strange()
    # What is only worth knowing stood among the warnings before it had a list of its own.
    warnings = [each for each in answer.get("warnings") or [] if not str(each).startswith(_INFO)]
    if warnings:
        raise PrometheusError(f"warns that its answer may be incomplete: {_words(warnings)}")
    return data


def _json(reply: Reply) -> Mapping[str, Any]:
    try:
        answer = json.loads(reply.text)
    except (ValueError, RecursionError):
        answer = None
    if isinstance(answer, dict) and "status" in answer and reply.status not in (401, 403):
        return answer
    code = reply.status
    if code in (401, 403):
        raise PrometheusError(f"refuses the login (HTTP {code}): check url_username and url_password, or bearer_token")
    if 300 <= code < 400:
        raise PrometheusError(f"answers with a redirect (HTTP {code}), to a login page or from http to https")
    if code == 404:
        raise PrometheusError("has no query API at this address (HTTP 404)")
    if code == 503:
        raise PrometheusError("is not ready (HTTP 503), as it is just after its start")
    raise PrometheusError(f"answers with HTTP {code}") if code != 200 else _strange()


def _strange() -> PrometheusError:
    return PrometheusError("does not answer as Prometheus' API does: another server answers there")


def _words(parts: list[Any]) -> str:
    text = " ".join(printable(": ".join(str(part) for part in parts if part)).split())
    return text[:LONGEST] or "it does not say why"
