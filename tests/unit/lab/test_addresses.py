"""What the lab derives from its address book and from its sources."""

from __future__ import annotations

from pathlib import Path

import yaml

from lab.book import HOSTS, Places
from lab.fleet import create_command, specification_of
from lab.image import context
from lab.keys import known_hosts

ROOT = Path(__file__).resolve().parents[3]


def test_the_inventory_knows_the_ports_of_the_address_book() -> None:
    groups = yaml.safe_load((ROOT / "inventories/lab/hosts.yml").read_text())["all"]["children"]
    ports = {name: found["ansible_port"] for group in groups.values() for name, found in group["hosts"].items()}
    assert ports == {host.name: host.ssh_port for host in HOSTS}


def test_configuration_in_the_images_names_the_addresses_of_the_address_book() -> None:
    haproxy = (ROOT / "lab/image/www/rootfs/etc/haproxy/haproxy.cfg").read_text()
    nagios = (ROOT / "lab/image/infra/rootfs/etc/nagios4/openlibrary.cfg").read_text()
    addresses = {host.name: host.address for host in HOSTS}
    assert f"server ol-web3 {addresses['ol-web3']}:7071 " in haproxy
    assert f"server ol-web4 {addresses['ol-web4']}:7071 " in haproxy
    for name in ("ol-home", "ol-web3", "ol-web4", "ol-www1", "ol-dev0"):
        assert f"host_name {name}\n  address {addresses[name]}\n" in nagios


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
    lines = known_hosts({host.name: f"ssh-ed25519 KEY{host.name} comment" for host in HOSTS}).splitlines()
    assert lines[0] == "ol-home,10.217.71.12,[127.0.0.1]:12201 ssh-ed25519 KEYol-home"
    assert lines[-1].startswith("ol-infra,10.217.71.17,[127.0.0.1]:12207,[127.0.0.1]:12222 ")


def test_a_long_checkout_path_leaves_room_for_sockets() -> None:
    places = Places(Path("/" + "very-long-name/" * 20))
    # ssh appends a suffix of 17 characters to the control socket's name while it makes it.
    assert len(str(places.runtime / "cp" / ("0" * 10))) + 17 < 107
    assert len(str(places.agent_socket)) < 107
