"""`pingcheng verdict` and `pingcheng plan store` on real databases: what they tell and prove."""

import socket
from dataclasses import replace

import pytest
from typer.testing import CliRunner

from analytics.history.history import History
from geofence.plan.plan import Exemption
from ingest.log.pinglog import open_log
from pingcheng import app
from tests.fixtures import recorded_city as city

GRID, WINDOW, DAY = "JY02", "14:30-17:30", "2022-03-28"
STREET = "光庆里"
"""Was collected by half."""
plan_file = city.plan_file


def run(*arguments):
    return CliRunner().invoke(app, list(map(str, arguments)))


@pytest.fixture
def url(database_url):
    """A log with a mixed day, judged and recorded."""
    with open_log(database_url) as log:
        city.write(log, city.simulated().pings)
        history = History(log)
        history.store_plan(city.city(), 1)
        history.record(city.judged(log.read_pings()), city.NIGHT_MS, city.sequence(log))
    return database_url


def show(url, *arguments):
    return run("verdict", "show", GRID, DAY, WINDOW, *arguments, "--database", url)


def test_a_street_is_shown_with_all_that_proves_it(url):
    result = show(url, STREET, "--language", "en")
    assert result.exit_code == 0, result.output
    for part in (
        f"{GRID} {DAY} {WINDOW} {STREET}", "partial (final)", "SCHEMATIC", "first judged",
        "2022-03-28 14:30:00+08:00 – 2022-03-28 17:30:00+08:00", city.city().version,
        "served_ratio 0.9", "missing        211.1 m (50.7%)", "fixes, 2022-03-28 14:30:03",
        "gaps  none", "    missing  0.0 – 176.7 m  (176.7 m)", "covered  204.0 → 0.0 m  14:54:33",
    ):  # fmt: skip
        assert part in result.stdout, part


def test_a_street_and_a_grid_are_proved_again_from_record_and_log(url):
    result = show(url, STREET, "--recompute", "--language", "en")
    assert result.exit_code == 0, result.output
    assert f"from the record alone  {STREET}: partial 0.4928: agrees" in result.stdout
    assert f"from the log  {STREET}: partial 0.4928: agrees, same evidence" in result.stdout
    whole = show(url, "--recompute", "--language", "en")
    assert whole.exit_code == 0, whole.output
    assert "from the record alone  grid: partial" in whole.stdout
    streets = {section.name for section in city.city().sections if GRID in section.grids}
    assert whole.stdout.count("agrees, same evidence") == len(streets) + 1


def test_what_is_recomputed_after_a_change_of_plan_is_judged_by_the_last_plan(url):
    closed = Exemption(city.DATE, city.DATE, "road_closed", "", GRID, (STREET,))
    other = city.versioned(replace(city.city(), exemptions=(closed,)))
    with open_log(url) as log:
        history = History(log)
        history.store_plan(other, 2)
        day = city.judged(log.read_pings(), other)
        history.record(day, city.NIGHT_MS, city.sequence(log))
    whole = show(url, "--recompute", "--language", "en")
    assert whole.exit_code == 0, whole.output
    assert "exempt" in whole.stdout
    gone = show(url, STREET, "--language", "en")
    assert (gone.exit_code, "exempt (revised)" in gone.stdout) == (0, True)
    again = show(url, STREET, "--recompute")
    assert (again.exit_code, "is not judged" in again.stderr) == (1, True)


def test_a_history_lists_every_revision(url):
    with open_log(url) as log:
        before = city.simulated().pings
        truck = city.city().grids[1].vehicles[0]
        fewer = city.judged(before[before["vehicle_id"] != truck])
        # as if most of it had been heard by then
        History(log).record(fewer, city.NIGHT_MS, city.sequence(log) + 1)
    result = run("verdict", "history", GRID, DAY, WINDOW, STREET, "--database", url,
                 "--language", "en")  # fmt: skip
    assert result.exit_code == 0, result.output
    rows = [line for line in result.stdout.splitlines() if "city" not in line and "│" in line]
    assert len(rows) == 2
    assert "partial" in rows[0]
    assert "first judged" in rows[0]
    assert "unknown" in rows[1]
    assert "late pings" in rows[1]


def test_a_database_that_is_down_is_an_error_and_not_a_traceback(tmp_path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"postgresql+psycopg://postgres@127.0.0.1:{free.getsockname()[1]}/pings"
    for arguments in (
        ("verdict", "show", GRID, DAY, WINDOW), ("verdict", "history", GRID, DAY, WINDOW),
        ("plan", "versions"),
    ):  # fmt: skip
        result = run(*arguments, "--database", url)
        assert result.exit_code == 1
        assert result.stderr.startswith("error: the ping log postgresql")
    absent = run("plan", "versions", "--database", f"sqlite:///{tmp_path / 'none.db'}")
    assert (absent.exit_code, "there is no ping log" in absent.stderr) == (1, True)


# Plans


def test_a_plan_is_stored_and_listed(database_url, plan_file):
    open_log(database_url).close()
    none = run("plan", "versions", "--database", database_url)
    assert (none.exit_code, "no plan is stored" in none.stdout) == (0, True)
    first = run("plan", "store", plan_file, "--database", database_url)
    assert first.exit_code == 0, first.output
    assert "valid from 2022-03-25: stored" in first.stdout
    again = run("plan", "store", plan_file, "--database", database_url)
    assert (again.exit_code, "was stored before: nothing to do" in again.stdout) == (0, True)
    listed = run("plan", "versions", "--database", database_url)
    assert listed.exit_code == 0
    with open_log(database_url) as log:
        (stored,) = History(log).plans()
    for part in ("2022-03-25", stored.version, "Synthetic collection of 6 grids"):
        assert part in listed.stdout
