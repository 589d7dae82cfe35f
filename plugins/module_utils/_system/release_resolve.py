# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which commit is meant, and what it brings."""

from __future__ import annotations

from typing import Any

from .._model.release import refs
from .._model.release import requirements as model
from .._model.release.release import short
from . import history, interpreter
from .git import Mirror


def resolve(mirror: Mirror, params: dict[str, Any]) -> refs.Resolved:
    """The commit that is meant, after a fetch. Raises DeployError."""
    mirror.fetch(params["repository"])
    version = params["version"] or params["branch"]
    heads, tags = mirror.refs("refs/heads/"), mirror.refs("refs/tags/")
    return refs.choose(version, heads, tags, mirror.commits_with(version), params["repository"])


def changes(mirror: Mirror, commit: str, params: dict[str, Any]) -> dict[str, Any]:
    """What the commit brings compared with the live one."""
    since, path = params["since"], params["requirements"]
    known = bool(since) and mirror.has_commit(since)
    after = history.requirements(mirror, commit, path)
    before = history.required_before(mirror, since, path) if known else ()
    facts = interpreter.inspect(params["python"]) if after else None
    nothing: dict[str, Any] = {"count": 0, "list": []}
    return {
        **history.describe_commit(mirror, commit),
        "since_known": known,
        "on_branch": mirror.is_ancestor(commit, f"refs/heads/{params['branch']}"),
        "commits": history.commits(mirror, since, commit) if known else {**nothing, "behind": 0},
        "files_changed": history.files_changed(mirror, since, commit) if known else nothing,
        "requirements": vars(model.compare_requirements(before, after.lines if after else ())),
        "environment": model.environment_name(after.lines, facts.python, facts.platform) if after and facts else "",
    }


def changes_diff(values: dict[str, Any], since: str) -> dict[str, str]:
    """The changes as a diff."""
    parts = [
        f"{values['commits']['count']} commit(s) since {short(since) if since else 'nothing'}:",
        *values["commits"]["list"],
        f"{values['files_changed']['count']} file(s):",
        *values["files_changed"]["list"],
        "requirements:",
        values["requirements"]["diff"] or "unchanged",
    ]
    return {"before_header": since, "after_header": values["hash"], "prepared": "\n".join(parts) + "\n"}
