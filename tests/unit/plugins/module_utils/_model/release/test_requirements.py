# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a requirements file asks for."""

from __future__ import annotations

import pytest

from ansible_collections.openlibrary.deploy.plugins.module_utils._model.errors import InputError
from ansible_collections.openlibrary.deploy.plugins.module_utils._model.release import requirements as model


def lines(text: str, **more: str) -> tuple[str, ...]:
    return model.collect("requirements.txt", {"requirements.txt": text, **more}.get).lines


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("a==1\nb==2\n", "b==2\na==1\n"),
        ("a==1\n", "# hello\n\na==1  # why\n"),
        ("Web.Py == 0.62\n", "web-py==0.62"),
        ("a==1 \\\n  --hash=sha256:00\n", "a==1 --hash=sha256:00"),
        ('a==1; python_version > "3"', 'a==1 ;python_version>"3"'),
        ("a==1\r\nb==2\r\n", "a==1\nb==2\n"),
    ],
)
def test_what_does_not_matter(text: str, same: str) -> None:
    assert lines(text) == lines(same)


@pytest.mark.parametrize(
    ("text", "other"),
    [
        ("a==1\n", "a==2\n"),
        ("a==1\n", "a==1\nb\n"),
        ("a[x]==1\n", "a==1\n"),
        ("a @ git+https://h/a@1#egg=a\n", "a @ git+https://h/a@2#egg=a\n"),
        ("git+https://h/a@1#egg=a\n", "git+https://h/a@1#egg=b\n"),
        ("a\n", "--pre\na\n"),
    ],
)
def test_what_matters(text: str, other: str) -> None:
    assert lines(text) != lines(other)


@pytest.mark.parametrize(
    "include", ["-r sub/more.txt", "--requirement sub/more.txt", "-rsub/more.txt", "--requirement=sub/more.txt"]
)
def test_included_files_count(include: str) -> None:
    found = model.collect(
        "requirements.txt",
        {"requirements.txt": f"{include}\n", "sub/more.txt": "a\n-r last.txt\n", "sub/last.txt": "b\n"}.get,
    )
    assert found.lines == ("a", "b")
    assert [path for path, _text in found.files] == ["requirements.txt", "sub/last.txt", "sub/more.txt"]


def test_constraints_are_told_from_requirements() -> None:
    assert lines("-c c.txt\na\n", **{"c.txt": "a==1\n"}) == ("-c a==1", "a")


def test_files_that_include_each_other_end() -> None:
    assert lines("-r b.txt\na\n", **{"b.txt": "-r requirements.txt\nb\n"}) == ("a", "b")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("-r absent.txt", "absent.txt is not in the release"),
        ("-r ../outside.txt", "does not lie in the release"),
        ("-r /etc/passwd", "does not lie in the release"),
        ("-r https://example.org/r.txt", "does not lie in the release"),
        ("-e .", "local directory"),
        ("./vendor/x", "local directory"),
        ("--editable git+https://h/a#egg=a", "local directory"),
        ("a @ file:///tmp/a", "local directory"),
    ],
)
def test_what_cannot_be_shipped(text: str, sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        lines(text)


def test_difference_pairs_lines_by_project() -> None:
    before = lines("a==1\nb==1\nweb.py==0.6\ngit+https://h/x@1#egg=gx\n-c c.txt\n", **{"c.txt": "a<2\n"})
    after = lines("A==2\nweb-py==0.6\nc\ngit+https://h/x@2#egg=gx\n")
    change = model.compare_requirements(before, after)
    assert change.added == ("c",)
    assert change.removed == ("-c a<2", "b==1")
    assert change.changed == ("a==1 -> a==2", "git+https://h/x@1#egg=gx -> git+https://h/x@2#egg=gx")
    assert "+a==2" in change.diff


def test_environment_name_depends_on_python_and_platform() -> None:
    names = {
        model.environment_name(("a",), python, platform)
        for python in ("3.11", "3.12")
        for platform in ("linux_x86_64", "linux_aarch64")
    }
    assert len(names) == 4
    assert all(model.check_environment_name(name) == name for name in names)


@pytest.mark.parametrize("name", ["", "../x", "0123456789ABCDEF", "0" * 15, "0" * 17])
def test_names_that_are_no_environment(name: str) -> None:
    with pytest.raises(InputError):
        model.check_environment_name(name)


@pytest.mark.parametrize(
    ("wheel", "start"),
    [
        ("tiny-1.0-py3-none-any.whl", "tiny==1.0 --hash=sha256:00"),
        ("web.py-0.62-1build-py3-none-any.whl", "web-py==0.62 "),
        ("lxml-5.1.0-cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64.whl", "lxml==5.1.0 "),
        ("a_b-1.0+local.1-py3-none-any.whl", "a-b==1.0+local.1 "),
    ],
)
def test_lock_lines(wheel: str, start: str) -> None:
    assert model.lock_line(wheel, "00").startswith(start)


@pytest.mark.parametrize(
    "name", ["tiny-1.0.tar.gz", "tiny.whl", "../tiny-1.0-py3-none-any.whl", "a b-1-py3-none-any.whl"]
)
def test_what_is_no_wheel(name: str) -> None:
    with pytest.raises(InputError):
        model.lock_line(name, "00")
