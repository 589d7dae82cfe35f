# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The one frame of every module's ``main()``."""

from __future__ import annotations

from typing import Any, Callable

from ansible.module_utils.basic import AnsibleModule

from .._model.errors import DeployError
from .._model.result import Result


def run_module(run: Callable[[AnsibleModule], Result], argument_spec: dict[str, Any], **kwargs: Any) -> None:
    """Builds the module, runs it and exits: a Result becomes ``exit_json``, a DeployError or OSError ``fail_json``.

    ``kwargs`` go to AnsibleModule; check mode is supported unless they say otherwise.
    """
    kwargs.setdefault("supports_check_mode", True)
    module = AnsibleModule(argument_spec=argument_spec, **kwargs)
    try:
        result = run(module).as_exit(module.check_mode)
    except DeployError as error:
        module.fail_json(**error.as_result())
    except OSError as error:
        module.fail_json(**_from_os(error).as_result())
    if not module._diff:
        result.pop("diff", None)
    module.exit_json(**result)


def _from_os(error: OSError) -> DeployError:
    where = f" at {error.filename}" if error.filename else ""
    return DeployError(f"The operating system refused{where}: {error.strerror or error}.")
