# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The playbooks, and which of them read what: a rescue is refused only for what it reads."""

from __future__ import annotations

from ansible_collections.openlibrary.deploy.plugins.module_utils._model.host.hold import ACTIONS

DEPLOY, ROLLBACK, RESTART = ACTIONS
LOCK, STATUS, TAG, PREPARE, CONFIG = "lock", "status", "tag", "prepare", "config"

EVERYTHING = frozenset({DEPLOY, CONFIG})
"""These refuse every fault of the site."""

RUNS = frozenset({DEPLOY, ROLLBACK, RESTART})
SURVEYS = RUNS | {STATUS, TAG}
ALL = SURVEYS | {LOCK, PREPARE, CONFIG}

BESIDE = frozenset({PREPARE, CONFIG})
"""These look at the staging hosts, too; the others at the fleet."""

FORWARD = frozenset({DEPLOY, RESTART})
"""On these the bake and the gates judge; on the way back they only report, and are left out where set wrongly."""

ONLY_DEPLOY = frozenset({DEPLOY})
