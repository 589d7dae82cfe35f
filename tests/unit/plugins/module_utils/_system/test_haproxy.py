# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The runtime socket against a listener of our own, for what a real haproxy does not do on request."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ansible_collections.openlibrary.deploy.plugins.module_utils._model.errors import InputError
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.haproxy.stats import HaproxyError
from ansible_collections.openlibrary.deploy.plugins.module_utils._system.haproxy import RuntimeSocket, parse_address

CAPTURES = Path(__file__).resolve().parents[3] / "fixtures" / "haproxy"
Serve = Callable[[bytes], str]


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    """Answers each conversation with the same bytes; with none, hangs without an answer."""
    listeners: list[socket.socket] = []
    hung: list[socket.socket] = []

    def start(reply: bytes) -> str:
        path = str(tmp_path / f"{len(listeners)}.sock")
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(path)
        listener.listen()
        listeners.append(listener)

        def answer() -> None:
            while True:
                try:
                    connection, _peer = listener.accept()
                except OSError:
                    return
                connection.recv(4096)
                if not reply:
                    hung.append(connection)
                    continue
                connection.sendall(reply)
                connection.close()

        threading.Thread(target=answer, daemon=True).start()
        return path

    yield start
    for one in (*listeners, *hung):
        one.close()


@pytest.mark.parametrize("version", ["2.2.0", "2.6.0"])
def test_one_conversation_gives_everything(serve: Serve, version: str) -> None:
    names = ("show_info.txt", "show_stat.csv", "show_servers_state.txt")
    reply = "\n\n".join((CAPTURES / f"{version}-{name}").read_text().strip("\n") for name in names) + "\n\n"
    reading = RuntimeSocket(serve(reply.encode()), 2.0).read()
    assert reading.process is not None
    assert reading.process.version.startswith(version)
    view = reading.view("mix", "drain1")
    assert (view.stats.status, view.admin_state) == ("DRAIN", "drain")


@pytest.mark.parametrize(
    "reply",
    [
        b"\n",
        b"Permission denied\n\n",
        b"Unknown command.\n\n\n",
        b"Name: x\n\nPermission denied\n\nPermission denied\n",
    ],
)
def test_what_is_no_answer(serve: Serve, reply: bytes) -> None:
    with pytest.raises(HaproxyError, match="answered"):
        RuntimeSocket(serve(reply), 2.0).read()


@pytest.mark.parametrize("reply", [b"No such server.\n\n", b"Require 'backend/server'.\n\n", b"Permission denied\n\n"])
def test_any_text_is_a_refusal(serve: Serve, reply: bytes) -> None:
    with pytest.raises(HaproxyError) as error:
        RuntimeSocket(serve(reply), 2.0).command("set server a/b state maint")
    assert error.value.msg.endswith(f"refused `set server a/b state maint`: {reply.decode().strip()}")


def test_an_empty_line_is_success(serve: Serve) -> None:
    assert RuntimeSocket(serve(b"\n"), 2.0).command("set server a/b state maint") is None


def test_a_haproxy_that_hangs_is_given_up(serve: Serve) -> None:
    begin = time.monotonic()
    with pytest.raises(HaproxyError, match=r"did not answer within 0\.2 s"):
        RuntimeSocket(serve(b""), 0.2).ask("show stat")
    assert time.monotonic() - begin < 2


def test_sockets_that_cannot_be_asked(tmp_path: Path) -> None:
    with pytest.raises(HaproxyError, match="There is no haproxy socket"):
        RuntimeSocket(str(tmp_path / "none"), 1.0).ask("show stat")
    dead = str(tmp_path / "dead")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(dead)
    with pytest.raises(HaproxyError, match="Connection refused"):
        RuntimeSocket(dead, 1.0).ask("show stat")


@pytest.mark.parametrize(
    ("address", "family", "where"),
    [
        ("/run/haproxy/admin.sock", socket.AF_UNIX, "/run/haproxy/admin.sock"),
        ("tcp:127.0.0.1:9999", socket.AF_INET, ("127.0.0.1", 9999)),
        ("tcp:127.9.9.9:1", socket.AF_INET, ("127.9.9.9", 1)),
        ("tcp:localhost:9999", socket.AF_INET, ("127.0.0.1", 9999)),
        ("tcp:[::1]:9999", socket.AF_INET6, ("::1", 9999)),
    ],
)
def test_addresses(address: str, family: int, where: object) -> None:
    assert parse_address(address) == (family, where)


@pytest.mark.parametrize(
    "address",
    ["", "relative.sock", "tcp:10.0.0.1:9999", "tcp:0.0.0.0:9999", "tcp:[::]:9999", "tcp:ol-www1:9999", "tcp:127.0.0.1",
     "tcp:localhost.evil.org:1", "tcp:127.0.0.1:99999999", "udp:127.0.0.1:1"],
)  # fmt: skip
def test_addresses_that_are_refused(address: str) -> None:
    with pytest.raises(InputError):
        RuntimeSocket(address, 1.0)
