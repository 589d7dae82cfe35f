# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Names of variables: what nobody reads, although somebody meant it to be read."""

from __future__ import annotations

from collections.abc import Iterable

from .findings import COMMAND_LINE, PLAY, Mistake
from .given import Given
from .near import listed, near
from .request import REASON
from .specification import BY_NAME, RENAMED, SKIPPED_BY

PREFIX = "deploy_"


def about(name: str) -> tuple[str, str]:
    """What is wrong with the name of a variable, and the setting that was meant; both empty where nothing is."""
    if name in RENAMED:
        setting, key = RENAMED[name]
        return f"{name} is {key} in an entry of {setting} now.", setting
    close = near(name, BY_NAME)
    return (f"{name} is not a setting; did you mean {listed(close, 'or')}?", close[0]) if close else ("", "")


def name_findings(given: Given) -> list[Mistake]:
    """Names that are near to a setting's, or were settings once, on any host, in -e and in the vars of a play."""
    found = [each for name in given.extra if (each := _finding(name, COMMAND_LINE, ()))]
    found += [each for name in given.play if name not in given.extra and (each := _finding(name, PLAY, ()))]
    for host, variables in given.hosts.items():
        own = (name for name in variables if name not in given.extra and name not in given.play)
        found += [each for name in own if (each := _finding(name, "", (host,)))]
    return found


def _finding(name: str, where: str, hosts: tuple[str, ...]) -> Mistake | None:
    sentence, meant = about(name)
    return Mistake(sentence, hosts, where, BY_NAME[meant].readers, meant) if meant else None


def own_names(given: Given) -> tuple[str, ...]:
    """The deploy_* variables that are a site's own."""
    names: Iterable[str] = {name for variables in given.hosts.values() for name in variables} | {
        *given.extra,
        *given.play,
    }
    return tuple(
        sorted(name for name in names if name.startswith(PREFIX) and name not in BY_NAME and not about(name)[1])
    )


def policy_findings(given: Given) -> list[Mistake]:
    """Policies of the site on the command line: a run skips by name, and says why."""
    return [
        Mistake(
            f"{name} is the site's policy, which -e does not change; for this run: -e skip={gate} {REASON}",
            where=COMMAND_LINE,
            readers=BY_NAME[name].readers,
        )
        for name, gate in SKIPPED_BY.items()
        if name in given.extra
    ]
