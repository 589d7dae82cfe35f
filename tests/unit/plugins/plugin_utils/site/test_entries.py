from __future__ import annotations

from typing import Any

import pytest

from tests.sites import BLUE, HOME, MONITOR, NGINX, SHOP, WWW, check, lines, warned


def said(setting: str, value: Any, host: str = BLUE, playbook: str = "deploy") -> list[str]:
    """The sentences against one host's setting."""
    found = lines(check(playbook, on={host: {setting: value}}))
    assert all(line.startswith(f"{host}: ") for line in found)
    return [line.removeprefix(f"{host}: ") for line in found]


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"health_ur": "http://x/"}, "deploy_services, shop has no health_ur; did you mean health_url?"),
        ({"colour": "red"}, "deploy_services, shop has no colour; it may have name, project, port, health_url, "),
        ({"name": None}, "deploy_services, entry 1 has no name, which it needs."),
        ({"name": "a b"}, "deploy_services, a b: 'a b' is not the name of a supervisor program."),
        ({"project": None}, "deploy_services, shop has no project, which it needs."),
        ({"project": "shoe"}, "deploy_services, shop: there is no project 'shoe' in deploy_projects (shop and conf)."),
        ({"port": "http"}, "deploy_services, shop.port is 'http': it takes a whole number."),
        ({"port": 70000}, "deploy_services, shop.port is 70000: it must be 65535 or less."),
        ({"port": -1}, "deploy_services, shop.port is -1: it must be 0 or more."),
        ({"health_url": "127.0.0.1"}, "deploy_services, shop: The health_url of shop is not a plain http address"),
        ({"health_url": 7}, "deploy_services, shop.health_url is 7: it takes text in quotes."),
        ({"progress_file": "offset"}, "deploy_services, shop.progress_file is 'offset': it takes an absolute path."),
        (
            {"health_url": ""},
            "deploy_services, shop: nothing proves that it works; give it a health_url, a version_url",
        ),
    ],
)
def test_a_service_is_refused(changed: dict[str, Any], sentence: str) -> None:
    (found,) = said("deploy_services", [{**SHOP, **changed}])
    assert found.startswith(sentence)


@pytest.mark.parametrize(
    "proof",
    [
        {"health_url": "http://127.0.0.1/well"},
        {"version_url": "http://127.0.0.1/version"},
        {"progress_file": "/srv/shop/shared/offset"},
    ],
)
def test_what_proves_a_service(proof: dict[str, str]) -> None:
    assert said("deploy_services", [{"name": "shop", "project": "shop", **proof}]) == []


def test_a_port_proves_nothing() -> None:
    assert len(said("deploy_services", [{"name": "shop", "project": "shop", "port": 8000}])) == 1


def test_services_of_one_host_are_told_apart() -> None:
    other = {**SHOP, "name": "other"}
    assert said("deploy_services", [SHOP, other]) == ["deploy_services: shop and other share the port 8000."]
    assert said("deploy_services", [SHOP, {**SHOP, "port": "8001"}]) == ["deploy_services names shop twice."]
    assert said("deploy_services", [SHOP, {**other, "port": 8001}]) == []
    assert said("deploy_services", [{**SHOP, "port": 0}, {**other, "port": 0}]) == []


def test_every_fault_of_every_entry_is_said() -> None:
    found = said("deploy_services", [{**SHOP, "port": "x", "health_ur": 1}, {"nme": "b", "project": "shop"}])
    assert found == [
        "deploy_services, shop has no health_ur; did you mean health_url?",
        "deploy_services, shop.port is 'x': it takes a whole number.",
        "deploy_services, entry 2 has no nme; did you mean name?",
    ]


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"unti": "nginx", "unit": None}, "deploy_reloads, nginx has no unti; did you mean unit?"),
        ({"unit": None}, "deploy_reloads, nginx has no unit, which it needs."),
        ({"test": "nginx"}, "deploy_reloads, nginx: The test of nginx lacks {release}"),
        ({"test": ["nginx", "-t"]}, "deploy_reloads, nginx: The test of nginx lacks {release}"),
        ({"test": {}}, "deploy_reloads, nginx.test is {}: it takes a list of texts."),
        (
            {"state_file": "/x"},
            "deploy_reloads, nginx: The state_file of nginx is of no use without its haproxy_socket",
        ),
        ({"haproxy_socket": "x"}, "deploy_reloads, nginx.haproxy_socket is 'x': it takes an absolute path."),
        ({"project": "shoe"}, "deploy_reloads, nginx: there is no project 'shoe' in deploy_projects (shop and conf)."),
    ],
)
def test_a_reload_is_refused(changed: dict[str, Any], sentence: str) -> None:
    (found,) = said("deploy_reloads", [{**NGINX, **changed}], WWW)
    assert found.startswith(sentence)


def test_reloads_are_told_apart() -> None:
    assert said("deploy_reloads", [NGINX, NGINX], WWW) == ["deploy_reloads names nginx twice."]


def balancer(**changed: Any) -> dict[str, Any]:
    return {"host": WWW, "socket": "/run/haproxy.sock", "backend": "shop", **changed}


@pytest.mark.parametrize(
    ("entries", "sentence"),
    [
        ([balancer(hots="x")], "deploy_balancers has no hots; did you mean host?"),
        (
            [balancer(host="edg")],
            "deploy_balancers.host is 'edg', which is not a host of the inventory; did you mean edge?",
        ),
        (
            [balancer(host=MONITOR)],
            "deploy_balancers.host is 'eye', which is in no group of the fleet; put it into www.",
        ),
        ([balancer(host="lb")], "deploy_balancers.host is 'lb', which is not a host of the inventory."),
        (
            [balancer(socket="haproxy.sock")],
            "deploy_balancers.socket is 'haproxy.sock': it takes the path of haproxy's",
        ),
        ([balancer(socket="tcp:10.0.0.1:9999")], "deploy_balancers.socket is 'tcp:10.0.0.1:9999': it takes the path"),
        ([balancer(socket=[])], "deploy_balancers.socket is []: it takes the path of haproxy's socket"),
        ([balancer(socket=None)], "deploy_balancers has no socket, which it needs."),
        ([balancer(backend="a b")], "deploy_balancers.backend: 'a b' is not the name of a haproxy backend"),
        ([balancer(server="a b")], "deploy_balancers.server: 'a b' is not the name of a haproxy"),
        ([], "a web host without deploy_balancers cannot be taken out of rotation."),
    ],
)
def test_a_balancer_is_refused(entries: list[Any], sentence: str) -> None:
    (found,) = said("deploy_balancers", entries)
    assert found.startswith(sentence)


@pytest.mark.parametrize(
    "socket", ["/run/a.sock", ["/run/a.sock", "/run/b.sock"], "tcp:127.0.0.1:9999", "tcp:[::1]:9999", "tcp:localhost:1"]
)
def test_sockets_that_are_taken(socket: Any) -> None:
    checked = check(everywhere={"deploy_balancers": [balancer(socket=socket)]})
    assert lines(checked) == []
    assert checked.site.as_dict()["balancer"]["socket"] == (socket if isinstance(socket, list) else [socket])


def test_the_server_is_the_host_where_nothing_else_is_said() -> None:
    hosts = check(on={BLUE: {"deploy_balancers": [balancer(server="blue")]}}).site.hosts
    assert [host.balancers[0].server for host in (hosts[BLUE], hosts[HOME])] == ["blue", HOME]


@pytest.mark.parametrize(
    ("project", "sentence"),
    [
        ({"branc": "main", "branch": None}, "deploy_projects.shop has no branc; did you mean branch?"),
        ({"branch": None}, "deploy_projects.shop has no branch, which it needs."),
        ({"branch": "a b"}, "deploy_projects.shop.branch: 'a b' cannot be the name of a branch"),
        ({"repository": "ext::sh"}, "deploy_projects.shop.repository: 'ext::sh' is not an address of a git repository"),
        (
            {"build": ["make css"]},
            "deploy_projects.shop.build is ['make css']: it takes a list of lists, for example [[",
        ),
        (
            {"build": [["make", 2]]},
            "deploy_projects.shop.build is [['make', 2]]: it takes a list of commands, each a list",
        ),
        ({"build": [[]]}, "deploy_projects.shop.build is [[]]: it takes a list of commands, each a list of words"),
        (
            {"requirements": "/r.txt"},
            "deploy_projects.shop.requirements is '/r.txt': it takes a path within the release",
        ),
        ({"smoke_imports": ["a-b"]}, "deploy_projects.shop.smoke_imports is ['a-b']: it takes names of Python modules"),
    ],
)
def test_a_project_is_refused_by_those_who_read_it(project: dict[str, Any], sentence: str) -> None:
    projects = {"shop": {"repository": "ssh://git@code/shop.git", "branch": "main", **project}, "conf": CONF}
    (line,) = lines(check(everywhere={"deploy_projects": projects}))
    assert line.startswith(f"books, edge, try, web: {sentence}")
    rescue = check("rollback", everywhere={"deploy_projects": projects})
    assert lines(rescue) == [] and len(warned(rescue)) == 1
    assert list(rescue.site.projects) == ["shop", "conf"]


CONF = {"repository": "ssh://git@code/conf.git", "branch": "main"}


def test_names_of_projects() -> None:
    for playbook in ("deploy", "rollback"):
        for projects, sentence in (
            ({}, "deploy_projects is empty"),
            ({"No": CONF}, "deploy_projects: 'No' is not a proj"),
        ):
            found = lines(check(playbook, everywhere={"deploy_projects": projects}))
            assert any(sentence in line for line in found)


def test_a_tag_reads_where_to_push() -> None:
    projects = {"shop": {"repository": "x y", "branch": "main", "build": "make"}, "conf": CONF}
    checked = check("tag", everywhere={"deploy_projects": projects})
    assert len(lines(checked)) == 1 and "repository" in lines(checked)[0]
    assert any("build" in line for line in warned(checked))
