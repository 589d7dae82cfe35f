"""Replies of statusjson.cgi, captured and damaged."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ansible_collections.openlibrary.deploy.plugins.module_utils._model.errors import InputError
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.nagios.commands import (
    announce,
    check_name,
    comment_of,
)
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.nagios.problems import NagiosError
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.nagios.statusjson import (
    parse_downtimes,
    parse_services,
)

FIXTURES = Path(__file__).parents[4] / "fixtures" / "nagios"
WORDS = (FIXTURES / "nagios-4.4.6-servicelist-enumerate.json").read_text(encoding="utf-8")
NUMBERS = (FIXTURES / "nagios-4.4.6-servicelist.json").read_text(encoding="utf-8")
TYPO = (FIXTURES / "nagios-4.4.6-servicelist-typo.json").read_text(encoding="utf-8")


def reply(data: str = "{}", code: int = 0, message: str = "") -> str:
    result = {"type_code": code, "message": message, "query_time": 2000, "last_data_update": 1000}
    return f'{{"result": {json.dumps(result)}, "data": {data}}}'


def test_words_and_numbers_say_the_same() -> None:
    assert parse_services(WORDS, "g") == parse_services(NUMBERS, "g")


def test_services() -> None:
    reading = parse_services(WORDS, "g")
    assert len(reading.services) == 138 and reading.clock - reading.updated == 472
    found = {service.key: service for service in reading.services}
    assert {key for key, service in found.items() if service.problem} == {"ol-web1/7071-ol-gunicorn", "ol-web1/ntp"}
    assert found["ol-web1/http"].acknowledged and found["ol-web1/disk"].downtime and not found["ol-web1/load"].hard
    assert found["ol-web1/pend"].state == "PENDING" and not found["ol-web1/ntp"].active


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "nothing"),
        ("<html>", "HTML instead of JSON"),
        (WORDS[: len(WORDS) // 2], "cut off"),
        ("[]", "not Nagios'"),
        (TYPO, "no hostgroup 'typo'"),
        (reply(code=2, message="Unable to open status file"), "refused: Unable to open"),
        (reply('{"servicelist": {"h": {"s": {}}}}'), "without what was asked for"),
        (reply('{"servicelist": {"h": 3}}'), "without what was asked for"),
    ],
)
def test_what_is_not_an_answer(text: str, says: str) -> None:
    with pytest.raises(NagiosError, match=says) as caught:
        parse_services(text, "typo")
    assert caught.value.as_result()["blame"] == "nobody"


def test_no_rights_are_an_empty_list() -> None:
    assert parse_services(reply('{"servicelist": {}}'), "g").services == ()


def test_downtimes() -> None:
    entry = {"host_name": "h", "service_description": "s", "comment": "c"}
    listed = json.dumps({"downtimelist": {"1": entry, "2": {"host_name": "h", "comment": "d"}}})
    assert [(one.host, one.service, one.comment) for one in parse_downtimes(reply(listed))] == [
        ("h", "s", "c"),
        ("h", "", "d"),
    ]
    assert parse_downtimes(reply('{"downtimelist": []}')) == []


@pytest.mark.parametrize("name", ["", "a;b", "a\nb", "a\x1b", "x" * 300])
def test_a_name_smuggles_in_nothing(name: str) -> None:
    with pytest.raises(InputError):
        check_name(name, "host")


def test_commands() -> None:
    first, second = announce("h", 100, 60, "mek;x\n", comment_of("run-1"))
    assert first == "[100] SCHEDULE_HOST_SVC_DOWNTIME;h;100;160;1;0;60;mek_x;openlibrary.deploy run-1\n"
    assert second.startswith("[100] SCHEDULE_HOST_DOWNTIME;h;")
    with pytest.raises(InputError):
        comment_of("run;1")
