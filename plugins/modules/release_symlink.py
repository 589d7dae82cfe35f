# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
module: release_symlink
short_description: Switches a project to a release
description:
  - Points C(<root>/<project>) at C(deploys/<project>/<release>) by rename(2), so that there is no moment without it.
  - Refuses when the name is a real directory or a link to something else, when the release has no complete record on
    the host, and when the environment that the record names is not complete there.
  - In check mode and as part of a run, a release that is not on the host is taken for one that the run would have
    brought.
  - Looks at the link after the switch and fails when it does not lead to the release.
author:
  - Open Library developers (@openlibrary)
extends_documentation_fragment:
  - openlibrary.deploy.run
  - openlibrary.deploy.run.attributes
options:
  release:
    description: The release to switch to, a commit hash of 40 lower-case hex digits.
    type: str
    required: true
  expect:
    description:
      - The release that must be current before the switch; the step is refused when it is another one.
      - The empty string expects that no release is current. When left out, any may be.
      - A project that is at O(release) already is never refused.
    type: str
"""

EXAMPLES = r"""
- name: Switch to the release that was staged
  openlibrary.deploy.release_symlink:
    ticket: {root: /opt/openlibrary, project: openlibrary, run: 20261123T180000-deploy, token: 17, who: mek}
    release: 9fceb02d0ae598e95dc970b74767f19372d61af8
    expect: 2aae6c35c94fcfb415dbe95f408b9ce91ee846ed
"""

RETURN = r"""
current:
  description: The release that is current after the step (in check mode, that would be).
  returned: success
  type: str
  sample: 9fceb02d0ae598e95dc970b74767f19372d61af8
previous:
  description: The release that was current before the step, none when there was none.
  returned: success
  type: str
  sample: 2aae6c35c94fcfb415dbe95f408b9ce91ee846ed
outcome:
  description: V(done), V(unchanged), V(would) in check mode, or V(failed).
  returned: always
  type: str
  sample: done
phase:
  description: The name of the step.
  returned: always
  type: str
  sample: switch
state_now:
  description: What is true on the host now.
  returned: always
  type: str
  sample: openlibrary is at 9fceb02d0ae598e95dc970b74767f19372d61af8
next_command:
  description: What to type next, may be empty.
  returned: always
  type: str
  sample: ansible-playbook playbooks/prepare.yml -e adopt=true
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.openlibrary.deploy.plugins.module_utils._model.host.switch import (
    PHASE,
    SwitchFacts,
    decide_switch,
    describe_current,
)
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.release.release import check_hash
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.result import Result
from ansible_collections.openlibrary.deploy.plugins.module_utils._system.hold import TICKET_SPEC, Held, hold
from ansible_collections.openlibrary.deploy.plugins.module_utils._system.module import run_module
from ansible_collections.openlibrary.deploy.plugins.module_utils._system.release_symlink import (
    apply_switch,
    observe_switch,
)

ARGUMENT_SPEC = {
    **TICKET_SPEC,
    "release": {"type": "str", "required": True},
    "expect": {"type": "str"},
}


def run(module: AnsibleModule) -> Result:
    """Decides from what is there, and switches unless in check mode."""
    release = check_hash(module.params["release"])
    expect = module.params["expect"]
    if expect:
        check_hash(expect)
    with hold(module.params["ticket"], module.check_mode) as held:
        found = observe_switch(held.store, held.project, release)
        foreseen = held.check_mode and bool(held.run)
        target = decide_switch(held.layout, held.project, release, expect, found, foreseen)
        if target and not held.check_mode:
            with held.step(PHASE, found.current.hash, release):
                apply_switch(held.store, held.project, release, target)
        return answer(held, release, found, target)


def answer(held: Held, release: str, found: SwitchFacts, target: str | None) -> Result:
    """What the module returns."""
    previous = found.current.hash
    if target is None:
        msg = f"{held.project} is at {release} already."
    else:
        verb = "would switch" if held.check_mode else "switched"
        msg = f"{held.project} {verb} from {previous or 'no release'} to {release}."
    now = found.current if held.check_mode else held.store.current(held.project)
    return Result(
        changed=target is not None,
        msg=msg,
        phase=PHASE,
        state_now=describe_current(held.project, now),
        diff=diff_of(held, found, target),
        # What was read, not what was asked for: it is the proof of the step.
        values={"current": release if held.check_mode else now.hash, "previous": previous},
    )


def diff_of(held: Held, found: SwitchFacts, target: str | None) -> dict[str, str]:
    """The link before and after."""
    current = held.layout.current(held.project)
    return {"before": _line(current, found.current.target), "after": _line(current, target or found.current.target)}


def _line(path: str, target: str | None) -> str:
    return f"{path} -> {target}\n" if target else ""


def main() -> None:
    run_module(run, ARGUMENT_SPEC)


if __name__ == "__main__":
    main()
