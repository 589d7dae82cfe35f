# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: release_build
short_description: Build a release once and pack what the hosts lack
description:
  - Exports the commit with its submodules from the mirror of M(openlibrary.deploy.release_resolve) into a scratch
    copy, runs the build commands there, and describes every file in a manifest.
  - A release that is complete on the home node, or was built before, is never built again, because builds are not
    reproducible.
  - Builds wheels of everything that the requirements file asks for, once for each set of requirements, Python and
    platform.
  - Packs one bundle of differences for each release in O(bases) and, where needed, one with everything.
  - The action plugin of the same name then brings the bundles to the controller.
  - Runs on the home node as the deploy user and without C(become), so that a forwarded agent can be used.
author: Open Library developers (@openlibrary)
options:
  root:
    description: The deploy root.
    type: path
    required: true
  project:
    description: The project's name.
    type: str
    required: true
  release:
    description: The commit, a full hash.
    type: str
    required: true
  repository:
    description: The repository's address. Relative addresses of submodules refer to it.
    type: str
    required: true
  build:
    description: Commands to run in the copy, each a list of words. No shell is involved.
    type: list
    elements: list
    default: []
  requirements:
    description: Path of the requirements file in the release. Empty when the project has none.
    type: str
    default: ""
  python:
    description: The interpreter that environments are made with.
    type: path
    default: /usr/bin/python3
  bases:
    description: Hashes of complete releases that hosts have. A bundle is made for each that the home node has too.
    type: list
    elements: str
    default: []
  full:
    description: Whether a host needs a bundle with everything. One is also made when the home node lacks a base.
    type: bool
    default: false
  environments_present:
    description: Names of the environments that every host has complete. Their wheels are neither built nor packed.
    type: list
    elements: str
    default: []
  timeout:
    description: Seconds after which each fetch, each build command and the building of wheels give up.
    type: float
    default: 900
  cache:
    description: Directory on the controller for the bundles.
    type: str
    default: ~/.cache/openlibrary.deploy
attributes:
  check_mode:
    description: Whether the module can predict without changing anything.
    support: partial
    details: It says what it would do, but the manifest of a release that was never built cannot be known.
  diff_mode:
    description: Whether the module shows what changes.
    support: none
"""

EXAMPLES = r"""
- name: Build the release on the home node
  openlibrary.deploy.release_build:
    root: /opt/openlibrary
    project: openlibrary
    release: 0123456789abcdef0123456789abcdef01234567
    repository: ssh://git@ol-infra/srv/git/openlibrary.git
    build: [[make, css], [make, js]]
    requirements: requirements.txt
    bases: [89abcdef0123456789abcdef0123456789abcdef]
"""

RETURN = r"""
outcome: {description: "V(done), V(unchanged), V(would) or V(failed).", type: str, returned: always}
phase: {description: The step's name., type: str, returned: always}
state_now: {description: What is true on this host now., type: str, returned: always}
next_command: {description: What to type next., type: str, returned: always}
manifest_digest: {description: SHA-256 of the manifest., type: str, returned: unless nothing was built in check mode}
files: {description: Number of files., type: int, returned: unless nothing was built in check mode}
bytes: {description: Bytes in all files., type: int, returned: unless nothing was built in check mode}
environment:
  description: The environment's C(name), C(requirements) (SHA-256 of what is asked for) and C(packages).
  type: dict
  returned: success
bundles:
  description:
    - Each with C(kind) (V(release) or V(environment)), C(base), C(path) on the home node, C(size), C(digest), and for a
      release the numbers of files C(added), C(changed) and C(removed).
    - The action plugin adds C(local), the path on the controller, and C(home), the inventory name of the home node.
  type: list
  elements: dict
  returned: success
seconds: {description: What each part took., type: dict, returned: success}
log_tail: {description: The end of what a failing command said., type: str, returned: when a command failed}
"""

from typing import Any

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.openlibrary.deploy.plugins.module_utils._model.release.release import short
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.result import Result
from ansible_collections.openlibrary.deploy.plugins.module_utils._system import tree
from ansible_collections.openlibrary.deploy.plugins.module_utils._system.module import run_module
from ansible_collections.openlibrary.deploy.plugins.module_utils._system.release_build import Build
from ansible_collections.openlibrary.deploy.plugins.module_utils._system.scratch import file_lock

PHASE = "build"
ARGUMENT_SPEC: dict[str, Any] = {
    "root": {"type": "path", "required": True},
    "project": {"type": "str", "required": True},
    "release": {"type": "str", "required": True},
    "repository": {"type": "str", "required": True},
    "build": {"type": "list", "elements": "list", "default": []},
    "requirements": {"type": "str", "default": ""},
    "python": {"type": "path", "default": "/usr/bin/python3"},
    "bases": {"type": "list", "elements": "str", "default": []},
    "full": {"type": "bool", "default": False},
    "environments_present": {"type": "list", "elements": "str", "default": []},
    "timeout": {"type": "float", "default": 900},
    "cache": {"type": "str", "default": "~/.cache/openlibrary.deploy"},
}


def run(module: AnsibleModule) -> Result:
    """See DOCUMENTATION. Raises DeployError, OSError."""
    build = Build(module.params)
    source = build.source
    if module.check_mode:
        return Result(
            changed=tree.complete(build.layout, source.project, source.release) is None,
            msg=f"Would build {short(source.release)} of {source.project} with {len(source.commands)} command(s) "
            f"and pack it for {len(build.bases)} base(s), unless it was built before.",
            phase=PHASE,
            state_now="nothing was changed",
            values={**build.predict(), "seconds": {}},
        )
    with file_lock(f"{build.layout.build}/{source.project}.lock", f"a build of {source.project}"):
        values = build.perform()
    values["seconds"] = build.seconds
    shipped = sum(bundle["size"] for bundle in values["bundles"])
    return Result(
        changed=build.changed,
        msg=f"{short(source.release)} of {source.project} has {values['files']} files; "
        f"{len(values['bundles'])} bundle(s) with {shipped} bytes are ready.",
        phase=PHASE,
        state_now="the release is built on the home node; nothing was shipped yet",
        values=values,
    )


def main() -> None:
    """Run the module."""
    run_module(run, ARGUMENT_SPEC)


if __name__ == "__main__":
    main()
