# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The settings of what is on the hosts, and of what is deployed."""

from __future__ import annotations

from typing import Any

from ansible_collections.openlibrary.deploy.plugins.module_utils._model.option import Option
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.release.refs import (
    check_repository,
    check_version,
)

from . import checks
from .readers import ALL, LOCK, ONLY_DEPLOY, PREPARE, RESTART, RUNS, STATUS, SURVEYS, TAG
from .setting import FLEET, Check, Setting


def _host(
    name: str,
    type_: str,
    description: str,
    readers: frozenset[str],
    example: Any,
    check: Check | None = None,
    **more: Any,
) -> Setting:
    scope = more.pop("scope", "host")
    return Setting(Option(name, type_, description, **more), readers, example, "Hosts", scope, check)


HOSTS = (
    _host(
        "deploy_root",
        "path",
        "Where releases, environments and the journal live on every host of the fleet.",
        ALL,
        "/opt/openlibrary",
        checks.root,
        required=True,
        scope=FLEET,
    ),
    _host(
        "deploy_user",
        "str",
        "User that Ansible logs in as; owns what is in transit and the git mirrors, and may write no release.",
        RUNS | {STATUS, PREPARE},
        "deploy",
        checks.user,
        required=True,
    ),
    _host(
        "deploy_service_user",
        "str",
        "User that the services run as; may write no release. Its group has the same name.",
        RUNS | {STATUS, PREPARE},
        "openlibrary",
        checks.user,
        required=True,
    ),
    _host(
        "deploy_python",
        "path",
        "Interpreter that environments are made with, and the launcher runs with.",
        ONLY_DEPLOY | {PREPARE},
        "/usr/bin/python3",
        required=True,
    ),
    _host(
        "deploy_supervisor_socket",
        "path",
        "supervisor's socket.",
        SURVEYS,
        "/run/supervisor.sock",
        required=True,
    ),
    Setting(
        Option(
            "deploy_authorized_keys",
            "list",
            "Public keys of those who deploy, one an entry or whole files; prepare.yml admits them and keeps others.",
            elements="str",
        ),
        frozenset({PREPARE}),
        ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIExample mek@laptop"],
        "Hosts",
        check=checks.public_keys,
    ),
    _host(
        "deploy_min_free_mib",
        "int",
        "Free disk space that a host must have before anything is shipped, and below which status.yml names it.",
        RUNS | {STATUS},
        4096,
        default=1024,
        unit="MiB",
        least=0,
    ),
)

PROJECT_NAMES = SURVEYS | {PREPARE}
"""Who reads the names of the projects, and nothing else of them."""


PROJECT = (
    Setting(
        Option("repository", "str", "Address of the git repository, as seen from the home host.", required=True),
        ONLY_DEPLOY | {TAG},
        "ssh://git@example.org/site.git",
        check=check_repository,
    ),
    Setting(
        Option("branch", "str", "Branch to deploy when no version is given; tags are made on it.", required=True),
        ONLY_DEPLOY | {TAG},
        "master",
        check=check_version,
    ),
    Setting(
        Option("build", "list", "Commands, each a list of words, run in a copy of the release.", elements="list"),
        ONLY_DEPLOY,
        [["make", "css"], ["make", "js"]],
        check=checks.commands,
    ),
    Setting(
        Option("requirements", "str", "Path of the requirements file in the release; empty without an environment."),
        ONLY_DEPLOY,
        "requirements.txt",
        check=checks.inside,
    ),
    Setting(
        Option("smoke_imports", "list", "Modules that every host must be able to import.", elements="str"),
        ONLY_DEPLOY,
        ["openlibrary"],
        check=checks.modules,
    ),
)
"""What a project has."""

SERVICE_OPTIONS = (
    Option("name", "str", "Name of the program in supervisor.", required=True),
    Option("project", "str", "Project whose release it runs, a key of deploy_projects.", required=True),
    Option("port", "int", "Port whose connections are waited for before it stops.", default=0, least=0, most=65535),
    Option("health_url", "str", "Address that must answer 200 once it runs."),
    Option("version_url", "str", "Address whose answer must name the release that it runs."),
    Option("progress_file", "path", "File that must change once it runs, for what answers no requests."),
)

RELOAD_OPTIONS = (
    Option("name", "str", "Its name in messages and journals.", required=True),
    Option("project", "str", "Project whose files it reads, a key of deploy_projects.", required=True),
    Option(
        "test",
        "list",
        "Command, a list of words, that tests the files in {release} before anything is switched.",
        elements="str",
        required=True,
    ),
    Option("unit", "str", "Unit of systemd that is reloaded.", required=True),
    Option("health_url", "str", "Address that must answer 200 afterwards."),
    Option(
        "haproxy_socket", "path", "Runtime socket, where it is a haproxy: states of servers are kept over the reload."
    ),
    Option("state_file", "path", "File that this haproxy reads its servers' states from."),
)

BALANCER_OPTIONS = (
    Option("host", "str", "Host that runs haproxy, reached by delegation.", required=True),
    Option("socket", "list", "Path of its runtime socket; a list where it has several.", elements="str", required=True),
    Option("backend", "str", "Backend whose servers are the web nodes.", required=True),
    Option("server", "str", "What haproxy calls this host; its name in the inventory where it is left out."),
)


def _work(option: Option, readers: frozenset[str], example: Any, **more: Any) -> Setting:
    return Setting(option, readers, example, "Work", **more)


WORK = (
    _work(
        Option("deploy_project", "str", "Project to act on when none is given with -e project=..."),
        SURVEYS | {LOCK},
        "openlibrary",
        scope=FLEET,
        check=checks.project,
    ),
    _work(
        Option(
            "deploy_projects",
            "dict",
            "What is deployed, by name.",
            required=True,
            suboptions=tuple(setting.option for setting in PROJECT),
        ),
        PROJECT_NAMES,
        {"openlibrary": {setting.name: setting.example for setting in PROJECT}},
        scope=FLEET,
    ),
    _work(
        Option(
            "deploy_services",
            "list",
            "Services of the host, each with something that proves that it works: health_url, version_url or "
            "progress_file. A web host has one at least.",
            elements="dict",
            suboptions=SERVICE_OPTIONS,
        ),
        SURVEYS,
        [{"name": "web", "project": "openlibrary", "port": 7071, "health_url": "http://127.0.0.1:7071/health"}],
    ),
    _work(
        Option(
            "deploy_reloads",
            "list",
            "What on the host reads its configuration from a release, in the order in which it is reloaded.",
            elements="dict",
            suboptions=RELOAD_OPTIONS,
        ),
        RUNS - {RESTART},
        [
            {
                "name": "nginx",
                "project": "olsystem",
                "test": ["nginx", "-t", "-c", "{release}/etc/nginx/nginx.conf"],
                "unit": "nginx",
            }
        ],
    ),
    _work(
        Option(
            "deploy_balancers",
            "list",
            "Where the host is a server of haproxy. A web host has one; more than one does not work yet.",
            elements="dict",
            suboptions=BALANCER_OPTIONS,
        ),
        SURVEYS,
        [{"host": "ol-www1", "socket": "/run/haproxy/admin.sock", "backend": "openlibrary"}],
    ),
)
