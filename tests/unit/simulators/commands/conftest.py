from pathlib import Path

import pytest
from typer.testing import CliRunner

from pingcheng import app


@pytest.fixture(scope="session")
def run():
    """Run pingcheng with words of its command line."""
    return lambda *words: CliRunner().invoke(app, [str(word) for word in words])


@pytest.fixture(scope="package")
def town(run, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("town")
    result = run("city", "--grids", 3, "--out", folder)
    assert result.exit_code == 0, result.output
    return folder


@pytest.fixture
def simulate(run, town):
    """Simulate a date in the town."""
    common = ("simulate", "--plan", town / "plan.toml", "--date", "2022-04-01")
    return lambda *more: run(*common, *more)
