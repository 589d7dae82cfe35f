# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The addresses of a statistics page that are refused; tests/integration reads a real one."""

from __future__ import annotations

import os

import pytest

from ansible_collections.openlibrary.deploy.plugins.module_utils._model.errors import InputError
from ansible_collections.openlibrary.deploy.plugins.module_utils._system.haproxy_page import HttpStats


@pytest.mark.parametrize("url", ["", "file:///etc/passwd", "ftp://x/", "http://", os.sep])
def test_urls_that_are_refused(url: str) -> None:
    with pytest.raises(InputError, match="is not an http or https address"):
        HttpStats({"url": url})
