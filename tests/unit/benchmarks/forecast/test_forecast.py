"""The benchmark of the forecast runs, and counts as it says."""

import sys

import numpy as np
import pandas as pd
import pytest

from benchmarks.forecast.__main__ import LEARNED, RULE, Trial, Trials, brier, main, warnings_of
from benchmarks.forecast.days import delayed


def trial(*chances: float, missed: bool) -> Trial:
    """A window of 15 minutes and 10 of grace, open as long as there are chances."""
    told = np.array(chances)
    left_min = 15.0 - 5.0 * np.arange(len(told))
    return Trial("clean", missed, 5, left_min, {LEARNED: told, RULE: (told > 0.5) * 1.0})


def test_a_tiny_run_prints_its_tables(monkeypatch, capsys):
    arguments = ["--days", "2", "--warm-up", "1", "--grids", "2"]
    monkeypatch.setattr(sys, "argv", ["forecast", *arguments])
    main()
    output = capsys.readouterr().out
    assert "2 grids, 1 days after 1" in output
    assert "Calibration" in output


def test_a_warm_up_as_long_as_the_days_is_wrong_use(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["forecast", "--days", "2", "--warm-up", "2"])
    with pytest.raises(SystemExit) as exited:
        main()
    assert exited.value.code == 2
    assert "--warm-up" in capsys.readouterr().err


def test_a_warning_counts_from_when_it_holds_until_the_end():
    windows = [
        trial(0.9, 0.2, 0.9, 1.0, 1.0, missed=True),
        trial(0.9, 0.9, 0.9, 1.0, 1.0, missed=True),
        trial(0.2, 0.2, 0.2, 1.0, 1.0, missed=True),  # only in grace
        trial(0.9, 0.1, missed=False),
        trial(0.1, missed=False),
    ]
    found = warnings_of(windows, LEARNED, 0.5)
    assert (found.warned, found.right, found.missed) == (3, 2, 3)
    assert (found.precision, found.recall) == (pytest.approx(2 / 3), pytest.approx(2 / 3))
    assert found.median_min == 5.0


def test_each_instant_counts_alike_however_its_window_went():
    trials = Trials([trial(0.5, 1.0, 1.0, 1.0, 1.0, missed=True), trial(0.5, missed=False)])
    assert brier(trials, LEARNED) == pytest.approx(2 * 0.25 / 6)


def test_a_truck_that_breaks_down_stands_and_does_later_what_it_was_about_to_do():
    minutes = pd.Series(
        pd.date_range("2022-03-28 07:00", periods=4, freq="min", tz="UTC")
    ).dt.as_unit("ms")
    pings = pd.DataFrame(
        {"event_time": minutes, "received_time": minutes, "longitude": [113.0, 113.1, 113.2, 113.3],
         "latitude": 40.0, "speed_mps": 5.0, "heading_deg": 90.0}
    )  # fmt: skip
    from_ms = int(minutes[2].timestamp() * 1000)
    found = delayed(pings, from_ms, 600_000, np.random.default_rng(1)).sort_values("event_time")
    assert found["event_time"].iloc[[0, 1, -2, -1]].dt.strftime("%H:%M").tolist() == [
        "07:00", "07:01", "07:12", "07:13"
    ]  # fmt: skip
    standing = found.iloc[2:-2]
    assert len(standing) == 59
    assert standing["longitude"].between(113.0999, 113.1001).all()
    assert (standing["speed_mps"] == 0.0).all()
