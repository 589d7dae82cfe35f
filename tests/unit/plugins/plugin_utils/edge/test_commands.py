# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Commands as the operator would have to type them."""

from __future__ import annotations

import pytest

from ansible_collections.openlibrary.deploy.plugins.plugin_utils.edge.commands import BY_NAME, Form, as_typed, call_of

NAMES = {"deploy", "rollback", "status"}
AGAIN = "mend it, then: ansible-playbook playbooks/deploy.yml -e version=x"
OTHER = "ansible-playbook playbooks/status.yml"
ADJACENT = Form("collections/ansible_collections/openlibrary/deploy/playbooks/", ".yml")


def called(*typed, running="deploy", form=BY_NAME, options=(), **own):
    return call_of(
        typed, {path.replace("__", "/") + ".yml": name for path, name in own.items()}, NAMES, running, form, options
    )


RELATIVE = called("playbooks/deploy.yml", playbooks__deploy="deploy")
HERE = called("deploy.yml", deploy="deploy")
ABSOLUTE = call_of(
    ["/srv/our site/playbooks/deploy.yml"], {"/srv/our site/playbooks/deploy.yml": "deploy"}, NAMES, "", BY_NAME
)
NAMED = called("openlibrary.deploy.deploy")
WRAPPED = called("site/ship.yml")
WRAPPED_BESIDE = called("site/ship.yml", form=ADJACENT)


@pytest.mark.parametrize(
    ("call", "again", "other"),
    [
        (RELATIVE, "playbooks/deploy.yml", "playbooks/status.yml"),
        (HERE, "deploy.yml", "status.yml"),
        (ABSOLUTE, "'/srv/our site/playbooks/deploy.yml'", "'/srv/our site/playbooks/status.yml'"),
        (NAMED, "openlibrary.deploy.deploy", "openlibrary.deploy.status"),
        (called("openlibrary.deploy.deploy.yml"), "openlibrary.deploy.deploy", "openlibrary.deploy.status"),
        (WRAPPED, "site/ship.yml", "openlibrary.deploy.status"),
        (WRAPPED_BESIDE, "site/ship.yml", ADJACENT.of("status")),
        # Nobody knows yet what the site's own playbook imports, or which of two imports it.
        (called("site/ship.yml", running=""), "openlibrary.deploy.deploy", "openlibrary.deploy.status"),
        (called("a.yml", "b.yml"), "openlibrary.deploy.deploy", "openlibrary.deploy.status"),
        (
            called("site/warn.yml", "openlibrary.deploy.deploy"),
            "openlibrary.deploy.deploy",
            "openlibrary.deploy.status",
        ),
        (called("openlibrary.deploy.ship"), "openlibrary.deploy.ship", "openlibrary.deploy.status"),
    ],
)
def test_a_playbook_is_named_as_it_was_called(call, again, other):
    assert as_typed(AGAIN, call) == f"mend it, then: ansible-playbook {again} -e version=x"
    assert as_typed(OTHER, call) == f"ansible-playbook {other}"


def test_of_several_of_ours_the_one_that_runs_gives_the_form():
    call = called("openlibrary.deploy.deploy", "playbooks/status.yml", running="status", playbooks__status="status")
    assert as_typed(OTHER, call) == OTHER


def test_options_come_first_and_are_quoted():
    call = called("openlibrary.deploy.deploy", options=["-i", "inv/our site", "-i", "web1,", "-e", "@a b.yml"])
    command = "ansible-playbook -i 'inv/our site' -i web1, -e '@a b.yml' openlibrary.deploy.status"
    assert as_typed(OTHER, call) == command


@pytest.mark.parametrize(
    "call", [RELATIVE, HERE, ABSOLUTE, NAMED, WRAPPED, WRAPPED_BESIDE, called("playbooks/ship.yml")]
)
@pytest.mark.parametrize("options", [(), ("-i", "lab")])
def test_what_was_rewritten_stays_as_it_is(call, options):
    call = type(call)(call.names, call.form, call.wrapper, call.running, options)
    once = as_typed(f"{AGAIN} and: {OTHER}", call)
    assert as_typed(once, call) == once


@pytest.mark.parametrize(
    "text", ["ansible-playbook other.yml", "ansible-playbook playbooks/ours.yml", "playbooks/deploy.yml"]
)
def test_other_words_stay(text):
    assert as_typed(text, NAMED) == text
