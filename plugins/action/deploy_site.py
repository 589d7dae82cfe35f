# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Checks, on the controller, what a run is started with. See the documentation of openlibrary.deploy.deploy_site."""

from __future__ import annotations

import pathlib
import typing as t

from ansible.module_utils.common.yaml import yaml_dump

from ansible_collections.openlibrary.deploy.plugins.module_utils._model.errors import InputError
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.edge import command_line
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.edge import variables as inventory
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.edge.decision import Decision, Variables
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.edge.terminal import person_there
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.run.pause import no_terminal, parse_pause
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.site import parse as site
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.site.given import Given
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.site.model import Checked, Site
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.site.readers import ALL, CONFIG, DEPLOY
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.site.render import effective
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.site.request import VARIABLES

HOSTS = {"type": "list", "elements": "str", "default": []}
WILL_PAUSE = "  Once the first web node is proven, the run waits at this terminal for your answer."


class ActionModule(Decision):
    """See the module's documentation."""

    argument_spec = {
        "playbook": {"type": "str", "choices": sorted(ALL), "required": True},
        "parts": {
            "type": "dict",
            "required": True,
            "options": dict.fromkeys(("static", "web", "home", "staging"), HOSTS),
        },
    }

    def decide(self, args: dict[str, t.Any], variables: Variables) -> dict[str, t.Any]:
        """Check everything, say it, and refuse the run or hand the site on."""
        checked = site.parse(self.given(args, variables))
        self.say(
            [*(f"  warning: {each.line}" for each in checked.warnings), *(f"  note: {each}" for each in checked.notes)]
        )
        if checked.faults:
            self.say([f"  stop: {each.line}" for each in checked.faults if len(checked.faults) > 1])
            raise refused(args["playbook"], [each.line for each in checked.faults])
        check_pause(checked.site, variables)
        check_json(checked.site)
        if args["playbook"] == CONFIG:
            self.say(config_lines(checked, variables.limit))
        return {
            "msg": "the request and the site are valid",
            "outcome": "unchanged",
            "phase": "check",
            "quiet": args["playbook"] != CONFIG,
            **checked.site.as_dict(),
        }

    def given(self, args: t.Mapping[str, t.Any], variables: Variables) -> Given:
        """All that the run was started with, as Ansible has it."""
        hostvars = variables.hostvars
        extra = command_line.extra_vars(self._loader, self._templar)
        hosts = list(hostvars)
        above = self._task.get_play().vars
        groups = {name: list(members) for name, members in variables.groups.items() if name not in ("all", "ungrouped")}
        return Given(
            playbook=args["playbook"],
            parts=args["parts"],
            hosts={host: inventory.settings_of(hostvars, host, self._loader, above, extra) for host in hosts},
            groups=groups,
            extra=extra,
            play=inventory.play_vars(self._task, self._templar),
            inventory_requests=inventory.inventory_sets(hostvars, hosts, VARIABLES[args["playbook"]], extra),
            limit=variables.limit,
            unmatched_limits=command_line.unmatched_limits(hostvars),
            missing_sources=[*command_line.missing_inventories(), *command_line.unparsed_inventories(hostvars)],
            who=variables.who,
        )


def check_pause(checked: Site, variables: Variables) -> None:
    """Refuse to wait for a person where none can answer; in check mode nothing waits. Raises InputError."""
    waits = checked.playbook == DEPLOY and not checked.asked.urgent and parse_pause(checked.pause_after_blue).person
    if waits and not variables.check_mode and not person_there(WILL_PAUSE):
        raise no_terminal()


def check_json(checked: Site) -> None:
    """Refuse a file whose folder is not there, before hosts are asked for what it is to hold. Raises InputError."""
    if checked.asked.json and not pathlib.Path(checked.asked.json).expanduser().parent.is_dir():
        raise refused(checked.playbook, [f"json={checked.asked.json}: there is no such folder."])


def refused(playbook: str, faults: t.Sequence[str]) -> InputError:
    """The one error for all faults, which were printed a line each where they are several."""
    what = faults[0] if len(faults) == 1 else f"{len(faults)} errors, listed above."
    return InputError(
        f"{playbook} was not started, no host was contacted: {what}",
        phase="check",
        state_now="no host was contacted",
        next_command="fix that, then type it again",
        faults=list(faults),
    )


def config_lines(checked: Checked, limit: t.Sequence[str] | None) -> list[str]:
    """The effective settings of each host as YAML, and what is not ours."""
    hosts = {host: effective(checked, host) for host in checked.settings if limit is None or host in limit}
    text = yaml_dump(hosts, default_flow_style=None, sort_keys=False, width=120)
    own = [f"# The site's own, not read by this collection: {', '.join(checked.own)}"] if checked.own else []
    return ["---", *own, *str(text).splitlines(), ""]
