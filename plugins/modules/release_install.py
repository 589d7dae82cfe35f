# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: release_install
short_description: Put a release on a host and verify every file of it
description:
  - Unpacks the bundle beside the other releases. Files that did not change are hard links to the release that the
    bundle builds on; a file there that others than root could write is copied instead.
  - Verifies every file against the manifest before the release gets its name. A wrong byte leaves nothing behind.
  - The record, written last, completes the release. Nothing is switched.
  - The action plugin of the same name puts the fitting bundle into the host's spool if the host needs it.
author: Open Library developers (@openlibrary)
extends_documentation_fragment:
  - openlibrary.deploy.run
  - openlibrary.deploy.run.attributes
options:
  release:
    description: The commit, a full hash.
    type: str
    required: true
  manifest_digest:
    description: SHA-256 of the manifest that was built. Empty only in check mode, when nothing was built yet.
    type: str
    required: true
  environment:
    description: Name of the environment that the release runs in. Empty for none.
    type: str
    default: ""
  bundles:
    description: What M(openlibrary.deploy.release_build) returned.
    type: list
    elements: dict
    default: []
  have:
    description: Hashes of the releases that are complete on this host.
    type: list
    elements: str
    default: []
  verify:
    description: Whether a release that is complete already is verified again.
    type: bool
    default: false
  min_free_mib:
    description: How much must stay free on the disk.
    type: int
    default: 1024
"""

EXAMPLES = r"""
- name: Install the release
  openlibrary.deploy.release_install:
    ticket: {root: /opt/openlibrary, project: openlibrary}
    release: 0123456789abcdef0123456789abcdef01234567
    manifest_digest: "{{ built.manifest_digest }}"
    environment: "{{ built.environment.name }}"
    bundles: "{{ built.bundles }}"
    have: ["89abcdef0123456789abcdef0123456789abcdef"]
  become: true
"""

RETURN = r"""
outcome: {description: "V(done), V(unchanged), V(would) or V(failed).", type: str, returned: always}
phase: {description: The step's name., type: str, returned: always}
state_now: {description: What is true on this host now., type: str, returned: always}
next_command: {description: What to type next., type: str, returned: always}
files: {description: Number of files in the release., type: int, returned: success}
written: {description: Files that came from the bundle., type: int, returned: success}
linked: {description: Files that are hard links to another release., type: int, returned: success}
seconds: {description: How long it took., type: float, returned: success}
"""

from typing import Any

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.openlibrary.deploy.plugins.module_utils._model.errors import InputError
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.release import bundle as model
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.release.release import Record, check_hash
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.release.requirements import (
    check_environment_name,
)
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.result import Result
from ansible_collections.openlibrary.deploy.plugins.module_utils._system import release_install as installing
from ansible_collections.openlibrary.deploy.plugins.module_utils._system.hold import TICKET_SPEC, Held, hold
from ansible_collections.openlibrary.deploy.plugins.module_utils._system.module import run_module

PHASE = "install"
ARGUMENT_SPEC: dict[str, Any] = {
    **TICKET_SPEC,
    "release": {"type": "str", "required": True},
    "manifest_digest": {"type": "str", "required": True},
    "environment": {"type": "str", "default": ""},
    "bundles": {"type": "list", "elements": "dict", "default": []},
    "have": {"type": "list", "elements": "str", "default": []},
    "verify": {"type": "bool", "default": False},
    "min_free_mib": {"type": "int", "default": 1024},
}


def present(held: Held, record: Record, params: dict[str, Any]) -> Result:
    """The result for a release that is complete already. Raises ProofError if it is not the one that was built."""
    installing.check_present(held.layout, record, params["manifest_digest"], params["verify"])
    return Result(
        changed=False,
        msg=f"{record.hash[:12]} of {record.project} is on this host already"
        + (", and every file is as it was built." if params["verify"] else "."),
        phase=PHASE,
        state_now="the release is complete on this host",
        values={"files": record.files, "written": 0, "linked": 0, "seconds": 0.0},
    )


def predicted(held: Held, params: dict[str, Any]) -> Result:
    """The result in check mode. Raises DeployError, OSError."""
    release = params["release"]
    installing.check_no_stranger(held.layout, held.project, release)
    chosen = model.choose_release(params["bundles"], release, set(params["have"])) if params["bundles"] else None
    base = f" on top of {chosen.base[:12]}" if chosen and chosen.base else ""
    return Result(
        changed=True,
        msg=f"Would install {release[:12]} of {held.project}{base} and verify every file.",
        phase=PHASE,
        state_now="nothing was changed",
        diff={"before": "", "after": f"{held.layout.release(held.project, release)}\n"},
        values={"files": 0, "written": 0, "linked": 0, "seconds": 0.0},
    )


def install(held: Held, params: dict[str, Any]) -> Result:
    """Unpack, verify, complete. Raises DeployError, OSError."""
    release = params["release"]
    chosen = model.choose_release(params["bundles"], release, set(params["have"]) - {release})
    if chosen is None:
        raise InputError(f"No bundle of {release} was given.", phase=PHASE)
    begin = held.clock.monotonic()
    with held.step(PHASE, to=release, detail=chosen.name):
        done = installing.install(held.store, held.project, release, chosen, params, held.clock.stamp)
    return Result(
        changed=True,
        msg=f"{release[:12]} of {held.project} is on this host: {done.files} files verified, {done.written} of them "
        f"new, {done.linked} shared with {chosen.base[:12] or 'none'}.",
        phase=PHASE,
        state_now="the release is complete on this host; nothing was switched",
        diff=installing.difference(held.layout, held.project, chosen.base, release),
        values={
            "files": done.files,
            "written": done.written,
            "linked": done.linked,
            "seconds": round(held.clock.monotonic() - begin, 3),
        },
    )


def run(module: AnsibleModule) -> Result:
    """See DOCUMENTATION. Raises DeployError, OSError."""
    params: dict[str, Any] = module.params
    check_hash(params["release"])
    if params["environment"]:
        check_environment_name(params["environment"])
    with hold(params["ticket"], module.check_mode) as held:
        record = held.store.record(held.project, params["release"])
        if record is not None and record.complete:
            return present(held, record, params)
        if module.check_mode:
            return predicted(held, params)
        return install(held, params)


def main() -> None:
    """Run the module."""
    run_module(run, ARGUMENT_SPEC)


if __name__ == "__main__":
    main()
