# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Commands as the operator would have to type them."""

from __future__ import annotations

import pytest

from ansible_collections.openlibrary.deploy.plugins.plugin_utils.commands import as_typed

NEXT = "mend it, then: ansible-playbook playbooks/deploy.yml -e version=x"
LAB = ["/here/inventories/lab"]


@pytest.mark.parametrize(
    ("playbook", "inventories", "expected"),
    [
        ("playbooks/deploy.yml", LAB, NEXT),
        (
            "playbooks/deploy.yml",
            ["inv/our site"],
            "mend it, then: ansible-playbook -i 'inv/our site' playbooks/deploy.yml -e version=x",
        ),
        ("openlibrary.deploy.deploy", LAB, "mend it, then: ansible-playbook openlibrary.deploy.deploy -e version=x"),
    ],
)
def test_a_command_names_what_the_run_was_called_with(playbook, inventories, expected):
    assert as_typed(NEXT, [playbook], inventories, LAB) == expected


def test_other_words_stay():
    assert as_typed("ansible-playbook other.yml", ["playbooks/x.yml"], ["i"], LAB) == "ansible-playbook other.yml"
