"""Which release this process runs: asked for once, at its start, as get_software_version() does it."""

import os

RELEASE = os.environ.get("DEPLOY_RELEASE") or os.path.basename(os.path.realpath(os.getcwd()))
