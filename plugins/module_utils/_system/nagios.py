# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The edges of Nagios: its CGIs over HTTP, and its external command file."""

from __future__ import annotations

import errno
import http.client
import os
import re
import stat
from typing import Any, Mapping
from urllib.error import HTTPError
from urllib.parse import urlencode

from ansible.module_utils.urls import open_url

from .._model.errors import DeployError, InputError
from .._model.gate.contract import PHASE
from .._model.nagios import page as nagios_page
from .._model.nagios import statusjson as nagios_json
from .._model.nagios.options import STATUSJSON
from .._model.nagios.problems import Downtime, NagiosError, Status

_MAX_BYTES = 64 << 20
_SAFE_LINE = 512
"""The smallest PIPE_BUF that POSIX allows, in bytes: a line up to this length is never mixed with another one."""


class Cgi:
    """Nagios by its CGI directory, asked as OPTIONS say. Raises InputError for an address that is none."""

    def __init__(self, nagios: Mapping[str, Any]) -> None:
        if not re.match(r"https?://[^\s/@]+(/|\Z)", nagios["url"]):
            # Not named in the message, because a login may stand in it.
            raise InputError(
                "The url is not an http or https address of Nagios' CGI directory; a login goes into url_username.",
                PHASE,
            )
        self._base = nagios["url"].rstrip("/") + "/"
        self._group = nagios["hostgroup"]
        self._json = nagios["source"] == STATUSJSON
        self._nagios = nagios

    def read(self) -> Status:
        """All services of the group. Raises NagiosError."""
        if self._json:
            text = self._get(
                "statusjson.cgi", query="servicelist", hostgroup=self._group, details="true", formatoptions="enumerate"
            )
            return nagios_json.parse_services(text, self._group)
        # Without limit=0 Nagios shows the first 100 services as though they were all.
        text = self._get("status.cgi", hostgroup=self._group, style="detail", limit="0")
        return nagios_page.parse_services(text, self._group, self._nagios["date_format"])

    def downtimes(self) -> list[Downtime]:
        """All scheduled downtimes that the user may see. Raises NagiosError."""
        if self._json:
            return nagios_json.parse_downtimes(self._get("statusjson.cgi", query="downtimelist", details="true"))
        return nagios_page.parse_downtimes(self._get("extinfo.cgi", type="6"))

    def _get(self, cgi: str, **query: str) -> str:
        nagios = self._nagios
        where = f"{self._base}{cgi}"
        try:
            with open_url(
                f"{where}?{urlencode(query)}",
                timeout=nagios["connect_timeout"],
                url_username=nagios["url_username"],
                url_password=nagios["url_password"],
                force_basic_auth=bool(nagios["url_username"]),
                validate_certs=nagios["validate_certs"],
                ca_path=nagios["ca_path"],
                use_proxy=False,
                follow_redirects="none",
            ) as response:
                text: str = response.read(_MAX_BYTES).decode("utf-8", "replace")
                return text
        except HTTPError as error:
            raise NagiosError(f"Nagios at {where} {_refusal(error.code)}") from error
        except http.client.IncompleteRead as error:
            raise NagiosError(f"The answer of Nagios at {where} was cut off.") from error
        except (OSError, ValueError, http.client.HTTPException) as error:
            reason = getattr(error, "reason", None) or error
            raise NagiosError(f"Nagios at {where} cannot be reached: {reason}.") from error


def _refusal(code: int) -> str:
    if code in (401, 403):
        return f"refused the login (HTTP {code}): check url_username and url_password."
    if 300 <= code < 400:
        return f"answered with a redirect (HTTP {code}), probably to a login page or from http to https."
    return f"answered with HTTP {code}."


class CommandFile:
    """Nagios' external command file on this host."""

    def __init__(self, path: str) -> None:
        self._path = path

    def check(self) -> None:
        """Raises DeployError unless it is a FIFO that this user can write and Nagios reads."""
        os.close(self._open())

    def send(self, line: str) -> None:
        """One command. Raises DeployError; then Nagios has not got it."""
        data = line.encode("utf-8")
        if len(data) > _SAFE_LINE:
            raise InputError(f"A command for Nagios would have {len(data)} bytes, and {_SAFE_LINE} are safe.", PHASE)
        descriptor = self._open()
        try:
            if os.write(descriptor, data) != len(data):
                raise self._error("took only a part of a command")
        except BlockingIOError:
            raise self._error("is full: Nagios does not read it") from None
        except BrokenPipeError:
            raise self._error("has no reader any more: Nagios has just stopped") from None
        finally:
            os.close(descriptor)

    def _open(self) -> int:
        try:
            # Without O_NONBLOCK the open would hang for as long as Nagios is stopped.
            descriptor = os.open(self._path, os.O_WRONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        except FileNotFoundError:
            raise self._error("does not exist on this host: Nagios is stopped, or it lies elsewhere") from None
        except PermissionError:
            raise self._error("may not be written by this user") from None
        except OSError as error:
            if error.errno == errno.ENXIO:
                raise self._error("has no reader: Nagios is stopped") from None
            raise self._error(f"cannot be opened ({error.strerror})") from None
        if not stat.S_ISFIFO(os.fstat(descriptor).st_mode):
            os.close(descriptor)
            raise self._error("is not a FIFO")
        return descriptor

    def _error(self, what: str) -> DeployError:
        return NagiosError(f"Nagios' command file {self._path} {what}.")
