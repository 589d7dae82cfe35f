# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: release_environment
short_description: Give a release its environment and prove that it imports there
description:
  - Makes a virtual environment from the wheels that the home node built. No package index is asked, and every wheel's
    digest is checked. An environment is named after what is in it, so a host that has it already keeps it.
  - Names the environment in the release's record, unless the release is current and has another one already.
  - Then imports the given modules as the service user, with the release as working directory. Nothing is switched.
  - The action plugin of the same name puts the wheels into the host's spool if the host needs them.
author: Open Library developers (@openlibrary)
extends_documentation_fragment:
  - openlibrary.deploy.run
options:
  release:
    description: The commit, a full hash.
    type: str
    required: true
  environment:
    description: The environment's name. Empty when the release needs none; then it is only tried with O(python).
    type: str
    default: ""
  bundles:
    description: What M(openlibrary.deploy.release_build) returned.
    type: list
    elements: dict
    default: []
  have_environments:
    description: Names of the environments that are complete on this host.
    type: list
    elements: str
    default: []
  python:
    description: The interpreter that environments are made with.
    type: path
    default: /usr/bin/python3
  smoke_imports:
    description: Modules that must import.
    type: list
    elements: str
    default: []
  service_user:
    description: The user who imports them, and as whom everything runs that is in an environment.
    type: str
    required: true
  timeout:
    description: Seconds after which installing the wheels gives up.
    type: float
    default: 600
  smoke_timeout:
    description: Seconds after which one import gives up.
    type: float
    default: 60
attributes:
  check_mode:
    description: Whether the module can predict without changing anything.
    support: partial
    details: The imports are tried only where release and environment are complete already.
  diff_mode:
    description: Whether the module shows what changes.
    support: full
"""

EXAMPLES = r"""
- name: Make the environment and try the release in it
  openlibrary.deploy.release_environment:
    ticket: {root: /opt/openlibrary, project: openlibrary}
    release: 0123456789abcdef0123456789abcdef01234567
    environment: 0123456789abcdef
    bundles: "{{ built.bundles }}"
    smoke_imports: [openlibrary]
    service_user: openlibrary
  become: true
"""

RETURN = r"""
outcome: {description: "V(done), V(unchanged), V(would) or V(failed).", type: str, returned: always}
phase: {description: "The step's name, V(environment) or V(smoke).", type: str, returned: always}
state_now: {description: What is true on this host now., type: str, returned: always}
next_command: {description: What to type next., type: str, returned: always}
environment: {description: The environment's name., type: str, returned: success}
packages: {description: What was installed now as C(name==version)., type: list, elements: str, returned: success}
imported: {description: The modules that were imported., type: list, elements: str, returned: success}
seconds: {description: How long it took., type: float, returned: success}
log_tail: {description: The end of what the failing command said., type: str, returned: when a command failed}
blame:
  description: Whom the failure blames, V(release) where an import of the smoke test failed, else V(host).
  type: str
  returned: on failure
"""

from typing import Any

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.openlibrary.deploy.plugins.module_utils._model.release.release import check_hash, short
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.release.requirements import (
    check_environment_name,
)
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.result import Result
from ansible_collections.openlibrary.deploy.plugins.module_utils._system.hold import TICKET_SPEC, hold
from ansible_collections.openlibrary.deploy.plugins.module_utils._system.module import run_module
from ansible_collections.openlibrary.deploy.plugins.module_utils._system.release_environment import (
    PHASE,
    bind,
    check_rebind,
    ensure,
    try_imports,
)
from ansible_collections.openlibrary.deploy.plugins.module_utils._system.smoke import check_imports

ARGUMENT_SPEC: dict[str, Any] = {
    **TICKET_SPEC,
    "release": {"type": "str", "required": True},
    "environment": {"type": "str", "default": ""},
    "bundles": {"type": "list", "elements": "dict", "default": []},
    "have_environments": {"type": "list", "elements": "str", "default": []},
    "python": {"type": "path", "default": "/usr/bin/python3"},
    "smoke_imports": {"type": "list", "elements": "str", "default": []},
    "service_user": {"type": "str", "required": True},
    "timeout": {"type": "float", "default": 600},
    "smoke_timeout": {"type": "float", "default": 60},
}


def run(module: AnsibleModule) -> Result:
    """See DOCUMENTATION. Raises DeployError, OSError."""
    params: dict[str, Any] = module.params
    release, name = check_hash(params["release"]), params["environment"]
    if name:
        check_environment_name(name)
    check_imports(params["smoke_imports"])
    with hold(params["ticket"], module.check_mode) as held:
        begin = held.clock.monotonic()
        check_rebind(held, release, name)
        packages = ensure(held, params)
        bound = bind(held, release, name)
        imported = try_imports(held, params)
        seconds = round(held.clock.monotonic() - begin, 3)
    made = packages is not None
    return Result(
        changed=made or bound,
        msg=sentence(params, "would be made" if module.check_mode else "was made", made, len(imported)),
        phase=PHASE,
        state_now="release and environment are ready on this host; nothing was switched",
        diff={"before": "", "after": "".join(f"{package}\n" for package in packages or [name])} if made else None,
        values={"environment": name, "packages": packages or [], "imported": imported, "seconds": seconds},
    )


def sentence(params: dict[str, Any], verb: str, made: bool, imported: int) -> str:
    """What was done, for a person."""
    name, release, imports = params["environment"], short(params["release"]), params["smoke_imports"]
    if not name and not imports:
        return f"{release} needs no environment, and nothing of it is imported."
    tried = f"{imported} of {len(imports)} module(s) imported as {params['service_user']}"
    return f"Environment {name or 'none'} of {release} {verb if made else 'is there'}; {tried}."


def main() -> None:
    """Run the module."""
    run_module(run, ARGUMENT_SPEC)


if __name__ == "__main__":
    main()
