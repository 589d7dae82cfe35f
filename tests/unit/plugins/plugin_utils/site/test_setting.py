from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.openlibrary.deploy.plugins.module_utils._model.option import Option
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.site.setting import read_value
from ansible_collections.openlibrary.deploy.plugins.plugin_utils.site.specification import BY_NAME, SETTINGS


@pytest.mark.parametrize(
    ("name", "value", "read"),
    [
        ("deploy_check_timeout", 60, 60),
        ("deploy_check_timeout", "60", 60),  # -e gives texts
        ("deploy_check_timeout", " 1.5 ", 1.5),
        ("deploy_check_timeout", 60.0, 60),
        ("deploy_ramp_hold", 0, 0),
        ("deploy_min_free_mib", "4096", 4096),
        ("deploy_require_staged", "yes", True),
        ("deploy_require_staged", "Off", False),
        ("deploy_require_staged", 1, True),
        ("deploy_ramp", [10, "50", 100], [10, 50, 100]),
        ("deploy_ramp", "10,100", [10, 100]),
        ("deploy_ramp", 100, [100]),
        ("deploy_root", "/srv/shop/", "/srv/shop"),
        ("deploy_pause_after_blue", False, ""),
        ("deploy_pause_after_blue", 0.02, "0.02"),
        ("deploy_pause_after_blue", "person", "person"),
        ("deploy_bake_probe_paths", "/,/works/1", ["/", "/works/1"]),
        ("deploy_bake_probe_paths", "", []),
        ("deploy_user", "_ship-1", "_ship-1"),
    ],
)
def test_reads(name: str, value: Any, read: Any) -> None:
    assert BY_NAME[name].read(value) == (read, "")


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("check_timeout", "60s", "is '60s': it takes seconds as a number, for example 60."),
        ("check_timeout", True, "is true: it takes seconds as a number, for example 60."),
        ("check_timeout", float("nan"), "is nan: it takes seconds as a number, for example 60."),
        ("check_timeout", "inf", "is 'inf': it takes seconds as a number, for example 60."),
        ("check_timeout", "1_0", "is '1_0': it takes seconds as a number, for example 60."),
        ("check_timeout", [60], "is [60]: it takes seconds as a number, for example 60."),
        ("check_timeout", 0, "is 0: it must be more than 0, in seconds."),
        ("check_timeout", -1, "is -1: it must be more than 0, in seconds."),
        ("check_timeout", 86401, "is 86401: it must be 86400 or less, in seconds."),
        ("orphan_timeout", "15m", "is '15m': it takes seconds as a number, for example 900."),
        ("ramp_hold", -1, "is -1: it must be 0 or more, in seconds."),
        ("min_free_mib", 1.5, "is 1.5: it takes MiB as a whole number, for example 4096."),
        ("min_in_rotation", "one", "is 'one': it takes a whole number, for example 1."),
        ("bake_requests", 1.5, "is 1.5: it takes a whole number, for example 100."),
        ("bake_seconds", 0, "is 0: it must be more than 0, in seconds."),
        ("bake_warmup", 5000000, "is 5000000: it must be 86400 or less, in seconds."),
        ("bake_absolute", -0.1, "is -0.1: it must be 0 or more."),
        ("bake", "judg", "is 'judg': it must be judge, inform or skip (did you mean judge?)."),
        ("require_staged", "maybe", "is 'maybe': it takes true or false, for example true."),
        ("require_staged", 2, "is 2: it takes true or false, for example true."),
        ("root", "srv", "is 'srv': it takes an absolute path, for example '/opt/openlibrary'."),
        (
            "root",
            "/",
            "is '/': it takes an absolute path other than /, without '.', '..' or '//', for example ",
        ),
        ("python", "python3", "is 'python3': it takes an absolute path, for example '/usr/bin/python3'."),
        (
            "supervisor_socket",
            "/a/../b",
            "is '/a/../b': it takes an absolute path, for example '/run/supervisor.sock'.",
        ),
        (
            "user",
            "Jane Doe",
            "is 'Jane Doe': it takes the name of a user: up to 64 letters, digits and _.@-, for example 'deploy'.",
        ),
        ("user", 7, "is 7: it takes text in quotes, for example 'deploy'."),
        (
            "project",
            "No",
            "is 'No': it takes the name of a project: a lower-case letter, then a-z, 0-9, _ and -, for ",
        ),
        ("projects", [], "is []: it takes a dictionary, for example {openlibrary: {"),
        ("services", {}, "is {}: it takes a list of dictionaries, for example [{name: 'web', "),
        ("services", ["web"], "is ['web']: it takes a list of dictionaries, for example [{name: 'web', "),
        ("ramp", [100, 10], "is [100, 10]: it must rise, start at 1 percent or more, and end at 100."),
        ("ramp", [10, 50], "is [10, 50]: it must rise, start at 1 percent or more, and end at 100."),
        ("ramp", [], "is []: it must rise, start at 1 percent or more, and end at 100."),
        ("ramp", ["half"], "is ['half']: it takes a list of whole numbers, for example [10, 50, 100]."),
        ("ramp", "[10,100]", "is '[10,100]': it takes a list of whole numbers, for example [10, 50, 100]."),
        ("bake_probe_host", "a b", "is 'a b': it takes the name of a host."),
        (
            "bake_probe_paths",
            ["x"],
            "is ['x']: it takes paths of pages, which begin with / and hold visible ASCII only, for example ['/'].",
        ),
        ("who", "a\nb", "is 'a\\nb': it takes one line of printable text, for example 'jane@example.org'."),
        (
            "pause_after_blue",
            "blue",
            "is 'blue': give person, a number of minutes up to 1440, or nothing for no pause.",
        ),
        ("moving_tag", "a b", ": 'a b' cannot be the name of a tag: "),
        ("moving_tag", "deploy-2026-01-02", ": 'deploy-2026-01-02' cannot be the moving tag: "),
    ],
)
def test_refuses(name: str, value: Any, sentence: str) -> None:
    setting = BY_NAME[f"deploy_{name}"]
    read, said = setting.read(value)
    assert said.startswith(f"{setting.name} {sentence}".replace(" : ", ": "))
    assert said == f"{setting.name} {sentence}".replace(" : ", ": ") or not sentence.endswith(".")
    assert read == setting.default


@pytest.mark.parametrize(
    ("option", "shown"),
    [
        (Option("word", "str", "", secret=True), "not right"),
        (Option("api_token", "str", ""), "not right"),
        (Option("Password", "str", ""), "not right"),
        (Option("token_age", "str", "", secret=False), "31415"),
        (Option("passive", "str", ""), "31415"),
    ],
)
def test_a_secret_is_not_shown(option: Option, shown: str) -> None:
    assert read_value("x", option, 31415) == ("", f"x is {shown}: it takes text in quotes.")


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.name)
def test_default_and_example_are_right(setting: Any) -> None:
    if setting.option.default is not None:
        assert setting.read(setting.option.default) == (setting.default, "")
    if setting.example is not None:
        assert setting.read(setting.example)[1] == ""


def test_a_default_is_nobody_elses() -> None:
    BY_NAME["deploy_ramp"].default.append(1)
    assert BY_NAME["deploy_ramp"].default == [10, 100]


def test_a_long_value_is_cut_short() -> None:
    said = BY_NAME["deploy_check_timeout"].read("9" * 30 + "x" * 500)[1]
    assert len(said) < 200 and "..." in said
