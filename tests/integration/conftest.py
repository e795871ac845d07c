"""Fixtures of tests with real parts."""

from tests.fixtures.reported_town import plan  # noqa: F401 - a fixture
from tests.fixtures.served_processes import plan_file  # noqa: F401 - a fixture
