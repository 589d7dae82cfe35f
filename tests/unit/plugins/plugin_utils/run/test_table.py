# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What an operator reads."""

from __future__ import annotations

from ansible_collections.openlibrary.deploy.plugins.plugin_utils.run import table as report


def test_a_table_lines_up_and_cuts_hashes():
    lines = report.table(("host", "to"), [("ol-web3", report.short("a" * 40)), ("b", report.short(None))])
    assert lines == ["host     to", f"ol-web3  {'a' * 10}", "b        -"]


def test_what_a_deploy_brings_is_cut_unless_all_is_asked_for():
    commits = {"count": 12, "list": [f"c{number}" for number in range(12)], "behind": 2}
    required = {"added": ["a==1"], "removed": [], "changed": [["b==1", "b==2"]]}
    resolved = {"commits": commits, "files_changed": {"count": 1, "list": ["M app.py"]}, "requirements": required}
    short, whole = report.change_lines(resolved, whole=False), report.change_lines(resolved, whole=True)
    assert short[0] == "12 commit(s), 1 file(s) change"
    assert "  ... and 2 more" in short and "  c11" not in short and "  M app.py" not in short
    assert "  c11" in whole and "  M app.py" in whole
    assert short[-3:] == [
        "It lacks 2 commit(s) of the release that is live.",
        "requirement + a==1",
        "requirement ~ b==1 -> b==2",
    ]


def test_a_deploy_of_which_nothing_is_known_brings_nothing():
    assert report.change_lines({}, whole=True) == ["0 commit(s), 0 file(s) change"]
