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

from ansible_collections.openlibrary.deploy.plugins.module_utils._model.release.release import check_hash
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.release.requirements import (
    check_environment_name,
)
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.result import Result
from ansible_collections.openlibrary.deploy.plugins.module_utils._system.hold import TICKET_SPEC, hold
from ansible_collections.openlibrary.deploy.plugins.module_utils._system.module import run_module
from ansible_collections.openlibrary.deploy.plugins.module_utils._system.release_install import (
    install,
    predicted,
    present,
)

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
