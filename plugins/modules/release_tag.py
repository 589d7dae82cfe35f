# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
module: release_tag
short_description: Tag a deployed commit, and push the tag
description:
  - Makes an annotated tag on O(release) and pushes it to O(repository), by that one ref and never by force. The tag
    says who, when and what, and which commits came since the deploy tag before.
  - Refuses a commit that is not on O(branch), and a name that another commit has. A tag that is there already, on the
    same commit, changes nothing. Tags are looked for on the git server, and read back from it.
  - Runs on the home node as the deploy user and without C(become), so that a forwarded agent can be used. It does not
    ask whether the fleet serves the commit; M(openlibrary.deploy.deploy_tag) does.
  - When a push fails, nothing stays behind.
  - In check mode nothing is pushed. Objects are fetched into a store that is thrown away at the end.
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
    description: The address to push to, C(https://...), C(ssh://...) or C(user@host:path).
    type: str
    required: true
  branch:
    description: The branch that releases of the project come from.
    type: str
    required: true
  release:
    description: The commit to tag, a full hash.
    type: str
    required: true
  name:
    description:
      - Name of the tag. Without it C(deploy-<day>), the day in UTC, and from the second commit of a day on
        C(deploy-<day>-2) and so on.
    type: str
    default: ""
  moving:
    description:
      - Name of a tag that goes from deploy to deploy. It is the only one that is replaced, and only if nobody moved it
        meanwhile. Without it there is none.
    type: str
    default: ""
  who:
    description: The person who tags, such as C(mek@laptop).
    type: str
    required: true
  when:
    description: The time of tagging, such as C(2026-11-24T03:00:00.000Z). By default now, by the host's clock.
    type: str
    default: ""
  timeout:
    description: Seconds after which talking to the git server gives up.
    type: float
    default: 900
"""

EXAMPLES = r"""
- name: Tag what the fleet serves
  openlibrary.deploy.release_tag:
    root: /opt/openlibrary
    project: openlibrary
    repository: ssh://git@ol-infra/srv/git/openlibrary.git
    branch: master
    release: 0123456789abcdef0123456789abcdef01234567
    moving: production
    who: mek@laptop
"""

RETURN = r"""
outcome: {description: "V(done), V(unchanged), V(would) or V(failed).", type: str, returned: always}
phase: {description: The step's name., type: str, returned: always}
state_now: {description: What is true on the git server now., type: str, returned: always}
next_command: {description: What to type next., type: str, returned: always}
tag: {description: Name of the tag., type: str, returned: success}
commit: {description: The commit that it names., type: str, returned: success}
moved:
  description: C(name), C(before) (a commit or empty) and C(after) of the moving tag. Empty when it did not move.
  type: dict
  returned: success
previous: {description: The deploy tag before. Empty when there is none., type: str, returned: success}
commits:
  description: C(count), C(list) (at most 50) and C(behind) of the commits since RV(previous).
  type: dict
  returned: success
"""

from typing import Any

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.openlibrary.deploy.plugins.module_utils._model.errors import InputError
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.release import refs
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.release.release import (
    Layout,
    check_hash,
    check_project,
)
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.release.tag import check_tag_names, day_of
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.result import Result
from ansible_collections.openlibrary.deploy.plugins.module_utils._system.clock import SystemClock
from ansible_collections.openlibrary.deploy.plugins.module_utils._system.mirrors import object_store
from ansible_collections.openlibrary.deploy.plugins.module_utils._system.module import run_module
from ansible_collections.openlibrary.deploy.plugins.module_utils._system.release_tag import (
    PHASE,
    Remote,
    TagPlan,
    TagRequest,
    carry_out,
    plan,
)

ARGUMENT_SPEC: dict[str, Any] = {
    "root": {"type": "path", "required": True},
    "project": {"type": "str", "required": True},
    "repository": {"type": "str", "required": True},
    "branch": {"type": "str", "required": True},
    "release": {"type": "str", "required": True},
    "name": {"type": "str", "default": ""},
    "moving": {"type": "str", "default": ""},
    "who": {"type": "str", "required": True},
    "when": {"type": "str", "default": ""},
    "timeout": {"type": "float", "default": 900},
}


def request_of(params: dict[str, Any], now: str) -> TagRequest:
    """The module's parameters, validated. Raises InputError."""
    check_tag_names(params["name"], params["moving"])
    when = params["when"] or now
    day_of(when)
    if not params["who"].strip():
        raise InputError("Nobody is named who tags; nothing was tagged.")
    return TagRequest(
        project=check_project(params["project"]),
        repository=refs.check_repository(params["repository"]),
        branch=refs.check_version(params["branch"]),
        commit=check_hash(params["release"]),
        name=params["name"],
        moving=params["moving"],
        who=params["who"],
        when=when,
    )


def sentence(planned: TagPlan, request: TagRequest, check_mode: bool) -> str:
    """What was done, would be done, or was there already."""
    if not planned.changed:
        return f"{planned.name} names {request.commit} on the git server already; nothing was pushed."
    if planned.there:
        text = f"{planned.name} names {request.commit} already"
    elif check_mode:
        text = f"Would tag {request.commit} as {planned.name} and push it"
    else:
        text = f"Tagged {request.commit} as {planned.name} and pushed it"
    if planned.moving:
        before = planned.moving_before
        verb = "would move" if check_mode else "moved"
        text += f"; {planned.moving} {verb} {f'from {before.commit} ' if before else ''}to {request.commit}"
    return text + "."


def diff(planned: TagPlan, request: TagRequest) -> dict[str, str]:
    """The tags before and after, and what the new one says."""
    before = planned.moving_before.commit if planned.moving_before else ""
    after = "" if planned.there else "\n".join([f"{planned.name} {request.commit}", "", *planned.lines, ""])
    return {
        "before_header": request.repository,
        "after_header": request.repository,
        "before": f"{planned.moving} {before}\n" if planned.moving and before else "",
        "after": (f"{planned.moving} {request.commit}\n" if planned.moving else "") + after,
    }


def run(module: AnsibleModule) -> Result:
    """See DOCUMENTATION. Raises DeployError, OSError."""
    params: dict[str, Any] = module.params
    request = request_of(params, SystemClock().stamp())
    layout = Layout(params["root"])
    with object_store(layout, request.project, params["timeout"], module.check_mode) as mirror:
        remote = Remote(mirror, request.repository)
        planned = plan(mirror, remote, request)
        if not module.check_mode:
            carry_out(mirror, remote, request, planned)
    before = planned.moving_before.commit if planned.moving_before else ""
    pending = module.check_mode and planned.changed
    return Result(
        changed=planned.changed,
        msg=sentence(planned, request, module.check_mode),
        phase=PHASE,
        state_now="nothing was pushed" if pending else f"{planned.name} on the git server names {request.commit}",
        diff=diff(planned, request),
        values={
            "tag": planned.name,
            "commit": request.commit,
            "moved": {"name": planned.moving, "before": before, "after": request.commit} if planned.moving else {},
            "previous": planned.previous,
            "commits": planned.commits,
        },
    )


def main() -> None:
    """Run the module."""
    run_module(run, ARGUMENT_SPEC)


if __name__ == "__main__":
    main()
