# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What values of the right type are held to besides: users, addresses, hosts, words. Each raises InputError."""

from __future__ import annotations

import ipaddress
import re
from typing import TypeGuard

from ansible_collections.openlibrary.deploy.plugins.module_utils._model.errors import InputError
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.haproxy.rules import (
    check_haproxy_name,
)
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.nagios.commands import takes
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.release.release import (
    check_project as check_project_name,
)
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.release.release import check_root
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.release.tag import check_tag_names
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.rotation.steps import check_ramp
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.run.pause import parse_pause
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.run.request import OWN_SKIPS

from .near import listed, near

_USER = re.compile(r"[A-Za-z_][A-Za-z0-9_.@-]{0,63}")
_URL = re.compile(r"https?://[A-Za-z0-9.\[\]:_-]+(/[!-~]*)?")
_HOST_HEADER = re.compile(r"[A-Za-z0-9_.:\[\]-]*")
_MODULE = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*", re.ASCII)
_FULL_MODULE = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*){2,}", re.ASCII)
_GATE = re.compile(r"[a-z][a-z0-9_]{0,63}")
_TCP = re.compile(r"tcp:(?:\[([0-9a-fA-F:]+)\]|([^:\[\]]+)):(\d{1,5})")

_PUBLIC_KEY = re.compile(r"(\S.*\s)?(ssh|ecdsa|sk)-\S+ AAAA[0-9A-Za-z+/=]+(\s|\Z)")


def root(path: str) -> str:
    """The deploy root, without a slash at the end."""
    try:
        return check_root(path)
    except InputError:
        raise InputError("takes an absolute path other than /, without '.', '..' or '//'") from None


def user(name: str) -> str:
    """A user of the system."""
    if not _USER.fullmatch(name):
        raise InputError("takes the name of a user: up to 64 letters, digits and _.@-")
    return name


def project(name: str) -> str:
    """A project's name; empty for none."""
    if name:
        try:
            check_project_name(name)
        except InputError:
            raise InputError("takes the name of a project: a lower-case letter, then a-z, 0-9, _ and -") from None
    return name


def url(address: str) -> str:
    """An address of http or https; empty for none."""
    if address and not _URL.fullmatch(address):
        raise InputError("takes an address that begins with http:// or https://")
    return address


def host_header(name: str) -> str:
    """What a request's Host header may say."""
    if not _HOST_HEADER.fullmatch(name):
        raise InputError("takes the name of a host")
    return name


def pages(paths: list[str]) -> list[str]:
    """Paths of pages. They go into a request line as they are."""
    if not all(re.fullmatch(r"/[!-~]*", path) for path in paths):
        raise InputError("takes paths of pages, which begin with / and hold visible ASCII only")
    return paths


def nagios_name(name: str) -> str:
    """A name that Nagios can take in a command; empty for the host's own."""
    if name and not takes(name):
        raise InputError("must be a name that Nagios can take: up to 200 printable characters, and no ';'")
    return name


def line(text: str) -> str:
    """One printable line."""
    if not text.isprintable():
        raise InputError("takes one line of printable text")
    return text.strip()


def pause(value: object) -> str:
    """How long a run pauses after blue, in its own words; empty for no pause."""
    return str(value) if parse_pause(str(value)).waits else ""


def moving_tag(name: str) -> str:
    """A tag that moves along; empty for none."""
    check_tag_names("", name)
    return name


def ramp(percents: list[int]) -> list[int]:
    """Shares of traffic."""
    try:
        return list(check_ramp(percents))
    except InputError:
        raise InputError("must rise, start at 1 percent or more, and end at 100") from None


def server(name: str) -> str:
    """A name in haproxy's configuration."""
    return check_haproxy_name(name, "backend or server")


def sockets(addresses: list[str]) -> list[str]:
    """haproxy's runtime sockets: paths, or tcp:host:port of this machine alone, since haproxy asks for no password."""
    if not addresses or not all(each.startswith("/") or _loopback(each) for each in addresses):
        raise InputError("takes the path of haproxy's socket, or tcp:host:port with a loopback address")
    return addresses


def _loopback(address: str) -> bool:
    match = _TCP.fullmatch(address)
    host = (match.group(1) or match.group(2)) if match else ""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def commands(argvs: list[list[str]]) -> list[list[str]]:
    """Commands, each a list of words: no shell takes them apart."""
    for argv in argvs:
        if not isinstance(argv, list) or not argv or not all(isinstance(word, str) and word for word in argv):
            raise InputError("takes a list of commands, each a list of words")
    return argvs


def modules(names: list[str]) -> list[str]:
    """Dotted names of Python modules."""
    if not all(_MODULE.fullmatch(name) for name in names):
        raise InputError("takes names of Python modules")
    return names


def inside(path: str) -> str:
    """A path within a release."""
    if not path.isprintable() or path.startswith("/") or ".." in path.split("/"):
        raise InputError("takes a path within the release, without a slash at its beginning")
    return path


def public_keys(entries: list[str]) -> list[str]:
    """The keys, one each: an entry may be the text of a whole file, with its comments and empty lines."""
    lines = [line.strip() for entry in entries for line in entry.splitlines()]
    keys = [line for line in lines if line and not line.startswith("#")]
    for key in keys:
        if not _PUBLIC_KEY.match(key) or not key.isprintable():
            raise InputError(
                "holds something that is not a public key; it takes lines such as 'ssh-ed25519 AAAA... name'"
            )
    return keys


WHEN = ("before", "turn", "after")
"""When a gate may be asked, in the order of a run."""


def is_gate_name(name: object) -> TypeGuard[str]:
    """Whether a gate may be called so."""
    return isinstance(name, str) and bool(_GATE.fullmatch(name)) and name not in OWN_SKIPS


def gate_name(name: str) -> str:
    """A name that a gate is skipped by, and that means nothing else there."""
    if name in OWN_SKIPS:
        raise InputError(f"must be another name than {listed(OWN_SKIPS)}, which mean something else where they skip")
    if not is_gate_name(name):
        raise InputError("takes a name of its own: a lower-case letter, then up to 63 of a-z, 0-9 and _")
    return name


def full_module(name: str) -> str:
    """The full name of a module, with its collection."""
    if not _FULL_MODULE.fullmatch(name):
        raise InputError("takes the full name of a module, with its collection's")
    return name


def whens(words: list[str]) -> list[str]:
    """When a gate is asked, in the order of a run."""
    wrong = [word for word in words if word not in WHEN]
    close = sorted({each for word in wrong for each in near(word, WHEN)})
    meant = f" (did you mean {listed(close, 'or')}?)" if close else ""
    if wrong or not words:
        raise InputError(f"must be {listed(WHEN, 'or')}, or several of them{meant}")
    return [word for word in WHEN if word in words]
