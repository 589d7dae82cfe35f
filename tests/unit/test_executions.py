"""Counting remote executions in captured words of ansible-core 2.19."""

from __future__ import annotations

import pytest

from tests.executions import count

HOSTS = {12203: "ol-web3", 12205: "ol-www1"}
MODULE = (
    "<127.0.0.1> SSH: EXEC ssh -o ControlMaster=auto -o ControlPersist=120s -o Port=12203 -o ConnectTimeout=10 "
    "127.0.0.1 '/bin/sh -c '\"'\"'sudo -H -S -n  -u root /bin/sh -c true && sleep 0'\"'\"''"
)
OUTPUT = f"""\
<127.0.0.1> ESTABLISH SSH CONNECTION FOR USER: deploy
{MODULE}
<127.0.0.1> (0, b'{{"msg": "<x> SSH: EXEC ssh -o Port=12205 "}}', b'')
  ol-web3    said <127.0.0.1> SSH: EXEC ssh -o Port=12205 in the middle of a line
<127.0.0.1> PUT /root/.cache/openlibrary.deploy/a.tar TO /opt/openlibrary/spool/a.tar
<127.0.0.1> SSH: EXEC sftp -b - -o ControlMaster=auto -o Port=12205 -o ConnectTimeout=10 '[127.0.0.1]'
{MODULE}
"""


def test_each_execution_counts_where_it_ran() -> None:
    assert count(OUTPUT, HOSTS) == {"ol-web3": 2, "ol-www1": 1}


def test_nothing_ran() -> None:
    assert count("PLAY RECAP\n", HOSTS) == {}


def test_a_host_that_nobody_named_is_an_error() -> None:
    with pytest.raises(KeyError):
        count(OUTPUT.replace("12205", "22"), HOSTS)
