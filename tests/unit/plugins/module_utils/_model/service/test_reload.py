# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is known of a reload: from the journal, from processes, and from haproxy's servers."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.openlibrary.deploy.plugins.module_utils._model.errors import InputError
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.haproxy.state import ServerAdmin
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.host.journal import Entry, loaded
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.service.process import ProcessFacts
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.service.reload import (
    detail_of,
    parse_reloads,
    states_added,
    states_lost,
    workers_problem,
)
from tests.support import hash_of

A, B = hash_of("a"), hash_of("b")
NGINX: dict[str, Any] = {
    "name": "nginx",
    "project": "olsystem",
    "test": ["nginx", "-t", "{release}/n"],
    "unit": "nginx",
}
SWITCHED, SWITCHED_BACK = ("switch", "done", B, ""), ("switch", "done", A, "")
READY, MAINT, CONFIG, DRAIN = 0, 1, 4, 8


def known(*steps: tuple[str, str, str, str], project: str = "olsystem") -> str | None:
    """What a journal with these (step, outcome, to, detail) says of nginx and haproxy."""
    entries = [
        Entry("", "run-1", 1, "mek", project, "", to, step, outcome, detail) for step, outcome, to, detail in steps
    ]
    return loaded(entries, "olsystem", "nginx haproxy")


def done(to: str, detail: str = "nginx haproxy", outcome: str = "done") -> tuple[str, str, str, str]:
    return "reload", outcome, to, detail


def test_a_reload_that_went_well_is_known() -> None:
    assert known(SWITCHED, done(B, outcome="begin"), done(B)) == B


@pytest.mark.parametrize(
    "steps",
    [
        (),
        (SWITCHED,),
        (done(A), SWITCHED),
        # A switch there and back: something may have been started in between.
        (done(A), SWITCHED, SWITCHED_BACK),
        (done(B), done(B, outcome="begin")),
        (done(B), done(B, outcome="failed")),
        (done(A), ("switch", "begin", B, "")),
        (done(B, detail="nginx"),),
    ],
)
def test_what_may_be_otherwise_is_not_known(steps: tuple[tuple[str, str, str, str], ...]) -> None:
    assert not known(*steps)


def test_other_projects_and_notes_say_nothing() -> None:
    assert known(done(B), ("reload", "note", "", "somebody looked"), ("close", "done", B, "good")) == B
    assert known(done(B), project="openlibrary") is None


def test_services_of_other_projects_are_passed_over() -> None:
    other = {"name": "!", "project": "openlibrary"}
    assert detail_of(parse_reloads([NGINX, other, {**NGINX, "name": "haproxy"}], "olsystem")) == "nginx haproxy"
    assert parse_reloads([other], "olsystem") == []


def test_a_test_names_the_release_wherever_it_says_so() -> None:
    service = parse_reloads([NGINX], "olsystem")[0]
    assert service.test_of("/opt/r") == ["nginx", "-t", "/opt/r/n"]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"unit": "--now"}, "'--now' is not the name of a unit"),
        ({"name": ""}, "'' is not the name of a unit"),
        ({"test": ["nginx", "-t"]}, "lacks {release}"),
        ({"test": []}, "lacks {release}"),
        ({"health_url": "file:///etc/passwd"}, "not a plain http address"),
        ({"haproxy_socket": "admin.sock"}, "not an absolute path"),
        ({"state_file": "/var/lib/state"}, "of no use without"),
    ],
)
def test_what_an_inventory_must_not_say(change: dict[str, Any], sentence: str) -> None:
    with pytest.raises(InputError, match=sentence.replace("{", r"\{")):
        parse_reloads([{**NGINX, **change}], "olsystem")


def test_a_name_twice_is_refused() -> None:
    with pytest.raises(InputError, match="named twice"):
        parse_reloads([NGINX, NGINX], "olsystem")


def children(*titles: str, first: int = 10) -> list[ProcessFacts]:
    return [ProcessFacts(first + n, 1, 1, "/", (title,), "", 0.0) for n, title in enumerate(titles)]


def test_workers() -> None:
    old, new = children("nginx: worker process", "nginx: worker process"), children("nginx: worker process", first=20)
    ending = children("nginx: worker process is shutting down")
    assert workers_problem(old, new) == ""
    assert workers_problem(old, [*ending, *new]) == ""
    assert workers_problem(old, old) == "has started no new worker"
    assert workers_problem(old, []) == "has started no new worker"
    assert workers_problem(old, [*ending, *old[1:], *new]) == "still serves with old workers: 11"


def server(bits: int, weight: int = 100, configured: int = 100, name: str = "web3") -> ServerAdmin:
    return ServerAdmin("site", name, bits, weight, configured)


@pytest.mark.parametrize(
    ("before", "after", "commands"),
    [
        (server(READY), server(READY), []),
        (server(DRAIN), server(DRAIN), []),
        (server(DRAIN), server(READY), ["set server site/web3 state drain"]),
        (server(MAINT), server(READY), ["set server site/web3 state maint"]),
        (server(MAINT), server(DRAIN), ["set server site/web3 state maint"]),
        (server(READY, weight=10), server(READY), ["set server site/web3 weight 10"]),
        (
            server(DRAIN, weight=10),
            server(READY),
            ["set server site/web3 state drain", "set server site/web3 weight 10"],
        ),
        # What the release itself wants: another weight, no longer disabled, a server that is gone.
        (server(READY, weight=10), server(READY, weight=50, configured=50), []),
        (server(MAINT | CONFIG), server(READY), []),
        (server(MAINT), server(READY, name="web5"), []),
        # A tracked server's or a name's trouble comes back by itself.
        (server(0x20), server(READY), []),
    ],
)
def test_states_that_haproxy_lost_are_put_back(before: ServerAdmin, after: ServerAdmin, commands: list[str]) -> None:
    assert [repair.command for repair in states_lost([before], [after])] == commands


def test_a_server_that_only_the_reload_took_out_is_named() -> None:
    assert states_added([server(READY)], [server(MAINT)]) == ["site/web3"]
    assert states_added([server(READY)], [server(MAINT | CONFIG)]) == []
    assert states_added([server(DRAIN)], [server(MAINT)]) == []
    assert states_added([], [server(MAINT)]) == []
