# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A fleet with a past: four hosts whose journals are written as runs write them, and read as surveys read them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ansible_collections.openlibrary.deploy.plugins.module_utils._model.host.journal import Entry
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.host.run_history import (
    WENT_WITHOUT,
    run_history,
)
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.run.way_back import way_back

HOSTS = ("www1", "blue", "green", "home")
ALL = HOSTS
PROJECT = "openlibrary"


def hash_of(letter: str) -> str:
    return letter * 40


class World:
    """Four hosts, what is current on each, their journals, and the marks of releases; letters are releases."""

    def __init__(self, current: str = "") -> None:
        self.current = dict.fromkeys(HOSTS, current)
        self.journals: dict[str, list[Entry]] = {host: [] for host in HOSTS}
        self.marks: dict[str, str] = {current: "good"} if current else {}
        self.gone: dict[str, set[str]] = {host: set() for host in HOSTS}
        self.down: set[str] = set()
        self.token = 0

    def write(self, host: str, step: str, outcome: str, from_: str, to: str, detail: str = "") -> None:
        hashes = [hash_of(letter) if letter else "" for letter in (from_, to)]
        run = f"run-{self.token}"
        self.journals[host].append(Entry("", run, self.token, "mek", PROJECT, *hashes, step, outcome, detail))

    def open(self, to: str, action: str = "deploy", hosts: Iterable[str] = ALL) -> None:
        self.token += 1
        self.marks.setdefault(to, "")
        for host in hosts:
            for outcome in ("begin", "done"):
                self.write(host, "open", outcome, self.current[host], to or self.current[host], action)

    def switch(self, to: str, *hosts: str) -> None:
        for host in hosts:
            self.write(host, "switch", "begin", self.current[host], to)
            self.current[host] = to
            self.write(host, "switch", "done", "", to)

    def close(self, to: str, ending: str = "good", hosts: Iterable[str] = ALL) -> None:
        for host in hosts:
            for outcome in ("begin", "done"):
                self.write(host, "close", outcome, self.current[host], to or self.current[host], ending)
            if ending == "good":
                self.marks[to or self.current[host]] = "good"

    def run(self, to: str, action: str = "deploy", hosts: Iterable[str] = ALL, ending: str = "good") -> None:
        """A run from its begin to its end, which is good unless told otherwise."""
        hosts = [host for host in hosts if host not in self.down]
        self.open(to, action, hosts)
        if to:
            self.switch(to, *(host for host in hosts if self.current[host] != to))
        if self.down:
            for host in hosts:
                self.write(host, "gate", "note", "", "", WENT_WITHOUT + ", ".join(self.down))
        self.close(to, ending, hosts)

    def surveys(self, hosts: Iterable[str] = ALL) -> dict[str, dict[str, Any]]:
        return {host: {"reachable": True, "projects": {PROJECT: self.project(host)}} for host in hosts}

    def project(self, host: str) -> dict[str, Any]:
        current = hash_of(self.current[host]) if self.current[host] else None
        releases = [
            {"hash": hash_of(letter), "completed": "now", "good": mark == "good", "bad": mark == "bad"}
            for letter, mark in self.marks.items()
            if letter and letter not in self.gone[host]
        ]
        return {"current": current, "runs": run_history(self.journals[host], PROJECT, current), "releases": releases}

    def back(self, hosts: Iterable[str] = ALL) -> str:
        return way_back(PROJECT, self.surveys([host for host in hosts if host not in self.down])).release[0]

    def why(self) -> str:
        return way_back(PROJECT, self.surveys([host for host in HOSTS if host not in self.down])).why


def after(*releases: str) -> World:
    """A fleet in which each of these releases was deployed in its turn, and ended well."""
    world = World()
    for release in releases:
        world.run(release)
    return world
