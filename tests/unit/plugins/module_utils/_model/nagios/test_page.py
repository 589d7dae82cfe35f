"""Pages of status.cgi, captured and damaged."""

from __future__ import annotations

from pathlib import Path

import pytest

from ansible_collections.openlibrary.deploy.plugins.module_utils._model.nagios.page import (
    parse_downtimes,
    parse_services,
)
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.nagios.problems import (
    NagiosError,
    WatchedService,
)

FIXTURES = Path(__file__).parents[4] / "fixtures" / "nagios"
OLD = (FIXTURES / "nagios-3.2.3-status.html").read_text(encoding="utf-8")
NEW = (FIXTURES / "nagios-4.4.6-status.html").read_text(encoding="utf-8")


def services(text: str, date_format: str) -> dict[str, WatchedService]:
    return {service.key: service for service in parse_services(text, "openlibrary", date_format).services}


def test_nagios_3() -> None:
    found = services(OLD, "us")
    assert len(found) == 138
    assert {key for key, service in found.items() if service.problem} == {"ol-web1/7071-ol-gunicorn", "ol-web1/ntp"}
    assert found["ol-web1/http"].acknowledged and found["ol-web1/disk"].downtime
    assert not found["ol-web1/load"].hard and not found["ol-web1/ntp"].active
    assert found["ol-web1/pend"].state == "PENDING" and found["ol-web1/pend"].last_check == 0
    assert found["ol-web1/7071-ol-gunicorn"].output == 'CRITICAL - Socket timeout, "x"=y'


def test_nagios_4_and_the_icons_of_the_next_host() -> None:
    found = services(NEW, "iso8601")
    assert len(found) == 7
    assert {key for key, service in found.items() if service.downtime} == {"ol-web3/ssh", "ol-web3/web"}


def test_times_are_compared_in_the_page_s_own_zone() -> None:
    reading = parse_services(NEW, "openlibrary", "iso8601")
    assert 0 <= reading.clock - reading.updated < 5


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "nothing"),
        ("<html><title>Sign in</title></html>", "not Nagios'"),
        (NEW[: len(NEW) // 2], "cut off"),
        (NEW.replace("extinfo.cgi?type=2&host=ol-home&service=ssh'>", "x'>"), "not those that the page itself counts"),
        (OLD.replace("serviceTotalsOK'>132", "serviceTotalsOK'>133"), "not those that the page itself counts"),
        (NEW.replace("Last Updated", "Whoops! Last Updated"), "Whoops"),
        (NEW.replace("Last Updated", "Monitoring process may not be running! Last Updated"), "may not be running"),
        (NEW.replace("Last Updated:", "Last seen:"), "when its page was made"),
        ((FIXTURES / "nagios-4.4.6-unauthorised.html").read_text(encoding="utf-8"), "no rights"),
    ],
)
def test_what_is_not_an_answer(text: str, says: str) -> None:
    with pytest.raises(NagiosError, match=says):
        parse_services(text, "openlibrary", "us" if "Core&trade; 3.2.3" in text else "iso8601")


def test_another_date_format_is_found_out() -> None:
    with pytest.raises(NagiosError, match="date_format 'us'"):
        parse_services(NEW, "openlibrary", "us")


def test_an_unknown_hostgroup_has_no_services() -> None:
    page = (FIXTURES / "nagios-4.4.6-unknown-hostgroup.html").read_text(encoding="utf-8")
    assert parse_services(page, "typo", "us").services == ()


def test_output_that_forges_a_row_is_found_out() -> None:
    forged = "</td><td><a href='extinfo.cgi?type=2&host=ol-x&service=y'>y</a></td><td class='statusOK'>OK</td>"
    with pytest.raises(NagiosError):
        services(OLD.replace("CRITICAL - <b>Socket</b>", forged + "CRITICAL"), "us")


def test_downtimes_of_both_kinds() -> None:
    page = (FIXTURES / "nagios-4.4.6-downtimes.html").read_text(encoding="utf-8")
    found = parse_downtimes(page)
    assert sorted((one.host, one.service, one.comment) for one in found) == [
        ("ol-web3", "", "openlibrary.deploy run-1"),
        ("ol-web3", "ssh", "disk swap"),
        ("ol-web3", "ssh", "openlibrary.deploy run-1"),
        ("ol-web3", "web", "disk swap"),
        ("ol-web3", "web", "openlibrary.deploy run-1"),
    ]
