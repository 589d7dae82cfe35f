from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.openlibrary.deploy.plugins.module_utils._model.errors import InputError
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.option import Option
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.site.gate_modules import GATE_MODULES, GateModule
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.site.given import Unreadable
from tests.sites import BLUE, GREEN, HOME, MONITOR, NAGIOS, WWW, check, lines, warned

NOPE = Unreadable("'nope' is undefined.")
OURS = "openlibrary.deploy.nagios_gate"
OWN = {"name": "own", "module": "shop.watch.own_gate"}
WHERE = "books, edge, try, web: "


def said(*gates: Any) -> list[str]:
    """What is wrong with these gates."""
    found = lines(check(everywhere={"deploy_gates": list(gates)}))
    assert all(line.startswith(WHERE) for line in found)
    return [line.removeprefix(WHERE) for line in found]


def nagios(**options: Any) -> dict[str, Any]:
    """The gate with other options."""
    return {**NAGIOS, "options": {**NAGIOS["options"], **options}}


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"name": None}, "entry 1 has no name, which it needs."),
        ({"name": ""}, "entry 1 has no name, which it needs."),
        ({"name": None, "nmae": "eye"}, "entry 1 has no nmae; did you mean name?"),
        ({"name": "Nagios"}, "Nagios.name is 'Nagios': it takes a name of its own: a lower-case letter, then up to 63"),
        ({"name": "na-gios"}, "na-gios.name is 'na-gios': it takes a name of its own"),
        ({"name": "n" * 65}, "n" * 65 + ".name is 'nnn"),
        ({"name": 3}, "entry 1.name is 3: it takes text in quotes."),
        ({"name": "a\nb"}, "entry 1.name is 'a\\nb': it takes a name of its own"),
        ({"name": "bake"}, "bake.name is 'bake': it must be another name than bad, staged and bake, which mean som"),
        ({"name": "bad"}, "bad.name is 'bad': it must be another name than bad, staged and bake"),
        ({"name": "staged"}, "staged.name is 'staged': it must be another name than bad, staged and bake"),
        ({"module": None}, "nagios has no module, which it needs."),
        ({"module": None, "modul": OURS}, "nagios has no modul; did you mean module?"),
        ({"module": "nagios_gate"}, "nagios.module is 'nagios_gate': it takes the full name of a module, with its co"),
        ({"module": "a.b"}, "nagios.module is 'a.b': it takes the full name of a module"),
        ({"module": "a b.c.d"}, "nagios.module is 'a b.c.d': it takes the full name of a module"),
        ({"module": ["a.b.c"]}, "nagios.module is ['a.b.c']: it takes text."),
        ({"module": f"{OURS}s"}, f"nagios.module is '{OURS}s'; did you mean {OURS}?"),
        ({"module": "openlibary.deploy.nagios_gate"}, "nagios.module is 'openlibary.deploy.nagios_gate'; did you me"),
        (
            {"module": "openlibrary.deploy.haproxy_stats"},
            f"nagios.module is 'openlibrary.deploy.haproxy_stats', which is not a gate; this collection has {OURS}",
        ),
        ({"when": []}, "nagios.when is []: it must be before, turn or after, or several of them."),
        (
            {"when": "turns"},
            "nagios.when is 'turns': it must be before, turn or after, or several of them (did you mea",
        ),
        ({"when": ["turn", "later"]}, "nagios.when is ['turn', 'later']: it must be before, turn or after, or several"),
        ({"when": {"turn": True}}, "nagios.when is {turn: true}: it takes a list of texts."),
        ({"wehn": ["turn"]}, "nagios has no wehn; did you mean when?"),
        ({"unknown": "go"}, "nagios.unknown is 'go': it must be stop or continue."),
        ({"unknown": True}, "nagios.unknown is true: it takes text in quotes."),
        ({"timeout": "10m"}, "nagios.timeout is '10m': it takes seconds as a number."),
        ({"timeout": 0}, "nagios.timeout is 0: it must be more than 0, in seconds."),
        ({"timeout": 600000}, "nagios.timeout is 600000: it must be 86400 or less, in seconds."),
        ({"via": "ear"}, "nagios.via is 'ear': it takes a host of the inventory, or localhost."),
        ({"via": "eyes"}, "nagios.via is 'eyes': it takes a host of the inventory, or localhost (did you mean eye?)."),
        ({"via": "localhst"}, "nagios.via is 'localhst': it takes a host of the inventory, or localhost (did you mean"),
        ({"via": ""}, "nagios.via is '': it takes a host of the inventory, or localhost."),
        ({"via": NOPE}, "nagios.via cannot be worked out: 'nope' is undefined."),
        ({"become": "root"}, "nagios.become is 'root': it takes true or false."),
        ({"host": "a;b"}, "nagios.host is 'a;b': it must be a name that Nagios can take: up to 200 printable"),
        ({"host": 7}, "nagios.host is 7: it takes text in quotes."),
        ({"module": "shop.watch.own_gate", "host": "a\nb"}, "nagios.host is 'a\\nb': it takes one line of printable"),
        ({"options": []}, "nagios.options is not right: it takes a dictionary."),
        ({"options": NOPE}, "nagios.options cannot be worked out: 'nope' is undefined."),
        ({"optoins": {}}, "nagios has no optoins; did you mean options?"),
        (
            {"mood": "good"},
            "nagios has no mood; it may have name, module, when, unknown, timeout, via, become, host an",
        ),
    ],
)
def test_an_entry_is_refused(changed: dict[str, Any], sentence: str) -> None:
    # What is missing in options is not what this is about.
    (found,) = [line for line in said({**NAGIOS, **changed}) if "options has no" not in line]
    assert found.startswith(f"deploy_gates, {sentence}")


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"url": None}, " has no url, which it needs."),
        ({"url": ""}, " has no url, which it needs."),
        ({"url": None, "ulr": "http://eye/"}, " has no ulr; did you mean url?"),
        ({"url": "monitor"}, ".url is 'monitor': it takes an address that begins with http:// or https://."),
        ({"hostgroup": None}, " has no hostgroup, which it needs."),
        ({"hostgroup": "a;b"}, ".hostgroup is 'a;b': it must be a name that Nagios can take"),
        (
            {"source": "statusjsn"},
            ".source is 'statusjsn': it must be statusjson or status (did you mean statusjson?).",
        ),
        ({"url_username": "a\nb"}, ".url_username is 'a\\nb': it takes one line of printable text."),
        ({"url_password": 31415}, ".url_password is not right: it takes text in quotes."),
        ({"url_password": NOPE}, ".url_password cannot be worked out: 'nope' is undefined."),
        ({"validate_certs": "maybe"}, ".validate_certs is 'maybe': it takes true or false."),
        ({"ca_path": "x.pem"}, ".ca_path is 'x.pem': it takes an absolute path."),
        ({"date_format": "iso"}, ".date_format is 'iso': it must be us, euro, iso8601 or strict-iso8601."),
        ({"command_file": "nagios.cmd"}, ".command_file is 'nagios.cmd': it takes an absolute path."),
        ({"max_age": "old"}, ".max_age is 'old': it takes seconds as a number."),
        ({"max_age": 864000}, ".max_age is 864000: it must be 86400 or less, in seconds."),
        ({"min_services": 1.5}, ".min_services is 1.5: it takes a whole number."),
        ({"interval": 0}, ".interval is 0: it must be more than 0, in seconds."),
        ({"downtime": 59}, ".downtime is 59: it must be 60 or more, in seconds."),
        ({"conect_timeout": 1}, " has no conect_timeout; did you mean connect_timeout?"),
        ({"mood": 1}, " has no mood; it may have url, source, hostgroup, "),
        ({"host": "x"}, " has host, which belongs beside options."),
        ({"timeout": 5}, " has timeout, which belongs beside options."),
        ({"baseline": {}}, " has baseline, which each run sets itself."),
        ({1: 2}, " has the key 1, which is not text."),
    ],
)
def test_an_option_of_our_own_module_is_refused(options: dict[str, Any], sentence: str) -> None:
    gate = {**NAGIOS, "options": {**NAGIOS["options"], **options}}
    (found,) = said(gate)
    assert found.startswith(f"deploy_gates, nagios.options{sentence}")


@pytest.mark.parametrize(
    "gate",
    [
        {"name": "n", "module": OURS, "options": NAGIOS["options"]},
        {**NAGIOS, "when": "after", "unknown": "continue", "timeout": "9", "become": "yes", "host": "shop1.example"},
        {**NAGIOS, "when": None, "unknown": None, "timeout": None, "via": None, "become": None, "host": None},
        nagios(url="https://eye:8443/cgi/", url_username="eve", url_password="x", ca_path="/x.pem", downtime=60),
        nagios(source="status", date_format="euro", command_file="", max_age=9, min_services=0, interval=0.5),
        nagios(url_password=None, ca_path=None),
        OWN,
        {**OWN, "options": {"anything": ["goes", {"here": None}], "mood": 1}},
        {**OWN, "options": None},
        {**OWN, "module": "a.b.c.d", "via": WWW},
    ],
)
def test_an_entry_that_is_right(gate: dict[str, Any]) -> None:
    assert said(gate) == []


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"who": "me"}, "deploy_gates, own.options has who, which each run sets itself."),
        ({"a": [NOPE]}, "deploy_gates, own.options.a cannot be worked out: 'nope' is undefined."),
        ({None: 1}, "deploy_gates, own.options has the key None, which is not text."),
    ],
)
def test_of_another_collections_module_only_what_cannot_be_is_refused(options: Any, sentence: str) -> None:
    assert said({**OWN, "options": options}) == [sentence]


def test_what_a_module_of_ours_says_of_its_options_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Any] = []

    def check_both(given: Any) -> None:
        seen.append(given)
        if given["least"] is not None and given["headers"]:
            raise InputError("Give either least or headers.")

    options = (
        Option("least", "float", "A limit."),
        Option("times", "int", "How often.", default=1),
        Option("headers", "dict", "Secrets.", default={}, secret=True),
    )
    monkeypatch.setitem(GATE_MODULES, OURS, GateModule(options, check=check_both))
    gate = {**NAGIOS, "timeout": 9}
    assert said({**gate, "options": {"least": "3"}}) == []
    assert seen[0] == {"least": 3, "times": 1, "headers": {}, "timeout": 9, "mode": "judge"}
    assert said({**gate, "options": {"headers": {"a": "b"}}}) == []
    assert seen[-1]["least"] is None
    assert said({**gate, "options": {"least": 0, "headers": {"a": "b"}}}) == [
        "deploy_gates, nagios.options: Give either least or headers."
    ]
    # One thing at a time.
    assert said({**gate, "options": {"least": "x", "headers": {"a": NOPE}}}) == [
        "deploy_gates, nagios.options.headers cannot be worked out: 'nope' is undefined.",
        "deploy_gates, nagios.options.least is 'x': it takes a number.",
    ]


def test_every_fault_of_every_entry_is_said() -> None:
    assert said({**NAGIOS, "timeout": "x", "via": "ear"}, {**OWN, "become": 7}, OWN) == [
        "deploy_gates, nagios.timeout is 'x': it takes seconds as a number.",
        "deploy_gates, nagios.via is 'ear': it takes a host of the inventory, or localhost.",
        "deploy_gates, own.become is 7: it takes true or false.",
        "deploy_gates names own twice.",
    ]


def test_a_list_that_is_none_is_refused_and_not_shown() -> None:
    (line,) = lines(check(everywhere={"deploy_gates": {"nagios": NAGIOS}}))
    assert line.startswith(f"{WHERE}deploy_gates is not right: it takes a list of dictionaries, for example [{{name: ")
    (line,) = lines(check(everywhere={"deploy_gates": [NAGIOS, NOPE]}))
    assert line == f"{WHERE}deploy_gates cannot be worked out: 'nope' is undefined."


def test_what_an_entry_says_and_what_it_leaves_out() -> None:
    gates = [{**OWN, "when": ["after", "before"], "unknown": "continue", "timeout": "9"}, NAGIOS]
    site = check(
        everywhere={"deploy_gates": gates}, on={BLUE: {"deploy_gates": [gates[0], {**NAGIOS, "host": "blue"}]}}
    ).site.as_dict()
    assert site["gates"] == [
        {
            "name": "own",
            "module": OWN["module"],
            "when": ["before", "after"],
            "unknown": "continue",
            "timeout": 9,
            "alike": True,
        },
        {"name": "nagios", "module": OURS, "when": ["turn"], "unknown": "stop", "timeout": 600, "alike": True},
    ]
    own = {"via": "localhost", "become": False}
    assert site["hosts"][BLUE]["gates"]["nagios"] == {"host": "blue", "via": MONITOR, "become": False}
    assert site["hosts"][HOME]["gates"] == {
        "own": {"host": HOME, **own},
        "nagios": {"host": HOME, "via": MONITOR, "become": False},
    }


@pytest.mark.parametrize(
    ("own", "sentence"),
    [
        ([{**NAGIOS, "timeout": 5}], "deploy_gates, nagios: timeout must be the same on every host of the fleet."),
        (
            [{**NAGIOS, "when": "after", "unknown": "continue"}],
            "deploy_gates, nagios: when and unknown must be the same on every host of the fleet.",
        ),
        ([], "deploy_gates, nagios is not on every host of the fleet, and must be."),
        ([NAGIOS, OWN], "deploy_gates, own is not on every host of the fleet, and must be."),
    ],
)
def test_gates_of_the_fleet_agree(own: list[Any], sentence: str) -> None:
    everywhere, on = {"deploy_gates": [NAGIOS]}, {GREEN: {"deploy_gates": own}}
    assert lines(check("restart", everywhere, on)) == [f"books, edge, web: {sentence}"]
    # It is the fault of those that are left alone.
    rescue = check("restart", everywhere, on, limit=[BLUE])
    assert lines(rescue) == [] and warned(rescue) == [f"{GREEN}: {sentence}"]


def test_who_asks_and_how_may_differ_from_host_to_host() -> None:
    other = {**nagios(hostgroup="other"), "via": WWW, "become": True, "host": "green"}
    checked = check(everywhere={"deploy_gates": [NAGIOS]}, on={GREEN: {"deploy_gates": [other]}})
    assert lines(checked) == []
    assert checked.site.hosts[GREEN].gates == {"nagios": {"host": "green", "via": WWW, "become": True}}
    assert [gate["alike"] for gate in checked.site.as_dict()["gates"]] == [False]
    # What the source calls a host is no other question.
    renamed = check(everywhere={"deploy_gates": [NAGIOS]}, on={GREEN: {"deploy_gates": [{**NAGIOS, "host": "green"}]}})
    assert [gate["alike"] for gate in renamed.site.as_dict()["gates"]] == [True]
    limited = check("restart", {"deploy_gates": [NAGIOS]}, {GREEN: {"deploy_gates": [other]}}, limit=[BLUE])
    assert [gate["alike"] for gate in limited.site.as_dict()["gates"]] == [True]


@pytest.mark.parametrize("when", [["before"], ["turn", "after"]])
def test_what_is_asked_once_for_all_hosts_is_the_same_on_each(when: list[str]) -> None:
    gates = [{**OWN, "when": when, "options": {"url": f"http://{host}/"}} for host in (BLUE, GREEN)]
    everywhere, on = {"deploy_gates": [gates[0]]}, {GREEN: {"deploy_gates": [gates[1]]}}
    (line,) = lines(check("restart", everywhere, on))
    assert line.startswith(
        "books, edge, web: deploy_gates, own: before and after a run it is asked once, for all hosts: "
    )
    # A rescue is not kept from it: there it only reports.
    rescue = check("rollback", everywhere, on)
    assert lines(rescue) == [] and [gate.name for gate in rescue.site.gates] == ["own"]


def test_nobody_asks_a_gate_of_whom_it_is_not_read() -> None:
    wrong = {"deploy_gates": [{**NAGIOS, "timeout": "x"}]}
    for playbook in ("status", "lock", "tag", "prepare"):
        checked = check(playbook, everywhere=wrong)
        assert lines(checked) == [] and len(warned(checked)) == 1
    assert lines(check("restart", wrong, extra={"skip": "nagios", "reason": "it is told of restarts all the same"}))
