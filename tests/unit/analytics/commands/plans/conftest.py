"""Fixtures of tests of the commands of analytics."""

from tests.fixtures.reported_town import plan  # noqa: F401 - a fixture
