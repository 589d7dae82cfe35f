"""Writes docs/variables.md from the specification of the site: variables.py, in the checkout."""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / ".ansible" / "collections"))

from ansible_collections.openlibrary.deploy.plugins.plugin_utils.site.render import documentation  # noqa: E402

if __name__ == "__main__":
    (ROOT / "docs" / "variables.md").write_text(documentation(), encoding="utf-8")
