# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: release_resolve
short_description: Turn a branch, a tag or a hash into the one commit that a deploy is about
description:
  - Fetches the project's repository into a bare mirror below O(root) and resolves O(version) there,
    once. Nobody resolves it again later in the deploy.
  - Says what the commit would bring compared with the one that is live (O(since)) - commits, files and requirements.
  - Runs on the home node as the deploy user and without C(become), so that a forwarded agent can be used.
  - History that the server rewrites does no harm - commits that were resolved once stay in the mirror.
  - In check mode the mirror is not touched. The commit is fetched into an object store that is thrown away at the end.
author: Open Library developers (@openlibrary)
extends_documentation_fragment:
  - openlibrary.deploy.run.attributes
options:
  root:
    description: The deploy root.
    type: path
    required: true
  project:
    description: The project's name.
    type: str
    required: true
  repository:
    description: The address to fetch from, C(https://...), C(ssh://...) or C(user@host:path).
    type: str
    required: true
  version:
    description:
      - A branch, a tag, a hash or a unique prefix of a hash of at least seven digits. Without it, O(branch).
      - A name that means two different commits is refused.
    type: str
    default: ""
  branch:
    description: The branch that releases of the project come from.
    type: str
    required: true
  since:
    description: The hash that is live now. Empty when there is none.
    type: str
    default: ""
  requirements:
    description: Path of the requirements file in the repository. Empty when there is none.
    type: str
    default: ""
  python:
    description: The interpreter that environments are made with. Decides RV(environment).
    type: path
    default: /usr/bin/python3
  timeout:
    description: Seconds after which fetching gives up.
    type: float
    default: 900
"""

EXAMPLES = r"""
- name: Resolve the version once, for the whole fleet
  openlibrary.deploy.release_resolve:
    root: /opt/openlibrary
    project: openlibrary
    repository: ssh://git@ol-infra/srv/git/openlibrary.git
    version: v2026.11.2
    branch: master
    since: 0123456789abcdef0123456789abcdef01234567
    requirements: requirements.txt
"""

RETURN = r"""
outcome: {description: "V(done), V(unchanged), V(would) or V(failed).", type: str, returned: always}
phase: {description: The step's name., type: str, returned: always}
state_now: {description: What is true on this host now., type: str, returned: always}
next_command: {description: What to type next., type: str, returned: always}
hash: {description: The commit., type: str, returned: success}
ref:
  description: How it was named - C(name), and C(kind), one of V(branch), V(tag) and V(hash).
  type: dict
  returned: success
subject: {description: First line of the commit's message., type: str, returned: success}
author: {description: The commit's author., type: str, returned: success}
date: {description: The committer's date., type: str, returned: success}
on_branch: {description: Whether the commit is part of O(branch)., type: bool, returned: success}
since_known: {description: Whether O(since) is in the repository's history., type: bool, returned: success}
commits:
  description: C(count), C(list) (at most 50) and C(behind), the number of the live release's commits that it lacks.
  type: dict
  returned: success
files_changed: {description: C(count) and C(list) (at most 50) of the files that differ., type: dict, returned: success}
requirements:
  description: C(added), C(removed), C(changed) and C(diff) of what is required.
  type: dict
  returned: success
environment: {description: Name of the environment that the commit needs. Empty for none., type: str, returned: success}
"""

from typing import Any

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.openlibrary.deploy.plugins.module_utils._model.release import refs
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.release.release import (
    Layout,
    check_hash,
    check_project,
    short,
)
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.result import Result
from ansible_collections.openlibrary.deploy.plugins.module_utils._system.git import Mirror
from ansible_collections.openlibrary.deploy.plugins.module_utils._system.mirrors import object_store
from ansible_collections.openlibrary.deploy.plugins.module_utils._system.module import run_module
from ansible_collections.openlibrary.deploy.plugins.module_utils._system.release_resolve import (
    changes,
    changes_diff,
    resolve,
)

ARGUMENT_SPEC: dict[str, Any] = {
    "root": {"type": "path", "required": True},
    "project": {"type": "str", "required": True},
    "repository": {"type": "str", "required": True},
    "version": {"type": "str", "default": ""},
    "branch": {"type": "str", "required": True},
    "since": {"type": "str", "default": ""},
    "requirements": {"type": "str", "default": ""},
    "python": {"type": "path", "default": "/usr/bin/python3"},
    "timeout": {"type": "float", "default": 900},
}
PHASE = "resolve"


def run(module: AnsibleModule) -> Result:
    """See DOCUMENTATION. Raises DeployError, OSError."""
    params: dict[str, Any] = {**module.params, "since": module.params["since"] or ""}
    layout = Layout(params["root"])
    project = check_project(params["project"])
    refs.check_repository(params["repository"])
    refs.check_version(params["branch"])
    refs.check_version(params["version"] or params["branch"])
    if params["since"]:
        check_hash(params["since"])
    before = Mirror(layout.mirror(project), params["timeout"]).state()
    with object_store(layout, project, params["timeout"], module.check_mode) as mirror:
        choice = resolve(mirror, params)
        if not module.check_mode:
            mirror.keep(choice.commit)
        changed = before != mirror.state()
        values = {"hash": choice.commit, "ref": {"kind": choice.kind, "name": choice.name}}
        values.update(changes(mirror, choice.commit, params))
    return Result(
        changed=changed,
        msg=f"{choice.kind} {choice.name} is commit {short(choice.commit)} ({values['subject']}).",
        phase=PHASE,
        state_now="the mirror is as the git server has it" if not module.check_mode else "nothing was changed",
        diff=changes_diff(values, params["since"]),
        values=values,
    )


def main() -> None:
    """Run the module."""
    run_module(run, ARGUMENT_SPEC)


if __name__ == "__main__":
    main()
