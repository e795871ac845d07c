import pytest
from typer.testing import CliRunner

from pingcheng import app
from tests.fixtures import written_plan
from tests.fixtures.changed_plans import replace_in

TYPES = """
devices = "devices.csv"
[device_types.tanker.tasks]
SPRAYING = "in1"
[device_types.sweeper.tasks]
BRUSHING = "in2"
"""
"""Settings of two types of trackers."""


@pytest.fixture
def check(tmp_path, monkeypatch):
    """Checks a plan whose grid wants BRUSHING, in a folder with settings and devices."""
    monkeypatch.chdir(tmp_path)
    plan = written_plan.write(tmp_path)
    replace_in(plan, 'id = "JY01"\n', 'id = "JY01"\ntasks = ["BRUSHING"]\n')

    def checked(*rows, settings=TYPES):
        (tmp_path / "pingcheng.toml").write_text(settings, encoding="utf-8")
        lines = ["device_id,vehicle_id,datum,type,from,until", *rows]
        (tmp_path / "devices.csv").write_text("\n".join(lines), encoding="utf-8")
        return CliRunner().invoke(app, ["plan", "check", str(plan)])

    return checked


def test_check_warns_of_a_tracker_that_cannot_tell_what_its_streets_want(check):
    result = check("861,晋BQ0384,,tanker,,")
    assert result.exit_code == 0, result.output
    assert (
        "晋BQ0384: its tracker is of type tanker, which has no signal for BRUSHING" in result.stdout
    )
    assert "[task_not_told]" in result.stdout


def test_check_says_nothing_of_trackers_that_can_tell_it_or_tell_no_tasks(check):
    for row in ("861,晋BQ0384,,sweeper,,", "861,晋BQ0384,,,,"):
        result = check(row)
        assert result.exit_code == 0, result.output
        assert "task_not_told" not in result.stdout


def test_a_tracker_that_is_gone_is_not_looked_at_and_one_to_come_is(check):
    gone = "861,晋BQ0384,,tanker,,2020-01-01T00:00:00+08:00"
    to_come = "861,晋BQ0384,,tanker,2099-01-01T00:00:00+08:00,"
    assert "task_not_told" not in check(gone).stdout
    assert "task_not_told" in check(to_come).stdout


def test_without_types_or_devices_nothing_is_known_of_trackers(check):
    for settings in ("", 'devices = "devices.csv"\n'):
        result = check("861,晋BQ0384,,,,", settings=settings)
        assert result.exit_code == 0, result.output
        assert "task_not_told" not in result.stdout
        assert result.stderr == ""


def test_a_fault_in_the_settings_is_noted_and_none_of_the_plan(check):
    result = check("861,晋BQ0384,,plough,,")
    assert result.exit_code == 0, result.output
    assert "note: trackers are not looked at: devices.csv:2: 'plough'" in result.stderr
