# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What statusjson.cgi of Nagios 4 answers. Its times are milliseconds, and it says 200 to everything."""

from __future__ import annotations

import json
from typing import Any, Mapping

from .problems import Downtime, NagiosError, Status, WatchedService, short_output

STATES: Mapping[Any, str] = {1: "PENDING", 2: "OK", 4: "WARNING", 8: "UNKNOWN", 16: "CRITICAL"}
_VALUE_INVALID = 6


def parse_services(text: str, group: str) -> Status:
    """The reply to `query=servicelist&details=true`, with words or with numbers. Raises NagiosError."""
    result, data = _reply(text, group)
    listed = data.get("servicelist")
    try:
        services = tuple(
            _service(host, name, entry) for host, named in dict(listed or {}).items() for name, entry in named.items()
        )
        return Status(_seconds(result["query_time"]), _seconds(result["last_data_update"]), services)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise NagiosError(f"statusjson.cgi answered without what was asked for ({error!r}).") from None


def parse_downtimes(text: str) -> list[Downtime]:
    """The reply to `query=downtimelist&details=true`. Raises NagiosError."""
    _result, data = _reply(text, "")
    listed = data.get("downtimelist")
    try:
        entries = list(dict(listed or {}).values())
        return [Downtime(one["host_name"], one.get("service_description", ""), one["comment"]) for one in entries]
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise NagiosError(f"statusjson.cgi answered without the downtimes ({error!r}).") from None


def _reply(text: str, group: str) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    if not text.strip():
        raise NagiosError(
            "statusjson.cgi answered with nothing: Nagios' status file cannot be read, or Nagios is stopped."
        )
    if text.lstrip().startswith("<"):
        raise NagiosError(
            "statusjson.cgi answered with HTML instead of JSON: an error page, a login page or another server."
        )
    try:
        reply = json.loads(text)
        result, data = reply["result"], reply.get("data") or {}
        code, message = int(result["type_code"]), short_output(str(result.get("message", "")))
    except ValueError:
        raise NagiosError("The answer of statusjson.cgi is cut off or is not JSON.") from None
    except (AttributeError, KeyError, TypeError):
        raise NagiosError("The answer of statusjson.cgi is JSON, but not Nagios'.") from None
    if code == _VALUE_INVALID and "hostgroup" in message:
        raise NagiosError(f"Nagios has no hostgroup {group!r}, or the user may not see it: {message}")
    if code:
        raise NagiosError(f"statusjson.cgi refused: {message or result.get('type_text')} (type_code {code}).")
    return result, data


def _service(host: str, name: str, entry: Mapping[str, Any]) -> WatchedService:
    state = entry["status"]
    state = STATES[state] if isinstance(state, int) else str(state).upper()
    if state not in STATES.values():
        raise ValueError(state)
    checked = bool(entry["has_been_checked"])
    return WatchedService(
        host=host,
        name=name,
        state=state if checked else "PENDING",
        hard=entry["state_type"] in (1, "hard"),
        acknowledged=bool(entry["problem_has_been_acknowledged"]),
        downtime=int(entry["scheduled_downtime_depth"]) > 0,
        active=bool(entry["checks_enabled"]),
        last_check=_seconds(entry["last_check"]) if checked else 0.0,
        since=_seconds(entry["last_state_change"]),
        output=short_output(str(entry["plugin_output"])),
    )


def _seconds(milliseconds: Any) -> float:
    return int(milliseconds) / 1000
