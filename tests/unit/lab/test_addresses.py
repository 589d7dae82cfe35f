"""What the lab derives from its address book and from its sources."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from lab import bare
from lab.book import HOSTS, NAMES, Lab, Places
from lab.errors import LabError
from lab.fleet import create_command, specification_of
from lab.image import context
from lab.keys import known_hosts

ROOT = Path(__file__).resolve().parents[3]


def inventory(lab: str, destination: Path) -> dict[str, dict[str, Any]]:
    """The variables of the lab's hosts, as Ansible resolves them in a process with that LAB."""
    words = (sys.executable, "tests/tools/resolved_inventory.py", "inventories/lab", str(destination))
    subprocess.run(words, cwd=ROOT, env={**os.environ, "LAB": lab}, check=True, timeout=60)
    return dict(json.loads(destination.read_text())["all"]["hosts"])


@pytest.mark.parametrize("name", ["", "c"])
def test_the_inventory_knows_the_ports_and_places_of_the_address_book(name: str, tmp_path: Path) -> None:
    lab = Lab(name)
    places = Places(ROOT, lab)
    hosts = inventory(name, tmp_path / "inventory.json")
    assert {host: found["ansible_port"] for host, found in hosts.items()} == {
        host.name: host.ssh_port for host in lab.hosts
    }
    for host, found in hosts.items():
        assert found["ansible_control_path_dir"] == f"{places.runtime}/cp"
        args = found["ansible_ssh_common_args"]
        assert f"UserKnownHostsFile={places.known_hosts} " in args
        assert f"IdentityAgent={places.agent_socket}" in args
        assert ("ForwardAgent" in args) is (host == "ol-home")


def test_a_second_lab_shares_nothing_with_the_first() -> None:
    every = [Lab(name) for name in NAMES]
    for of in (
        lambda lab: {host.container for host in lab.hosts},
        lambda lab: {host.address for host in lab.hosts},
        lambda lab: {outside for host in lab.hosts for outside, _inside in host.published},
        lambda lab: {lab.port(host.ssh_port) for host in bare.HOSTS},
        lambda lab: {lab.network, lab.volume, lab.subnet},
        lambda lab: {Places(ROOT, lab).state, Places(ROOT, lab).cache, Places(ROOT, lab).runtime},
    ):
        sets = [of(lab) for lab in every]
        assert len(set().union(*sets)) == sum(map(len, sets))
    ports = [outside for lab in every for host in lab.hosts for outside, _inside in host.published]
    bares = [lab.port(port) for lab in every for port in (*(host.ssh_port for host in bare.HOSTS), 18090)]
    assert len({*ports, *bares}) == len(ports) + len(bares)


def test_the_default_lab_keeps_its_names_and_ports() -> None:
    lab, places = Lab(), Places(ROOT, Lab())
    assert [host.container for host in lab.hosts] == [host.name for host in lab.hosts]
    assert (lab.network, lab.volume) == ("openlibrary-deploy-lab", "openlibrary-deploy-lab-git")
    assert (lab.subnet, lab.hosts[0].address, lab.hosts[0].ssh_port) == ("10.217.71.0/24", "10.217.71.12", 12201)
    assert (places.state, places.cache) == (ROOT / ".lab", ROOT / ".cache/molecule")


def test_the_container_of_a_second_lab_answers_to_the_same_name() -> None:
    lab = Lab("b")
    home = lab.hosts[0]
    command = create_command(home, "image:1", lab)
    pairs = {word: value for word, value in pairwise(command) if word.startswith("--")}
    assert (pairs["--name"], pairs["--hostname"]) == ("ol-home-b", "ol-home")
    assert (pairs["--network"], pairs["--ip"]) == ("openlibrary-deploy-lab-b", "10.217.72.12")
    assert "127.0.0.1:12301:22" in command
    known = {command[at + 1] for at, word in enumerate(command) if word == "--add-host"}
    assert known == {f"{other.name}:{other.address}" for other in lab.hosts if other != home}


@pytest.mark.parametrize("name", ["a", "bc", "B", "2", " "])
def test_what_is_no_name_of_a_lab(name: str) -> None:
    with pytest.raises(LabError, match="LAB="):
        Lab(name)


@pytest.mark.parametrize(
    ("made", "name"), [("ol-home", ""), ("openlibrary-deploy-lab-git", ""), ("bare-web1-b", "b"), ("ol-web3-c", "c")]
)
def test_a_lab_removes_its_own_alone(made: str, name: str) -> None:
    assert [lab for lab in NAMES if Lab(lab).owns(made)] == [name]


def test_configuration_in_the_images_holds_in_every_lab() -> None:
    for path in sorted((ROOT / "lab/image").rglob("*")):
        if path.is_file():
            assert b"10.217." not in path.read_bytes(), path


def test_everything_is_published_on_the_loopback_address_only() -> None:
    for host in HOSTS:
        command = create_command(host, "image:1")
        published = [command[at + 1] for at, word in enumerate(command) if word == "--publish"]
        assert len(published) == len(host.published)
        assert all(port.startswith("127.0.0.1:") for port in published)


def test_another_image_is_another_specification() -> None:
    one, other = (specification_of(create_command(HOSTS[0], image)) for image in ("image:1", "image:2"))
    assert len(one) == 64
    assert one != other


def test_an_image_is_named_by_its_sources_and_its_parent() -> None:
    digest, packed = context("web", "base:1")
    assert context("web", "base:1") == (digest, packed)
    assert context("web", "base:2")[0] != digest
    assert context("home", "base:1")[0] != digest


def test_known_hosts_holds_a_host_by_name_address_and_forwarded_port() -> None:
    hosts = Lab().hosts
    keys = {host.name: f"ssh-ed25519 KEY{host.name} comment" for host in hosts}
    lines = known_hosts(keys, hosts).splitlines()
    assert lines[0] == "ol-home,10.217.71.12,[127.0.0.1]:12201 ssh-ed25519 KEYol-home"
    assert lines[-1].startswith("ol-infra,10.217.71.17,[127.0.0.1]:12207,[127.0.0.1]:12222 ")


def test_a_long_checkout_path_leaves_room_for_sockets() -> None:
    places = Places(Path("/" + "very-long-name/" * 20), Lab("i"))
    # ssh appends a suffix of 17 characters to the control socket's name while it makes it.
    assert len(str(places.runtime / "cp" / ("0" * 10))) + 17 < 107
    assert len(str(places.agent_socket)) < 107
