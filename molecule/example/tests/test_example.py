"""A site that begins: README's "Use it for a site", command by command, from the tarball, on hosts nobody prepared.

The commands are read from README.md, and each has to be run here. What is edited in the copied inventory is how these
hosts are reached and whose keys are admitted.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from lab import bare
from lab.book import LAB, PLACES
from tests import readme
from tests.fleet import elsewhere, snapshot
from tests.fleet.elsewhere import BUILD, EDGE, HOSTS, PROJECT, WEB, look

COMMANDS = readme.commands("Use it for a site")


@dataclass
class Desk:
    """An empty folder, on a machine that has Ansible and nothing of this checkout."""

    folder: Path
    done: list[str] = field(default_factory=list)

    def type(self, command: str) -> tuple[int, str]:
        """Runs a command; its exit code and what it printed."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("ANSIBLE_", "MOLECULE_"))}
        environment = {
            **kept,
            "HOME": str(self.folder),
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "SSH_AUTH_SOCK": str(PLACES.agent_socket),
        }
        ran = subprocess.run(
            ["bash", "-c", command],
            cwd=self.folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=400,
            check=False,
        )
        with (self.folder / "log").open("a") as log:
            log.write(f"$ {command}\n{ran.stdout}= {ran.returncode}\n")
        return ran.returncode, ran.stdout

    def follow(self, what: str, more: str = "") -> str:
        """Runs README's one command that ends with, or holds, `what`, with `more` words; it must end well."""
        command = self._find(what)
        self.done.append(command)
        rc, output = self.type(f"{command} {more}")
        assert rc == 0, output
        return output

    def try_to(self, what: str, more: str = "") -> str:
        """The same, and it must fail."""
        rc, output = self.type(f"{self._find(what)} {more}")
        assert rc != 0, output
        return output

    def _find(self, what: str) -> str:
        """Raises ValueError where README has no such command, or two."""
        (command,) = [each for each in COMMANDS if each.endswith(what)] or [each for each in COMMANDS if what in each]
        return command


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    # The packages of a fresh Debian: not even sudo, nor what Ansible's apt wants.
    purge = "apt-get purge --yes git sudo python3-apt python3-venv && apt-get autoremove --yes"
    desk = Desk(tmp_path_factory.mktemp("desk"))
    subprocess.run([PLACES.root / "tests/tools/tarball.sh", desk.folder], check=True, stdout=subprocess.DEVNULL)
    with elsewhere.hosts():
        elsewhere.on(BUILD).check_output(f"SUDO_FORCE_REMOVE=yes DEBIAN_FRONTEND=noninteractive sh -c '{purge}'")
        elsewhere.make_repository()
        yield desk


@pytest.fixture(scope="module")
def releases() -> dict[str, str]:
    """The hashes of what was deployed, in order."""
    return {}


def assert_site_runs(release: str) -> None:
    """Everywhere the same release, in two services on each web node; nobody is locked, and readers get it."""
    seen = look()
    assert {name: each.current(PROJECT) for name, each in seen.items()} == dict.fromkeys(HOSTS, release)
    assert not any(each.locked for each in seen.values())
    for name in WEB:
        assert seen[name].releases_running == {release}
        assert len(seen[name].processes) == len(elsewhere.PROGRAMS)
    elsewhere.await_answer(release=release)


def switched_to(seen: snapshot.Snapshot) -> set[str]:
    """The releases that a host was ever switched to."""
    return {entry["to"] for entry in map(json.loads, seen.journal) if entry["step"] == "switch"}


def test_the_collection_installs_and_brings_the_example_along(desk: Desk) -> None:
    desk.follow("ansible-galaxy collection install")
    desk.follow("cp -r")


def test_keys_are_asked_for_before_anything_is_done(desk: Desk) -> None:
    assert "not a public key" in desk.try_to("prepare -u root")


def test_check_mode_foresees_what_it_can(desk: Desk) -> None:
    elsewhere.edit(desk.folder / "inventory")
    rc, output = desk.type(f"{desk._find('prepare -u root')} --check --diff")
    assert rc == 0, output
    assert elsewhere.on("web1").run("id deploy || test -e /srv/shop").rc != 0


def test_a_person_with_a_password_prepares_one_host(desk: Desk) -> None:
    (desk.folder / "password").write_text(bare.PASSWORD)
    command = desk._find("prepare -u root").replace("-u root", f"-u {bare.ADMIN} --become-password-file password")
    rc, output = desk.type(f"{command} --limit web3")
    assert rc == 0, output


def test_root_prepares_the_others(desk: Desk) -> None:
    desk.follow("prepare -u root")
    assert elsewhere.on(BUILD).run("git --version && visudo --check").rc == 0
    assert elsewhere.on("web1").check_output("stat -c '%U %a' /home/deploy/.ssh/authorized_keys") == "deploy 600"


def test_preparing_again_as_the_deploy_user_changes_nothing(desk: Desk) -> None:
    key = "/home/deploy/.ssh/authorized_keys"
    elsewhere.on(EDGE).check_output(f"sed -i '1s/^/from=\"{LAB.address(1)}\" /' {key} && echo '# more' >> {key}")
    before, keys = look(), elsewhere.on(EDGE).file(key).content_string
    rc, output = desk.type(desk._find("prepare -u root").removesuffix(" -u root"))
    assert rc == 0, output
    assert output.count("changed=0") == len(HOSTS), output
    assert snapshot.differences(before, look()) == []
    assert elsewhere.on(EDGE).file(key).content_string == keys


def test_a_first_release(desk: Desk, releases: dict[str, str]) -> None:
    elsewhere.configure()
    desk.follow("deploy --check --diff")
    with elsewhere.readers() as got:
        desk.follow("openlibrary.deploy.deploy")
    releases["one"] = look()[EDGE].current(PROJECT)
    assert_site_runs(releases["one"])
    # From the first answer on, every reader gets one.
    assert set(got[got.index(releases["one"]) :]) == {releases["one"]}
    desk.follow("status")


def test_a_second_one_while_somebody_reads(desk: Desk, releases: dict[str, str]) -> None:
    releases["two"] = elsewhere.publish('"one"', '"two"')
    with elsewhere.readers() as got:
        desk.follow("openlibrary.deploy.deploy")
    assert_site_runs(releases["two"])
    assert set(got) == {releases["one"], releases["two"]}


def test_back_to_the_release_before(desk: Desk, releases: dict[str, str]) -> None:
    with elsewhere.readers() as got:
        desk.follow("rollback")
    assert_site_runs(releases["one"])
    assert set(got) == {releases["one"], releases["two"]}


def test_a_broken_one_fails_at_the_first_node_and_goes_back(desk: Desk, releases: dict[str, str]) -> None:
    broken = elsewhere.publish("    make_server", '    raise SystemExit("broken on purpose")\n    make_server')
    with elsewhere.readers() as got:
        output = desk.try_to("openlibrary.deploy.deploy")
    assert "broken on purpose" in output
    assert_site_runs(releases["one"])
    assert set(got) == {releases["one"]}
    assert [broken in switched_to(seen) for seen in look(WEB).values()] == [True, False, False]


def test_every_command_of_the_readme_was_run(desk: Desk) -> None:
    assert COMMANDS
    assert set(desk.done) == set(COMMANDS)
