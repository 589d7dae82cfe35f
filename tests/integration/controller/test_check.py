# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What can never be right is refused by every playbook before any host is asked, all of it at once."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.integration.controller.site import HOSTS, SECRET, changed, play

Change = Callable[[dict[str, Any]], None]


def setting(name: str, value: Any, group: str = "") -> Change:
    """A change of one variable, of a group where one is named."""

    def change(site: dict[str, Any]) -> None:
        where = site["children"][group] if group else site
        where.setdefault("vars", {})[name] = value

    return change


def without(name: str, group: str = "") -> Change:
    """A change that takes a variable away."""
    return lambda site: (site["children"][group] if group else site)["vars"].pop(name)


def service(**values: Any) -> Change:
    """A change of the service of the web nodes."""
    return lambda site: site["children"]["web"]["vars"]["deploy_services"][0].update(values)


def also(group: str, host: str) -> Change:
    """One host more in a group."""
    return lambda site: site["children"][group]["hosts"].update({host: {}})


TWICE = [
    {"name": name, "project": "shop", "port": 8000, "health_url": "http://127.0.0.1:8000/"} for name in ("shop", "api")
]
# What is said, of a site with one thing wrong.
WRONG: dict[str, tuple[Change, tuple[str, ...]]] = {
    "unit": (setting("deploy_check_timeout", "60s"), ("deploy_check_timeout", "'60s'", "60")),
    "unit of minutes": (setting("deploy_orphan_timeout", "15m"), ("deploy_orphan_timeout", "'15m'")),
    "no service": (without("deploy_services", "web"), ("web", "deploy_services")),
    "key of a service": (service(health_ur="http://127.0.0.1:8000/"), ("health_ur", "health_url")),
    "missing": (without("deploy_root"), ("deploy_root is not set",)),
    "undefined": (setting("deploy_root", "{{ nowhere }}/shop"), ("deploy_root", "nowhere")),
    "name": (setting("deploy_drain_timeuot", 600), ("deploy_drain_timeuot", "deploy_drain_timeout")),
    "two groups": (also("home", "web1"), ("web1", "home", "web")),
    "one port": (setting("deploy_services", TWICE, "web"), ("8000", "api")),
    "old name": (setting("deploy_balancer", "edge1"), ("deploy_balancer", "deploy_balancers")),
    "ramp": (setting("deploy_ramp", [50, 20]), ("deploy_ramp",)),
    "bake": (setting("deploy_bake_timeout", 1), ("deploy_bake_timeout",)),
}


@pytest.mark.parametrize(("change", "said"), WRONG.values(), ids=WRONG.keys())
def test_a_wrong_setting_is_refused_by_its_name(tmp_path: Path, change: Change, said: tuple[str, ...]) -> None:
    run = play(tmp_path, "deploy", site=changed(change))
    assert run.rc != 0 and not run.asked
    assert [words for words in said if words not in run.output] == []


def test_all_that_is_wrong_is_said_at_once_and_where(tmp_path: Path) -> None:
    def change(site: dict[str, Any]) -> None:
        setting("deploy_check_timeout", "60s")(site)
        service(health_ur="http://127.0.0.1/")(site)
        site["children"]["web"]["hosts"]["web2"] = {"deploy_stable_seconds": -1}

    run = play(tmp_path, "deploy", "-e", "verison=v1.2", site=changed(change))
    assert run.rc != 0 and not run.asked
    lines = [line for line in run.output.splitlines() if line.startswith("  stop: ")]
    for words in (("deploy_check_timeout",), ("web", "health_ur"), ("web2", "deploy_stable_seconds"), ("verison",)):
        assert any(all(word in line for word in words) for line in lines), (words, run.output)


REQUESTS: dict[str, tuple[str, tuple[str, ...], tuple[str, ...]]] = {
    "near version": ("deploy", ("-e", "verison=v1.2"), ("verison", "version")),
    "near hash": ("rollback", ("-e", "hsah=abcdef1"), ("hsah", "hash")),
    "of another playbook": ("rollback", ("-e", "version=v1"), ("version", "hash")),
    "near setting": ("deploy", ("-e", "deploy_rmap=[100]"), ("deploy_rmap", "deploy_ramp")),
    "hash": ("rollback", ("-e", "hash='a; rm -rf /'"), ("a; rm -rf /",)),
    "hash that is a path": ("rollback", ("-e", "hash=../../etc"), ("../../etc",)),
    "short hash": ("rollback", ("-e", "hash=abcdef"), ("abcdef",)),
    "command": ("deploy", ("-e", '{"version": "$(touch /tmp/owned)"}'), ("touch",)),
    "project that is a path": ("deploy", ("-e", "project=../shop"), ("../shop",)),
    "option": ("deploy", ("-e", "version=--upload-pack=x"), ("--upload-pack",)),
    "project": ("restart", ("-e", "project=nope"), ("nope", "shop")),
    "skip of nothing": ("deploy", ("-e", "skip=bkae", "-e", "reason=x"), ("bkae", "bake")),
    "skip without a reason": ("deploy", ("-e", "skip=bake"), ("reason",)),
    "skip with an empty reason": ("deploy", ("-e", "skip=bake", "-e", "reason="), ("reason",)),
    "policy as an override": ("deploy", ("-e", "deploy_bake=skip"), ("deploy_bake", "skip=bake")),
    "number": ("rollback", ("-e", '{"hash": 1234567}'), ("hash",)),
    "limited deploy": ("deploy", ("--limit", "web1"), ("--limit",)),
    "limit to nobody": ("restart", ("--limit", "dev1"), ("--limit",)),
    "limit of lock to nobody": ("lock", ("--limit", "dev1"), ("--limit",)),
}


@pytest.mark.parametrize(("playbook", "words", "said"), REQUESTS.values(), ids=REQUESTS.keys())
def test_a_wrong_request_is_refused(
    tmp_path: Path, playbook: str, words: tuple[str, ...], said: tuple[str, ...]
) -> None:
    run = play(tmp_path, playbook, *words)
    assert run.rc != 0 and not run.asked
    assert [each for each in said if each not in run.failure] == []


@pytest.mark.parametrize(
    "words", [("--tags", "roll"), ("--skip-tags", "always"), ("--start-at-task", "Decide what will be done")]
)
@pytest.mark.parametrize("playbook", ["deploy", "lock", "config"])
def test_a_part_of_a_playbook_is_refused(tmp_path: Path, playbook: str, words: tuple[str, ...]) -> None:
    run = play(tmp_path, playbook, *words)
    assert run.rc != 0 and not run.asked
    assert words[0] in run.output and "runs whole or not at all" in " ".join(run.output.split())


@pytest.mark.parametrize("playbook", ["check", "preflight", "rollout"])
def test_a_part_of_other_playbooks_is_no_run(tmp_path: Path, playbook: str) -> None:
    run = play(tmp_path, playbook)
    assert run.rc != 0 and not run.asked
    assert f"playbooks/{playbook}.yml is a part of other playbooks" in " ".join(run.output.split())


def test_what_cannot_be_worked_out_is_named(tmp_path: Path) -> None:
    run = play(tmp_path, "rollback", "-e", "hash={{ nope }}")
    assert run.rc != 0 and not run.asked and "hash cannot be worked out: 'nope' is undefined" in run.failure


def test_a_folder_that_is_not_there_is_named_before_hosts_are_asked(tmp_path: Path) -> None:
    run = play(tmp_path, "status", "-e", f"json={tmp_path}/nope/status.json")
    assert run.rc != 0 and not run.asked and "there is no such folder" in run.failure


def test_a_file_of_variables_counts_as_the_command_line(tmp_path: Path) -> None:
    file = tmp_path / "more.yml"
    file.write_text("verison: v1.2\n")
    run = play(tmp_path, "deploy", "-e", f"@{file}")
    assert run.rc != 0 and not run.asked and "verison" in run.failure


def test_variables_of_an_importing_playbook_count(tmp_path: Path) -> None:
    wrapper = tmp_path / "ship.yml"
    wrapper.write_text(
        json.dumps([{"import_playbook": "openlibrary.deploy.rollback", "vars": {"hash": "not a hash"}, "name": "Ship"}])
    )
    run = play(tmp_path, str(wrapper))
    assert run.rc != 0 and not run.asked and "not a hash" in run.failure


def test_a_request_from_the_inventory_is_ignored_with_a_note(tmp_path: Path) -> None:
    run = play(tmp_path, "rollback", site=changed(setting("hash", "../etc")))
    assert "  note: The inventory sets hash, which is ignored: it counts from -e" in run.output
    assert "../etc" not in run.failure


@pytest.mark.parametrize("playbook", ["rollback", "restart", "lock"])
def test_a_rescue_is_not_refused_for_what_it_does_not_read(tmp_path: Path, playbook: str) -> None:
    run = play(tmp_path, playbook, site=changed(setting("deploy_build_timeout", "1800s")))
    assert run.asked
    assert "deploy_build_timeout" in run.output


def test_the_effective_site_is_shown_without_secrets(tmp_path: Path) -> None:
    run = play(tmp_path, "config")
    assert run.rc == 0 and not run.asked, run.output
    assert all(f"{host}:" in run.output for host in HOSTS)
    assert "deploy_drain_timeout: 330" in run.output
    assert SECRET not in run.output


@pytest.mark.parametrize("playbook", ["deploy", "rollback", "status", "config"])
def test_a_secret_is_never_shown_when_something_is_wrong(tmp_path: Path, playbook: str) -> None:
    run = play(tmp_path, playbook, site=changed(setting("deploy_check_timeout", "60s")))
    assert SECRET not in run.output


def test_config_refuses_every_fault(tmp_path: Path) -> None:
    run = play(tmp_path, "config", site=changed(setting("deploy_build_timeout", "1800s")))
    assert run.rc != 0 and "deploy_build_timeout" in run.failure


def test_config_notes_what_is_the_sites_own(tmp_path: Path) -> None:
    run = play(tmp_path, "config", site=changed(setting("deploy_colour_of_the_bikeshed", "green")))
    assert run.rc == 0 and "deploy_colour_of_the_bikeshed" in run.output


@pytest.mark.parametrize("playbook", ["deploy", "rollback", "status", "lock", "prepare", "tag", "config"])
def test_an_inventory_that_is_not_there_is_named(tmp_path: Path, playbook: str) -> None:
    run = play(tmp_path, playbook, "-i", str(tmp_path / "nowhere"))
    assert run.rc != 0 and not run.asked and "nowhere" in run.failure


def test_an_inventory_may_be_several_directories(tmp_path: Path) -> None:
    for name in ("site", "more"):
        (tmp_path / name).mkdir()
    (tmp_path / "site" / "hosts.json").write_text(json.dumps(changed()))
    (tmp_path / "more" / "hosts.yml").write_text("all: {hosts: {web1: {deploy_stop_timeout: 7}}}\n")
    run = play(tmp_path, "config", "-i", str(tmp_path / "site"), "-i", str(tmp_path / "more"))
    assert run.rc == 0 and "deploy_stop_timeout: 7" in run.output, run.output


@pytest.mark.parametrize("group", ["web", "www", "home"])
def test_an_empty_group_is_named(tmp_path: Path, group: str) -> None:
    run = play(tmp_path, "deploy", site=changed(lambda site: site["children"][group].update(hosts={})))
    assert run.rc != 0 and not run.asked and group in run.output


def test_every_unreachable_host_is_named_before_releases_are_spoken_of(tmp_path: Path) -> None:
    run = play(tmp_path, "rollback")
    assert run.rc != 0 and run.asked
    assert all(f"stop: {host} could not be asked: " in run.output for host in HOSTS)
    assert "earlier good release" not in run.output


@pytest.mark.parametrize("playbook", ["deploy", "rollback", "restart"])
@pytest.mark.parametrize("option", ["--list-tasks", "--syntax-check"])
def test_what_a_playbook_would_do_can_be_listed(tmp_path: Path, playbook: str, option: str) -> None:
    said = play(tmp_path, playbook, option)
    assert said.rc == 0, said
