# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
module: release_adopt
short_description: Takes over an installation not made by this collection
description:
  - Looks for directories C(deploys/<project>/<hash>) without a record, for a real directory C(venv), and for a current
    release that the journal does not know. Where there is nothing of that kind, as on a fresh host, it changes nothing.
  - Without O(adopt=true) such an installation is refused with a sentence that says what was found.
  - With it each of those releases gets a manifest and a record, the directory C(venv) becomes C(venvs/adopted) and a
    link takes its place in the same instant, and the journal starts with the current release, which is marked good.
  - Releases that somebody else than root may write are given to root; who could read them still can.
  - Nothing is restarted, and running processes keep working.
author:
  - Open Library developers (@openlibrary)
extends_documentation_fragment:
  - openlibrary.deploy.run
  - openlibrary.deploy.run.attributes
options:
  adopt:
    description: Whether an installation that is found is taken over; otherwise it is refused.
    type: bool
    default: false
"""

EXAMPLES = r"""
- name: Take over the releases of openlibrary that are there
  openlibrary.deploy.release_adopt:
    ticket: {root: /opt/openlibrary, project: openlibrary}
    adopt: true
"""

RETURN = r"""
adopted:
  description: Hashes of the releases that were adopted, or would be.
  returned: success
  type: list
  elements: str
environment:
  description: Name of the environment that they are bound to, empty when the host has none.
  returned: success
  type: str
left:
  description: Directories beside the releases that are not named by a hash. They were left as they are.
  returned: success
  type: list
  elements: str
outcome:
  description: One of V(done), V(unchanged), V(would) (in check mode) and V(failed).
  returned: always
  type: str
  sample: done
phase:
  description: The name of the step.
  returned: always
  type: str
  sample: adopt
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

from ansible_collections.openlibrary.deploy.plugins.module_utils._model.host.adopt import (
    ENVIRONMENT,
    PHASE,
    Adoption,
    Installation,
    decide_adoption,
)
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.host.switch import describe_current
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.result import Result
from ansible_collections.openlibrary.deploy.plugins.module_utils._system.hold import TICKET_SPEC, Held, hold
from ansible_collections.openlibrary.deploy.plugins.module_utils._system.module import run_module
from ansible_collections.openlibrary.deploy.plugins.module_utils._system.release_adopt import (
    apply_adoption,
    loose,
    observe_adoption,
    scan_releases,
)

ARGUMENT_SPEC = {**TICKET_SPEC, "adopt": {"type": "bool", "default": False}}


def run(module: AnsibleModule) -> Result:
    """Decides from what is there, and adopts it unless in check mode."""
    with hold(module.params["ticket"], module.check_mode) as held:
        found = observe_adoption(held.store, held.project)
        adoption = decide_adoption(held.layout, held.project, found, module.params["adopt"])
        # Scanned before the first change, so that a release which cannot be adopted leaves everything as it is.
        scan_releases(held.layout, held.project, adoption.releases)
        given = {each: len(loose(held.layout.release(held.project, each))) for each in adoption.releases}
        if adoption and not held.check_mode:
            with held.step(PHASE, None, adoption.current if adoption.history else None, summary(adoption)):
                apply_adoption(held, adoption)
        return answer(held, found, adoption, given)


def summary(adoption: Adoption) -> str:
    """What is adopted, as a clause for a person."""
    count = len(adoption.releases)
    environment = f" with environment {adoption.environment}" if adoption.environment else ""
    return f"{count} release{'' if count == 1 else 's'}{environment}"


def answer(held: Held, found: Installation, adoption: Adoption, given: dict[str, int]) -> Result:
    """What the module returns; ``given``: how many files of each release are given to root."""
    verb = "would be adopted" if held.check_mode else "adopted"
    msg = f"{held.project}: {summary(adoption)} {verb}." if adoption else f"{held.project}: nothing to adopt."
    if found.others:
        msg += f" Left as they are, because no hash is their name: {', '.join(found.others)}."
    return Result(
        changed=bool(adoption),
        msg=msg,
        phase=PHASE,
        state_now=describe_current(held.project, held.store.current(held.project)),
        diff=diff_of(held, adoption, given),
        values={
            "adopted": list(adoption.releases),
            "environment": adoption.environment,
            "left": list(found.others),
        },
    )


def diff_of(held: Held, adoption: Adoption, given: dict[str, int]) -> dict[str, str]:
    """What is there before and after, one thing a line."""
    layout, before, after = held.layout, [], []
    if adoption.exchange:
        before.append(f"{layout.venv}/")
        after += [f"{layout.venv} -> {layout.environment_target(ENVIRONMENT)}", f"{layout.environment(ENVIRONMENT)}/"]
    if adoption.record_environment:
        after.append(layout.environment_record(ENVIRONMENT))
    for hash_ in adoption.releases:
        if given[hash_]:
            path = layout.release(held.project, hash_)
            before.append(f"{path}: {given[hash_]} files that others than root may write")
            after.append(f"{path}: belongs to root")
        after += [layout.record(held.project, hash_), layout.manifest(held.project, hash_)]
    if adoption.history:
        after.append(f"{layout.journal}: {adoption.current} is current")
    return {"before": "".join(line + "\n" for line in before), "after": "".join(line + "\n" for line in after)}


def main() -> None:
    run_module(run, ARGUMENT_SPEC)


if __name__ == "__main__":
    main()
