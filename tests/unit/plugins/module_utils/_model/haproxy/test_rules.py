# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

import csv
import io
import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.openlibrary.deploy.plugins.module_utils._model.errors import InputError
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.haproxy.rules import (
    ProcessReading,
    Rules,
    ServerView,
    check_haproxy_name,
    in_maintenance,
    proven,
    server_values,
    steady_since,
    takes_traffic,
    up_and_serving,
    why_not_drained_healthy,
    why_not_serving,
)
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.haproxy.state import (
    ServerAdmin,
    parse_servers_state,
)
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.haproxy.stats import (
    HaproxyError,
    ProcessInfo,
    ServerStats,
    parse_info,
    parse_stats,
)

CAPTURES = Path(__file__).resolve().parents[4] / "fixtures" / "haproxy"
VERSIONS = ("2.2.0", "2.6.0")
STRICT, UNCHECKED, BACKUP = Rules(), Rules(allow_no_check=True), Rules(allow_backup=True)


def captured(version: str, what: str) -> str:
    return (CAPTURES / f"{version}-{what}").read_text()


def rows(text: str) -> dict[str, ServerStats]:
    return {row.name: row for row in parse_stats(text)}


@pytest.mark.parametrize("version", VERSIONS)
def test_captured_statistics(version: str) -> None:
    found = rows(captured(version, "show_stat.csv"))
    assert [found[name].kind for name in ("fe/FRONTEND", "web/BACKEND", "web/web1")] == [0, 1, 2]
    web1 = found["web/web1"]
    assert (web1.status, web1.weight, web1.act, web1.bck, web1.check_status) == ("UP", 1, 1, 0, "L7OK")
    assert (web1.check_rise, web1.check_fall, web1.check_health, web1.full_health) == (2, 3, 4, True)
    assert web1.throttle is None
    assert found["mix/down1"].describe() == "DOWN (L4CON, Connection refused)"
    assert (found["mix/slow"].throttle, found["trk/t1"].tracked) == (7, "web/web1")
    assert found["mix/maint1"].check_health is None


@pytest.mark.parametrize("version", VERSIONS)
def test_captured_servers_by_rule(version: str) -> None:
    found = rows(captured(version, "show_stat.csv"))
    serving = {name for name, row in found.items() if row.kind == 2 and up_and_serving(row, STRICT)}
    assert serving == {"web/web1", "web/web2", "mix/up1"}
    assert {name for name, row in found.items() if row.kind == 2 and up_and_serving(row, UNCHECKED)} - serving == {
        "nochk/n1",
        "trk/t1",
    }
    assert up_and_serving(found["web/bak"], BACKUP)
    assert {name for name, row in found.items() if not why_not_drained_healthy(row, STRICT)} == {"mix/drain1"}


@pytest.mark.parametrize("version", VERSIONS)
def test_captured_state_and_process(version: str) -> None:
    admins = {admin.server: admin for admin in parse_servers_state(captured(version, "show_servers_state.txt"))}
    told = {name: (admin.state, admin.taken_out_by) for name, admin in admins.items()}
    assert told["up1"] == ("ready", "")
    assert told["drain1"] == ("drain", "an operator")
    assert told["maint1"] == ("maint", "an operator")
    assert told["cfgdis"] == ("maint", "the configuration")
    assert (admins["w0"].weight, admins["w0"].configured_weight) == (0, 0)
    info = parse_info(captured(version, "show_info.txt"))
    assert info.version.startswith(version)
    assert info.pid > 0


@pytest.mark.parametrize("version", VERSIONS)
def test_columns_are_found_by_name(version: str) -> None:
    text = captured(version, "show_stat.csv")
    table = list(csv.reader(io.StringIO(text.strip()[2:])))
    order = list(range(len(table[0])))
    random.Random(7).shuffle(order)
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows([[row[at] for at in order] + ["9"] for row in table])
    # The new first line has to begin as haproxy's does, so the two name columns go to the front.
    lines = list(csv.reader(io.StringIO(out.getvalue())))
    names = [name or "new_in_4.0" for name in lines[0]]
    first = [names.index("pxname"), names.index("svname")]
    rest = [at for at in range(len(names)) if at not in first]
    shuffled = "# " + "\n".join(",".join(row[at] for at in first + rest) for row in [names, *lines[1:]])
    assert parse_stats(shuffled) == parse_stats(text)


def test_fewer_columns_of_an_older_haproxy() -> None:
    text = (
        "# pxname,svname,qcur,scur,status,weight,act,bck,type,check_status,\n"
        'web,web1,0,3,UP,1,1,0,2,* L7OK,\nweb,web2,,,"UP 1/3",1,1,0,2,L7OK,\n'
    )
    found = rows(text)
    assert found["web/web1"].check_status == "L7OK"
    assert up_and_serving(found["web/web1"], STRICT)
    assert not up_and_serving(found["web/web2"], STRICT)
    assert (found["web/web1"].sessions, found["web/web2"].scur, found["web/web2"].stot) == (3, None, None)


def test_quoted_text_with_commas_and_what_is_no_number() -> None:
    text = '# pxname,svname,status,weight,type,last_chk,\nweb,web1,DOWN,many,2,"said ""no"", twice",\n'
    row = rows(text)["web/web1"]
    assert (row.last_chk, row.weight) == ('said "no", twice', None)


@pytest.mark.parametrize("text", ["", "<html>", "Permission denied\n", "Unknown command. Please enter"])
def test_what_is_no_answer_is_refused(text: str) -> None:
    for parse in (parse_stats, parse_info, parse_servers_state):
        with pytest.raises(HaproxyError, match="haproxy (was asked|answered)"):
            parse(text)


def test_a_state_line_that_is_cut_off_is_refused() -> None:
    with pytest.raises(HaproxyError, match="cannot be read"):
        parse_servers_state("1\n# be_name srv_name srv_admin_state srv_uweight srv_iweight\nweb web1 0 1\n")


def row(**changes: Any) -> ServerStats:
    healthy = ServerStats(
        "web", "web1", 2, status="UP", check_status="L7OK", weight=100, act=1, bck=0, scur=0, qcur=0,
        check_rise=2, check_fall=3, check_health=4,
    )  # fmt: skip
    return replace(healthy, **changes)


@pytest.mark.parametrize(
    ("changes", "rules", "why"),
    [
        ({}, STRICT, ""),
        ({"check_status": "L4OK"}, STRICT, ""),
        ({"check_status": "PROCOK"}, STRICT, ""),
        ({"throttle": 100}, STRICT, ""),
        # Just out of MAINT: the result of the check before it, and traffic before any check ran.
        ({"status": "UP 1/3", "check_health": 2}, STRICT, "not exactly UP"),
        ({"status": "UP 2/3"}, STRICT, "not exactly UP"),
        ({"check_health": 2}, STRICT, "its health is 2 of 4"),
        ({"weight": 0}, STRICT, "its weight is 0"),
        ({"weight": None}, STRICT, "its weight is 0"),
        ({"throttle": 7}, STRICT, "slow start at 7 %"),
        ({"act": 0, "bck": 1}, STRICT, "only a backup server"),
        ({"act": 0, "bck": 1}, BACKUP, ""),
        ({"act": 0, "bck": 0}, BACKUP, "not an active server"),
        ({"act": None, "bck": None}, STRICT, "not an active server"),
        ({"status": "NOLB", "check_status": "L7OKC", "check_code": 404}, STRICT, "NOLB (L7OKC/404)"),
        ({"check_status": "L7OKC"}, STRICT, "did not pass"),
        ({"check_status": "L7STS"}, STRICT, "did not pass"),
        ({"check_status": "INI"}, UNCHECKED, "did not pass"),
        ({"status": "no check", "check_status": ""}, STRICT, "no health check"),
        ({"status": "no check", "check_status": ""}, UNCHECKED, ""),
        ({"status": "no check", "check_status": "", "weight": 0}, UNCHECKED, "its weight is 0"),
        ({"check_status": "", "tracked": "web/web2"}, STRICT, "tracks web/web2"),
        ({"check_status": "", "tracked": "web/web2"}, UNCHECKED, ""),
        *[
            ({"status": status}, UNCHECKED, "not exactly UP")
            for status in (
                "DOWN", "DOWN 1/2", "DOWN (agent)", "DRAIN", "DRAIN 1/2", "DRAIN (agent)", "NOLB 1/2", "MAINT",
                "MAINT (via web/web2)", "MAINT (resolution)", "up", "",
            )
        ],
    ],
)  # fmt: skip
def test_up_and_serving(changes: dict[str, Any], rules: Rules, why: str) -> None:
    found = why_not_serving(row(**changes), rules)
    assert why in found
    assert bool(found) == bool(why)
    assert up_and_serving(row(**changes), rules) == (not why)


@pytest.mark.parametrize(
    ("changes", "rules", "healthy"),
    [
        ({}, STRICT, True),
        ({"weight": 0}, STRICT, True),
        ({"status": "DRAIN 1/2", "check_health": 2}, STRICT, False),
        ({"status": "DRAIN (agent)"}, STRICT, False),
        ({"check_health": 3}, STRICT, False),
        ({"check_status": "L7STS"}, STRICT, False),
        ({"check_status": ""}, STRICT, False),
        ({"check_status": ""}, UNCHECKED, True),
        ({"status": "DOWN"}, UNCHECKED, False),
        ({"status": "MAINT", "check_status": ""}, UNCHECKED, False),
        ({"status": "UP"}, STRICT, False),
    ],
)
def test_drained_and_healthy(changes: dict[str, Any], rules: Rules, healthy: bool) -> None:
    assert (why_not_drained_healthy(row(**{"status": "DRAIN", **changes}), rules) == "") is healthy


@pytest.mark.parametrize(
    ("changes", "takes"),
    [
        ({}, True),
        ({"status": "UP 1/3"}, True),
        ({"status": "no check"}, True),
        ({"weight": 0}, False),
        ({"status": "NOLB"}, False),
        ({"status": "DRAIN"}, False),
        ({"status": "DOWN 1/2"}, False),
        ({"status": "MAINT (via web/web2)"}, False),
    ],
)
def test_takes_traffic(changes: dict[str, Any], takes: bool) -> None:
    assert takes_traffic(row(**changes)) is takes


@pytest.mark.parametrize(
    ("bits", "state", "who", "lasting"),
    [
        (0, "ready", "", False),
        (1, "maint", "an operator", True),
        (2, "maint", "the server that it tracks", False),
        (4, "ready", "", False),  # configured `disabled`, made ready since
        (5, "maint", "the configuration", True),
        (8, "drain", "an operator", False),
        (9, "maint", "an operator", True),
        (16, "drain", "the server that it tracks", False),
        (32, "maint", "name resolution", False),
        (64, "ready", "", False),  # only remembers that the name was set over the socket
    ],
)
def test_admin_bits(bits: int, state: str, who: str, lasting: bool) -> None:
    admin = ServerAdmin("web", "web1", bits, 100, 100)
    assert (admin.state, admin.taken_out_by) == (state, who)
    assert in_maintenance(ServerView(row(), admin)) is lasting


def test_two_readings_more_than_an_interval_apart() -> None:
    assert not proven(None, 5.0, 1.0)
    assert not proven(5.0, 5.0, 0.0)
    assert not proven(5.0, 6.0, 1.0)
    assert proven(5.0, 6.1, 1.0)
    assert steady_since(None, True, 7.0) == 7.0
    assert steady_since(5.0, True, 7.0) == 5.0
    assert steady_since(5.0, False, 7.0) is None


def test_several_processes_make_one_server() -> None:
    good = ServerView(row(stot=3, scur=1), ServerAdmin("web", "web1", 0, 100, 100))
    bad = ServerView(row(stot=4, scur=2, status="DRAIN"), ServerAdmin("web", "web1", 8, 100, 100))
    told = server_values((good, bad), STRICT)
    assert (told["stot"], told["scur"], told["status"], told["admin"]) == (7, 3, "DRAIN", "drain")
    assert told["in_rotation"] is False
    assert told["econ"] is None
    assert server_values((good, good), STRICT)["in_rotation"] is True
    assert server_values((ServerView(row()),), STRICT)["admin"] == "unknown"


def test_a_weight_that_one_process_was_left_at_shows() -> None:
    def view(weight: int, configured: int) -> ServerView:
        # In a slow start the weight in use is less than the one that is set.
        return ServerView(row(weight=7), ServerAdmin("web", "web1", 0, weight, configured))

    told = server_values((view(100, 100), view(10, 100)), STRICT)
    assert (told["weight"], told["configured_weight"]) == (10, 100)
    told = server_values((ServerView(row(weight=7)),), STRICT)
    assert (told["weight"], told["configured_weight"]) == (7, None)


def test_names_that_are_not_there() -> None:
    reading = ProcessReading("/sock", (row(), row(server="web2")), (), ProcessInfo(1, 1, "2.6"))
    assert reading.view("web", "web2").stats.server == "web2"
    with pytest.raises(InputError, match=r"no backend 'wob' behind /sock; there are: web\."):
        reading.views("wob")
    with pytest.raises(InputError, match=r"no server 'web3'; it has: web1, web2\."):
        reading.view("web", "web3")


@pytest.mark.parametrize("name", ["", "a b", "a;b", "a/b", "a\n", "web1 state ready"])
def test_names_that_cannot_be(name: str) -> None:
    with pytest.raises(InputError, match="is not the name of a haproxy server"):
        check_haproxy_name(name, "server")
    assert check_haproxy_name("ol-web3.us_1:80", "server") == "ol-web3.us_1:80"
