# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""haproxy's statistics page over HTTP. A file of its own: what imports it carries all that Ansible has for HTTP."""

from __future__ import annotations

import re
from typing import Any, Mapping
from urllib.error import HTTPError

from ansible.module_utils.urls import open_url

from .._model.errors import InputError
from .._model.haproxy.rules import ProcessReading
from .._model.haproxy.stats import HaproxyError, parse_stats

URL_SPEC: dict[str, Any] = {
    "url": {"type": "str"},
    "url_username": {"type": "str"},
    "url_password": {"type": "str", "no_log": True},
    "validate_certs": {"type": "bool", "default": True},
    "ca_path": {"type": "path"},
}


class HttpStats:
    """haproxy's statistics page; it tells no process id and no administrative state, and changes nothing."""

    def __init__(self, params: Mapping[str, Any]) -> None:
        self.address: str = params["url"]
        if not re.match(r"https?://[^\s/]+", self.address):
            raise InputError(f"{self.address!r} is not an http or https address of a haproxy statistics page.")
        self._params = params

    def read(self) -> ProcessReading:
        """All rows. Raises HaproxyError."""
        return ProcessReading(source=self.address, rows=parse_stats(self._get()))

    def _get(self) -> str:
        params = self._params
        url = self.address if self.address.endswith(";csv") else self.address + ";csv"
        try:
            with open_url(
                url,
                timeout=params["connect_timeout"],
                url_username=params["url_username"],
                url_password=params["url_password"],
                force_basic_auth=bool(params["url_username"]),
                validate_certs=params["validate_certs"],
                ca_path=params["ca_path"],
                use_proxy=False,
            ) as response:
                text: str = response.read().decode("utf-8", "replace")
                return text
        except HTTPError as error:
            hint = "; check url_username and url_password" if error.code in (401, 403) else ""
            raise HaproxyError(f"The statistics at {self.address} answered with HTTP {error.code}{hint}.") from error
        except (OSError, ValueError) as error:
            # URLError, SSL errors and time-outs are all OSError; open_url raises ValueError for its own checks.
            reason = getattr(error, "reason", None) or error
            raise HaproxyError(f"The statistics at {self.address} cannot be read: {reason}.") from error
