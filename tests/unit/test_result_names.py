"""Holds the names of every result against those that Ansible keeps for itself.

From ansible-core 2.21 on, what a module or an action returns under such a name is turned into Ansible's own type: a
list of hosts called ``skipped`` becomes a boolean, and the task counts as skipped.
"""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterable, Iterator
from dataclasses import fields
from pathlib import Path

import pytest

from ansible_collections.openlibrary.deploy.plugins.module_utils._model.result import Result
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.run.plan import Plan
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.run.record import Record
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.run.settle import Settlement
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.run.verdict import Verdict
from tests.unit import structure
from tests.unit.test_plugins import MODULES, documentation

# Results use these for what Ansible means by them.
AS_ANSIBLE_MEANS = {"changed", "diff", "failed", "msg", "_ansible_verbose_always"}

# What ansible-core 2.19, 2.20 or 2.21 reads from a result or writes into it. 2.21 has most of it in _internal/_task.py;
# otherwise see executor/task_executor.py, executor/task_result.py, plugins/strategy and plugins/action.
RESERVED = {
    *("add_group", "add_host", "async_result", "attempts", "break_when_result", "break_when_suppressed_exception"),
    *("censored", "changed_when_result", "changed_when_suppressed_exception", "deprecations", "exception"),
    *("failed_when_result", "failed_when_suppressed_exception", "false_condition", "finished", "include"),
    *("include_args", "include_file", "invocation", "item", "loop_index", "loop_item", "module_stderr"),
    *("module_stdout", "rc", "results", "results_file", "retries", "skip_reason", "skipped", "skipped_reason"),
    *("started", "stderr", "stderr_lines", "stdout", "stdout_lines", "unreachable", "warnings"),
}

# Not at the top of any result: haproxy's own name for one of the figures of a bake, and an option.
DEEPER = {("rules.py", "retries"), ("deploy_turn.py", "results")}


def reserved(names: Iterable[str]) -> list[str]:
    """Those of the names that no result may have."""
    return sorted(
        name for name in set(names) - AS_ANSIBLE_MEANS if name in RESERVED or name.startswith(("_ansible", "ansible_"))
    )


def written(source: str) -> Iterator[str]:
    """Every constant key that a plugin's code puts into a dictionary, at whatever depth."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Dict):
            yield from (key.value for key in node.keys if isinstance(key, ast.Constant) and isinstance(key.value, str))
        elif isinstance(node, ast.Assign):
            places = [place.slice for place in node.targets if isinstance(place, ast.Subscript)]
            yield from (place.value for place in places if isinstance(place, ast.Constant))
        elif isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] in {"dict", "update"}:
            yield from (word.arg for word in node.keywords if word.arg)


@pytest.mark.parametrize("path", MODULES, ids=structure.name_of)
def test_no_module_documents_a_reserved_name(path: Path) -> None:
    assert reserved(documentation(path.read_text(encoding="utf-8"), "RETURN")) == []


@pytest.mark.parametrize("path", structure.python_files(), ids=structure.name_of)
def test_no_plugin_writes_a_reserved_name(path: Path) -> None:
    found = reserved(written(path.read_text(encoding="utf-8")))
    assert [name for name in found if (path.name, name) not in DEEPER] == []


@pytest.mark.parametrize("answer", [Plan, Record, Result, Settlement, Verdict])
def test_no_answer_of_the_model_has_a_reserved_name(answer: type) -> None:
    names = [field.name for field in fields(answer)]
    assert names
    assert reserved([*names, *written(inspect.getsource(answer))]) == []


def test_the_list_has_what_this_ansible_takes_out_of_results() -> None:
    """2.21 is the first that has a list of its own; the controllers' tests run this with it."""
    task_result = getattr(pytest.importorskip("ansible._internal._task"), "UnifiedTaskResult", None)
    if task_result is None:
        pytest.skip("this ansible-core has no list")
    taken = set(task_result.get_result_key_to_resolved_field_mapping(source_is_module=False))
    added = set(task_result._get_field_name_to_result_key_mapping(for_callback=False, for_round_trip=True).values())
    assert "skipped" in taken
    assert set(reserved(taken | added)) | AS_ANSIBLE_MEANS >= taken | added


@pytest.mark.parametrize(
    "source",
    [
        "answer = {'skipped': []}",
        "answer['results'] = 1",
        "plain.update(warnings=[])",
        "answer = dict(a, rc=1)",
        "return_ = [{**a, '_ansible_x': 1}]",
    ],
)
def test_a_reserved_name_is_found(source: str) -> None:
    assert reserved(written(source))
    assert reserved(["left_out", *AS_ANSIBLE_MEANS]) == []
