"""ol-infra runs the real Nagios with its CGIs."""

from __future__ import annotations

import pytest
from testinfra.host import Host

testinfra_hosts = ["ansible://monitoring"]


@pytest.mark.parametrize("name", ["nagios4", "nginx"])
def test_service_runs(host: Host, name: str) -> None:
    assert host.service(name).is_running


def test_nagios_answers(host: Host) -> None:
    told = host.check_output(
        "curl --silent --fail 'http://127.0.0.1:8083/cgi-bin/nagios4/statusjson.cgi?query=hostcount'"
    )
    assert '"type_code": 0' in told
