# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the files of a host say: releases, records, journal, lock, current."""

from __future__ import annotations

import os
import stat

from .._model.errors import InputError
from .._model.host import journal
from .._model.host.journal import Entry
from .._model.host.lock import Lock, parse_lock, render_lock
from .._model.host.switch import Current, classify
from .._model.release.release import Layout, ReleaseRecord, check_hash, parse_record, render_record
from . import files


class Store:
    """Reads and writes the deploy files of one host. Callers that write hold the host (see ``run.hold``)."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout

    def current(self, project: str) -> Current:
        """What the project's link is now. Raises OSError."""
        path = self.layout.current(project)
        try:
            mode = os.lstat(path).st_mode
        except FileNotFoundError:
            return Current("missing")
        if not stat.S_ISLNK(mode):
            return Current("directory" if stat.S_ISDIR(mode) else "foreign")
        return classify(self.layout, project, os.readlink(path), os.path.exists(path))

    def directories(self, project: str) -> list[str]:
        """The hashes that have a release directory, complete or not, sorted. Raises OSError."""
        base = self.layout.project(project)
        try:
            names = os.listdir(base)
        except FileNotFoundError:
            return []
        return sorted(name for name in names if _is_hash(name) and os.path.isdir(os.path.join(base, name)))

    def record(self, project: str, hash_: str) -> ReleaseRecord | None:
        """The record of a release, None when there is none or it cannot be read: then the release does not exist.

        A record in the wrong place counts as none. Raises OSError.
        """
        text = files.read_text(self.layout.record(project, hash_))
        if text is None:
            return None
        try:
            record = parse_record(text)
        except InputError:
            return None
        return record if (record.project, record.hash) == (project, hash_) else None

    def records(self, project: str) -> list[ReleaseRecord]:
        """The complete records whose release directory is there, by hash. Raises OSError."""
        found = (self.record(project, hash_) for hash_ in self.directories(project))
        return [record for record in found if record is not None and record.complete]

    def save_record(self, record: ReleaseRecord) -> None:
        """Writes a record as a whole. Raises OSError."""
        files.write_atomic(self.layout.record(record.project, record.hash), render_record(record))

    def has_environment(self, name: str) -> bool:
        """Whether an environment is complete on this host: its directory and its record are there."""
        return os.path.isdir(self.layout.environment(name)) and os.path.isfile(self.layout.environment_record(name))

    def environments(self) -> list[str]:
        """The names of the complete environments, sorted. Raises OSError."""
        try:
            names = os.listdir(self.layout.environments)
        except FileNotFoundError:
            return []
        return sorted(name for name in names if name + ".json" in names and self.has_environment(name))

    def journal_text(self) -> str:
        """The journal file as it is, empty when there is none. Raises OSError."""
        return files.read_text(self.layout.journal) or ""

    def entries(self) -> list[Entry]:
        """The journal in order, torn lines passed over. Raises OSError."""
        return journal.parse_journal(self.journal_text())

    def append(self, entry: Entry) -> None:
        """Journals one entry: one write of one line, fsynced. Raises OSError."""
        files.append_line(self.layout.journal, journal.render_entry(entry))

    def lock(self) -> Lock | None:
        """Who holds this host, None when nobody does. Raises OSError."""
        text = files.read_text(self.layout.lock)
        return None if text is None else parse_lock(text)

    def create_lock(self, lock: Lock) -> bool:
        """Takes this host; False when somebody has it. Raises OSError."""
        return files.create_exclusive(self.layout.lock, render_lock(lock))

    def remove_lock(self) -> None:
        """Gives this host back. Raises OSError."""
        files.remove(self.layout.lock)


def _is_hash(name: str) -> bool:
    try:
        check_hash(name)
    except InputError:
        return False
    return True
