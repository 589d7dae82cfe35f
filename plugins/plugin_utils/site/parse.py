# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The check of a run: from everything that it was started with to the site, and to what there is to say."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import fields, replace
from typing import Any

from ansible_collections.openlibrary.deploy.plugins.module_utils._model.errors import InputError

from .alike import varying_gates
from .combinations import Known, combination_findings, then_restart
from .findings import COMMAND_LINE, INVENTORY, Mistake, merged
from .given import HOME, STAGING, STATIC, WEB, Given
from .model import Checked, HostSite, Site
from .names import name_findings, own_names, policy_findings
from .near import listed
from .readers import BESIDE, DEPLOY, EVERYTHING, ROLLBACK, TAG
from .request import read_request
from .specification import BAKE_KEYS, BAKE_MODE, BY_NAME
from .specification_gates import GATES
from .values import Read, disagreements, fleet_value, read_settings

NEEDED: dict[str, tuple[str, ...]] = {DEPLOY: (HOME, WEB, STATIC), TAG: (HOME, WEB)}
"""The parts that must have a host each; elsewhere one host of any is enough."""
BAKE = "bake"

_SPECIAL = frozenset({"deploy_user", "ramp", "bake", "gates"})
_PLAIN = tuple(each.name for each in fields(HostSite) if each.name not in _SPECIAL)
"""Fields of HostSite whose settings have the same name, with the prefix."""


def parse(given: Given) -> Checked:
    """The site of a run, and everything that is wrong with what it was started with.

    ``given.playbook`` is one of readers.ALL; nothing that an operator or an inventory says makes it raise.
    """
    request, read = read_request(given), read_settings(given)
    known = Known(given, read, request.asked)
    findings = [
        *command_line_findings(given),
        *request.findings,
    ]
    # Without its inventory there is no site that could be wrong.
    findings += (
        []
        if given.missing_sources
        else [
            *policy_findings(given),
            *name_findings(given),
            *read.findings,
            *disagreements(read, given),
            *combination_findings(known),
        ]
    )
    refusing = [finding for finding in findings if refuses(finding, given, {*request.asked.skip} & {BAKE})]
    others = [finding for finding in findings if finding not in refusing]
    off = gates_off(findings, given, read)
    return Checked(
        site=site_of(known, off),
        faults=merged(refusing, given.groups),
        warnings=merged([*others, *(_off_warning(name, given) for name in off)], given.groups),
        notes=request.said,
        settings=read.hosts,
        own=own_names(given),
    )


def refuses(finding: Mistake, given: Given, skipped: Collection[str] = ()) -> bool:
    """Whether the run must not start for it: deploy and config take none, the others what they read where they act.

    ``skipped`` are the gates that the run skips: it does not read their settings.
    """
    if given.playbook in EVERYTHING:
        return True
    if finding.setting in BY_NAME and BY_NAME[finding.setting].section.lower() in skipped:
        return False
    acted = {*given.acted, *balancer_hosts(given)}
    return given.playbook in finding.readers and (not finding.hosts or bool(acted & set(finding.hosts)))


def balancer_hosts(given: Given) -> set[str]:
    """The hosts that the web hosts are balanced by, as far as that can be read: a step is delegated to them."""
    raw = [given.hosts.get(host, {}).get("deploy_balancers") for host in given.acted]
    entries = [entry for each in raw if isinstance(each, list) for entry in each]
    return {str(entry.get("host")) for entry in entries if isinstance(entry, Mapping)}


def command_line_findings(given: Given) -> list[Mistake]:
    """What is wrong with how the playbook was called: inventories, tags, limit, and groups without a host."""
    found = [f"{source}: there is no such inventory." for source in given.missing_sources]
    found += [f"--limit: no host matches {pattern}." for pattern in given.unmatched_limits]
    if given.limit is not None:
        if given.playbook in (DEPLOY, TAG):
            why = "a tag says what the whole fleet serves" if given.playbook == TAG else "the fleet gets one release"
            found.append(f"{given.playbook} takes no --limit: {why}; rollback and restart honour it.")
        elif given.everyone and not given.acted:
            found.append("--limit matches no host of the fleet.")
    findings = [Mistake(sentence, where=COMMAND_LINE) for sentence in found]
    return findings if given.missing_sources else [*findings, *_empty_groups(given)]


def _empty_groups(given: Given) -> Iterable[Mistake]:
    beside = given.playbook in BESIDE
    if not (given.everyone if beside else given.fleet):
        groups = listed([*("home", "web", "www"), *(["staging"] if beside else [])], "or")
        yield Mistake(f"it has no host in {groups}.", where=INVENTORY)
        return
    for part in NEEDED.get(given.playbook, ()):
        if not given.part(part):
            group = "www" if part == STATIC else part
            yield Mistake(f"it has no host in {group}, which {given.playbook} needs.", where=INVENTORY)


def gates_off(findings: Iterable[Mistake], given: Given, read: Read) -> tuple[str, ...]:
    """What is left out of a run that it would only tell, because it is set wrongly: the bake, entries of deploy_gates,
    or deploy_gates itself where none of it can be read."""
    if given.playbook != ROLLBACK:
        return ()
    none = not any(values[GATES] for values in read.hosts.values())
    wrong = []
    for finding in findings:
        if finding.setting in BAKE_KEYS:
            wrong.append(BAKE)
        elif finding.entry or (none and finding.setting == GATES):
            wrong.append(finding.entry or GATES)
    return tuple(dict.fromkeys(wrong))


def _off_warning(name: str, given: Given) -> Mistake:
    told = {BAKE: "there is no bake", GATES: "no gate is told or asked"}
    one = f"{GATES}, {name} is neither told nor asked"
    return Mistake(f"{told.get(name, one)} in this {given.playbook}: its settings are wrong.", where=INVENTORY)


def site_of(known: Known, off: tuple[str, ...]) -> Site:
    """The site as far as it can be read; ``off`` are gates that are left out."""
    given, read = known.given, known.read

    def fleet(name: str) -> Any:
        return fleet_value(read, given, name)

    hosts = {host: host_site(values, off) for host, values in read.hosts.items()}
    order = [*given.part(WEB), *given.everyone]
    balancers = [balancer for host in order for balancer in hosts[host].balancers]
    try:
        then = then_restart(known)
    except InputError:
        then = ""
    return Site(
        playbook=given.playbook,
        who=fleet("deploy_who") or given.who,
        asked=replace(known.asked, project=known.project),
        static=tuple(given.part(STATIC)),
        web=tuple(given.part(WEB)),
        home=tuple(given.part(HOME)),
        staging=tuple(given.part(STAGING)),
        own_project=fleet("deploy_project"),
        projects=known.projects,
        balancer=balancers[0] if balancers else None,
        min_in_rotation=fleet("deploy_min_in_rotation"),
        require_staged=fleet("deploy_require_staged"),
        then_restart=then,
        pause_after_blue=fleet("deploy_pause_after_blue"),
        moving_tag=fleet("deploy_moving_tag"),
        bake_mode="skip" if BAKE in off else fleet(BAKE_MODE),
        gates=tuple(gate for gate in fleet(GATES) if gate.name not in off),
        varying_gates=varying_gates(given, read),
        hosts=hosts,
    )


def host_site(values: Mapping[str, Any], off: tuple[str, ...]) -> HostSite:
    """The settings of one host."""
    bake = {key: values[name] for name, key in BAKE_KEYS.items()}
    if BAKE in off:
        bake["mode"] = "skip"
    return HostSite(
        deploy_user=values["deploy_user"],
        ramp=tuple(values["deploy_ramp"]),
        bake=bake,
        gates={gate.name: gate.of_host() for gate in values[GATES] if gate.name not in off},
        **{name: values[f"deploy_{name}"] for name in _PLAIN},
    )
