import pytest
from typer.testing import CliRunner

from analytics.tracking.faults import REMEDIES, TRACKING_MEANINGS, TrackingCode
from geofence.seen.observe import SKEW_MS
from ingest.clock.reading import ClockCode, ClockThresholds
from pingcheng import app


def test_every_code_has_a_meaning_and_a_remedy():
    assert set(TRACKING_MEANINGS) == set(REMEDIES) == set(TrackingCode)
    assert {str(code) for code in ClockCode} <= {str(code) for code in TrackingCode}


def test_a_clock_is_ahead_from_the_minute_on_that_flags_a_grid():
    assert ClockThresholds().ahead_s * 1000 == SKEW_MS


@pytest.mark.parametrize(
    ("arguments", "code"),
    [(["--plan", "no.toml"], 1), ([], 2), (["--plan", "no.toml", "--date", "today"], 2)],
)
def test_what_cannot_run_says_why(arguments, code, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(app, ["tracking", *arguments])
    assert result.exit_code == code
    assert result.stderr
    assert "Traceback" not in result.output
