"""Every host of the lab is reached and guarded as in production."""

from __future__ import annotations

import pytest
from testinfra.host import Host

testinfra_hosts = ["ansible://all"]


def test_the_deploy_user_may_become_root_and_is_not(host: Host) -> None:
    assert host.user().name == "deploy"
    assert host.check_output("sudo --non-interactive id --user") == "0"


def test_the_service_user_cannot_log_in(host: Host) -> None:
    assert host.user("openlibrary").shell == "/usr/sbin/nologin"
    with host.sudo():
        assert host.user("openlibrary").password.startswith(("!", "*"))


@pytest.mark.parametrize(("option", "value"), [("permitrootlogin", "no"), ("passwordauthentication", "no")])
def test_ssh_admits_neither_root_nor_passwords(host: Host, option: str, value: str) -> None:
    with host.sudo():
        assert f"{option} {value}" in host.check_output("/usr/sbin/sshd -T").splitlines()


def test_systemd_is_in_charge(host: Host) -> None:
    assert host.file("/proc/1/comm").content_string.strip() == "systemd"
    assert host.service("ssh").is_running
    assert host.service("supervisor").is_running


def test_supervisor_answers_on_its_socket_for_root_alone(host: Host) -> None:
    with host.sudo():
        socket = host.file("/run/supervisor.sock")
        assert socket.is_socket
        assert (socket.user, socket.mode) == ("root", 0o700)
