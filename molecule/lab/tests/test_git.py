"""ol-home gets at the git server through the operator's forwarded agent, and not without it."""

from __future__ import annotations

from testinfra.host import Host

testinfra_hosts = ["ansible://home"]

LIST = "git ls-remote --heads ssh://git@ol-infra/srv/git/openlibrary.git master"


def test_the_forwarded_agent_opens_the_git_server(host: Host) -> None:
    assert host.check_output(LIST).endswith("refs/heads/master")


def test_without_the_agent_the_git_server_stays_shut(host: Host) -> None:
    refused = host.run(f"env --unset=SSH_AUTH_SOCK GIT_SSH_COMMAND='ssh -o BatchMode=yes -i /dev/null' {LIST}")
    assert refused.rc != 0
    assert "Permission denied" in refused.stderr + refused.stdout


def test_no_private_key_lies_on_the_host(host: Host) -> None:
    found = host.check_output(
        "grep --recursive --files-with-matches 'PRIVATE KEY' /home /root/.ssh 2>/dev/null || true"
    )
    assert [path for path in found.splitlines() if "readonly" not in path] == []
