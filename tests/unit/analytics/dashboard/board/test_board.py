import pytest

from analytics.dashboard.board.board import StreetWindow, check_report, last_collected_ms, of_street


def window(start_ms, end_ms, state, started_ms=None, completed_ms=None):
    name = f"{start_ms}-{end_ms}"
    return StreetWindow(
        {
            "key": f"G|{name}", "window": name, "start_ms": start_ms, "end_ms": end_ms,
            "grace_end_ms": end_ms + 10, "deadline_ms": end_ms + 50,
        },
        {
            "street": "云中街", "state": state, "started_ms": started_ms,
            "completed_ms": completed_ms,
        },
    )  # fmt: skip


@pytest.mark.parametrize(
    ("state", "now_ms", "outcome", "until_ms"),
    [
        ("upcoming", 50, "not_yet", 200),
        ("on_track", 150, "not_yet", 200),
        ("at_risk", 195, "not_yet", 200),
        ("at_risk", 205, "not_yet", 200),
        ("overdue", 220, "not_yet", 250),
        ("skipped", 260, "missed", None),
        ("partial", 260, "missed", None),
        ("unknown", 260, "unknown", None),
        ("exempt", 150, "exempt", None),
    ],
)
def test_a_report_is_answered_by_the_state_of_the_street(state, now_ms, outcome, until_ms):
    found = check_report([window(100, 200, state)], now_ms)
    assert (found.outcome, found.window_end_ms) == (outcome, until_ms)


@pytest.mark.parametrize("state", ["served", "late"])
def test_a_collected_street_is_told_with_its_times(state):
    found = check_report([window(100, 200, state, 110, 130)], 150)
    assert (found.outcome, found.from_ms, found.to_ms) == ("collected", 110, 130)


def test_of_several_windows_the_latest_that_has_begun_counts():
    windows = [
        window(100, 200, "skipped"),
        window(300, 400, "on_track"),
        window(500, 600, "upcoming"),
    ]
    assert check_report(windows, 290).outcome == "missed"
    assert check_report(windows, 290).window == "100-200"
    assert check_report(windows, 350).window_end_ms == 400


def test_a_street_without_service_today_is_not_missed():
    assert check_report([], 100).outcome == "not_yet"
    assert check_report([], 100).window_end_ms is None


def test_windows_of_a_street_come_in_the_order_they_begin():
    late, early = window(300, 400, "upcoming"), window(100, 200, "served", 110, 130)
    other = {"street": "支路", "state": "upcoming"}
    found = of_street(
        [(late.window, [other, late.street]), (early.window, [early.street])], "云中街"
    )
    assert [each.window["start_ms"] for each in found] == [100, 300]
    assert last_collected_ms(found) == 130
    assert last_collected_ms([late]) is None
