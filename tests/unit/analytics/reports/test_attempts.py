import json
from datetime import date

import pytest

from analytics.reports.attempts import FILE, KILLED, Attempt, Attempts

ONE, OTHER = date(2022, 3, 28), date(2022, 3, 29)


def test_a_night_that_succeeds_leaves_nothing_behind(tmp_path):
    attempts = Attempts(tmp_path, 5)
    attempts.begin(ONE)
    attempts.end(ONE)
    attempts.end(OTHER)
    assert (list(tmp_path.iterdir()), dict(attempts.failed)) == ([], {})


def test_a_night_is_known_as_tried_before_it_begins(tmp_path):
    Attempts(tmp_path / "reports", 5).begin(ONE)
    assert dict(Attempts(tmp_path / "reports", 6).failed) == {ONE: Attempt(1, 5, 5, KILLED)}


def test_how_often_since_when_and_why_are_kept_until_it_succeeds(tmp_path):
    for now_ms in (5, 7):
        attempts = Attempts(tmp_path, now_ms)
        attempts.begin(ONE)
        attempts.fail(ONE, "满")
        attempts.begin(OTHER)
        attempts.fail(OTHER, "no")
    again = Attempts(tmp_path, 9)
    assert dict(again.failed) == {ONE: Attempt(2, 5, 7, "满"), OTHER: Attempt(2, 5, 7, "no")}
    again.end(ONE)
    assert list(json.loads((tmp_path / FILE).read_text("utf-8"))["failed"]) == ["2022-03-29"]


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"failed": 1}', '{"failed": {"x": {}}}'])
def test_a_file_that_is_none_of_ours_tells_nothing_and_is_replaced(tmp_path, text):
    (tmp_path / FILE).write_text(text)
    attempts = Attempts(tmp_path, 5)
    assert not attempts.failed
    attempts.begin(ONE)
    assert list(Attempts(tmp_path, 6).failed) == [ONE]


def test_where_it_cannot_be_kept_that_is_said_and_it_is_known_all_the_same(tmp_path):
    (tmp_path / "reports").write_text("in the way")
    attempts = Attempts(tmp_path / "reports", 5)
    with pytest.raises(OSError, match="reports"):
        attempts.begin(ONE)
    assert list(attempts.failed) == [ONE]
