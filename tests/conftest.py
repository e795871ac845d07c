"""Fixtures that every kind of test may ask for."""

import os
from pathlib import Path

import pytest
from hypothesis import settings

from tests.fixtures.quick_log import (  # noqa: F401 - fixtures
    log_url,
    new_log_file,
    new_log_url,
    no_syncing,
    server_log_url,
)
from tests.servers.postgres import database_url, postgres_server  # noqa: F401 - fixtures

# what was observed before a change of code is no test of it
os.environ.setdefault("PINGCHENG_OBSERVATIONS_MIB", "0")

# no test fails because the machine is busy; each run draws other examples, so many runs try many
settings.register_profile("any machine", deadline=None, max_examples=50)
settings.register_profile("thorough", deadline=None, max_examples=1_000)
settings.load_profile("any machine")


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Real data kept beside the checkout; its absence is a failure where CI is set."""
    folder = Path(__file__).resolve().parents[2] / "shared" / "data"
    if not folder.is_dir():
        if os.environ.get("CI"):
            pytest.fail(f"{folder} is absent")
        pytest.skip(f"{folder} is absent")
    return folder
