# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Tags on the git server: asked for, pushed by their own refspec, and read back. Only a moving tag is ever replaced."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .._model.errors import DeployError, InputError
from .._model.release.refs import check_repository
from .._model.release.tag import Message, RemoteTag, choose_tag, message_lines, parse_tags, previous_tag, tag_object
from . import command, history
from .git import SHORT_TIMEOUT, Mirror, environment, fetch_failure

PHASE = "tag"
NOTHING: dict[str, Any] = {"count": 0, "list": [], "behind": 0}
LOADED_KEY = "ssh-add -l"


@dataclass(frozen=True)
class TagRequest:
    """What to tag: ``name`` empty for the day's next, ``moving`` empty for none; ``when`` is ISO text."""

    project: str
    repository: str
    branch: str
    commit: str
    name: str
    moving: str
    who: str
    when: str


@dataclass(frozen=True)
class TagPlan:
    """What will be pushed: ``name`` unless it is ``there``; ``moving`` when that is on another commit."""

    name: str
    there: bool
    moving: str
    moving_before: RemoteTag | None
    previous: str
    commits: dict[str, Any]
    lines: list[str]

    @property
    def changed(self) -> bool:
        """Whether anything is pushed."""
        return not self.there or bool(self.moving)


class Remote:
    """The git server of a project, as the mirror reaches it."""

    def __init__(self, mirror: Mirror, repository: str) -> None:
        self._mirror = mirror
        self._repository = check_repository(repository)

    def tags(self) -> dict[str, RemoteTag]:
        """The tags that the server has now. Raises DeployError."""
        argv = ["git", f"--git-dir={self._mirror.path}", "ls-remote", "--tags", "--end-of-options", self._repository]
        outcome = command.run(argv, self._mirror.timeout, environment(login=True))
        if outcome.code != 0:
            raise DeployError(fetch_failure(self._repository, outcome.text, outcome.last_line), log_tail=outcome.tail())
        return parse_tags(outcome.out.decode("utf-8", "surrogateescape"))

    def push(self, name: str, object_: str, before: RemoteTag | None = None) -> str:
        """Push one tag, over ``before`` if the server still has just that; why it failed, or empty.

        Without ``before`` the server itself refuses a name that is taken. Raises DeployError when it does not end.
        """
        lease = [f"--force-with-lease=refs/tags/{name}:{before.object}"] if before else []
        options = ["--quiet", "--porcelain", "--no-verify", "--no-follow-tags", "--no-signed", *lease]
        refspec = f"{object_}:refs/tags/{name}"
        argv = ["git", f"--git-dir={self._mirror.path}", "push", "--recurse-submodules=no", *options]
        outcome = command.run(
            [*argv, "--end-of-options", self._repository, refspec], self._mirror.timeout, environment(login=True)
        )
        return "" if outcome.code == 0 else push_refusal(self._repository, outcome)


def push_refusal(repository: str, outcome: command.Outcome) -> str:
    """Why a push failed, as the end of a sentence; in the server's own words where it had any."""
    lines = [line.strip() for line in outcome.text.splitlines()]
    said = [line.partition(":")[2].strip() for line in lines if line.startswith(("remote: ", "ERROR: "))]
    rejected = [line.rpartition("(")[2].rstrip(")") for line in lines if line.startswith("!") and line.endswith(")")]
    if said or rejected:
        return f"the git server of {repository} refused it: {'; '.join([*said[:3], *rejected])[:500]}"
    return fetch_failure(repository, outcome.text, outcome.last_line, "Pushing to")


def plan(mirror: Mirror, remote: Remote, request: TagRequest) -> TagPlan:
    """Look at what the server has and decide. The mirror is fetched into. Raises DeployError, InputError."""
    mirror.fetch(request.repository)
    heads = mirror.refs("refs/heads/")
    _check_released(mirror, heads, request)
    tags = remote.tags()
    choice = choose_tag(request.name, request.when, request.commit, tags)
    for name in (choice.name, request.moving):
        if name in heads:
            raise InputError(f"{name} is a branch of {request.repository}; a tag of that name would be ambiguous.")
    before = tags.get(request.moving)
    previous = previous_tag(choice.name, tags)
    known = bool(previous) and mirror.has_commit(tags[previous].commit)
    commits = history.commits(mirror, tags[previous].commit, request.commit) if known else NOTHING
    said = Message(request.project, request.commit, request.who, request.when, previous if known else "", commits)
    return TagPlan(
        name=choice.name,
        there=choice.there,
        moving=request.moving if request.moving and (not before or before.commit != request.commit) else "",
        moving_before=before,
        previous=said.previous,
        commits=commits,
        lines=message_lines(said),
    )


def _check_released(mirror: Mirror, heads: dict[str, str], request: TagRequest) -> None:
    if request.branch not in heads:
        raise InputError(f"{request.repository} has no branch {request.branch!r}; nothing was tagged.")
    if not mirror.has_commit(request.commit) or not mirror.is_ancestor(request.commit, heads[request.branch]):
        raise InputError(
            f"{request.commit} is not on the release branch {request.branch} of {request.repository}; nothing was "
            f"tagged. Merge it there, or deploy {request.branch} first."
        )


def carry_out(mirror: Mirror, remote: Remote, request: TagRequest, planned: TagPlan) -> None:
    """Push what is planned, the deploy's own tag first. Raises DeployError.

    The tag is made as an object that no local ref names, so a push that fails leaves nothing behind.
    """
    if not planned.there:
        _push(mirror, remote, request, planned.name, planned.lines, "no tag was pushed", None)
    if planned.moving:
        lines = [f"{request.project} {request.commit}, deployed as {planned.name}", "", *planned.lines[2:3]]
        state = f"{planned.name} is on the git server, {planned.moving} is where it was"
        _push(mirror, remote, request, planned.moving, lines, state, planned.moving_before)


def _push(
    mirror: Mirror,
    remote: Remote,
    request: TagRequest,
    name: str,
    lines: list[str],
    state: str,
    before: RemoteTag | None,
) -> None:
    text = tag_object(name, request.commit, request.who, request.when, lines)
    object_ = make_tag(mirror, text)
    reason = remote.push(name, object_, before)
    if reason:
        sentence = f"{request.commit} was not tagged as {name}: {reason.rstrip('.')}."
        raise DeployError(sentence, phase=PHASE, state_now=state, next_command=LOADED_KEY)
    found = remote.tags().get(name)
    if found is None or found.object != object_:
        named = f"names {found.commit}" if found else "does not exist"
        raise DeployError(
            f"The git server took the tag {name}, but read back it {named} there: somebody else pushes tags, or a hook "
            "undid it.",
            phase=PHASE,
            state_now=f"{name} {named} on the git server",
            next_command="ansible-playbook playbooks/tag.yml",
        )


def make_tag(mirror: Mirror, text: bytes) -> str:
    """The hash of a new tag object in the mirror. Raises DeployError."""
    outcome = command.run(["git", f"--git-dir={mirror.path}", "mktag"], SHORT_TIMEOUT, environment(), stdin=text)
    if outcome.code != 0:
        raise DeployError(f"git mktag failed: {outcome.last_line}", phase=PHASE, log_tail=outcome.tail())
    return outcome.out.decode("ascii").strip()
