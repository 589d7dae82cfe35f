# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The status of a page, from a real server; what is wrong with pages is in test_haproxy_bake.py."""

from __future__ import annotations

import http.server
import threading

import pytest

from ansible_collections.openlibrary.deploy.plugins.module_utils._system.page import ask_page


@pytest.mark.parametrize(("host", "sent"), [("openlibrary.org", "openlibrary.org"), ("", "127.0.0.1:{port}")])
def test_a_page_has_a_status_and_is_asked_of_a_host(host: str, sent: str) -> None:
    asked: list[tuple[str, str]] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append((self.path, self.headers["Host"]))
            self.send_response(404)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Quiet."""

    with http.server.HTTPServer(("127.0.0.1", 0), Handler) as server:
        port = server.server_address[1]
        threading.Thread(target=server.handle_request, daemon=True).start()
        assert ask_page("127.0.0.1", port, "/a?b=c", host, 5.0) == (404, "")
    assert asked == [("/a?b=c", sent.format(port=port))]
    status, problem = ask_page("127.0.0.1", port, "/", "", 1.0)
    assert (status, "refused" in problem) == (0, True)
