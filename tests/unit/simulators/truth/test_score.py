import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geofence.plan.plan import ServiceRules
from simulators.truth.score import ScoreError, is_borderline, score, true_verdict
from simulators.truth.truth import TRUTH_COLUMNS

RULES = ServiceRules()
RATIOS = st.floats(0.0, 1.0)


def scored(tmp_path, *rows):
    """Rows: verdict, ratio in window, ratio by deadline, fault; one street each."""
    truth = [
        ("2022-04-01", "JY01", "07:00-10:00", f"{number}街", 500.0, now, later, fault)
        for number, (_verdict, now, later, fault) in enumerate(rows)
    ]
    verdicts = [
        (*truth[number][:4], verdict)
        for number, (verdict, *_rest) in enumerate(rows)
        if verdict is not None
    ]
    columns = list(TRUTH_COLUMNS)
    pd.DataFrame(truth, columns=columns).to_csv(tmp_path / "truth.csv", index=False)
    pd.DataFrame(verdicts, columns=[*columns[:4], "verdict"]).to_csv(
        tmp_path / "streets.csv", index=False
    )
    return score(tmp_path / "streets.csv", tmp_path / "truth.csv")


@pytest.mark.parametrize(
    ("now", "later", "expected"),
    [
        (0.9, 0.9, "served"),
        (0.89, 0.9, "late"),
        (0.5, 0.89, "partial"),
        (0.0, 0.11, "partial"),
        (0.0, 0.1, "skipped"),
    ],
)
def test_the_true_verdict_follows_the_thresholds(now, later, expected):
    assert true_verdict(now, later, RULES) == expected


@given(now=RATIOS, more=RATIOS, shift=st.floats(-0.03, 0.03))
def test_a_shift_of_a_border_s_width_changes_no_verdict_that_is_scored(now, more, shift):
    later = now + (1 - now) * more
    if not is_borderline(now, later, RULES):
        assert true_verdict(now + shift, later, RULES) == true_verdict(now, later, RULES)
        assert true_verdict(now, later + shift, RULES) == true_verdict(now, later, RULES)


def test_right_wrong_borderline_unknown_and_missing_are_told_apart(tmp_path):
    found = scored(
        tmp_path,
        ("served", 1.0, 1.0, ""),
        ("late", 0.0, 1.0, "late"),
        ("skipped", 1.0, 1.0, ""),
        ("skipped", 0.0, 1.0, "late"),
        ("served", 0.0, 0.0, "skip"),
        ("served", 0.88, 1.0, ""),
        ("unknown", 1.0, 1.0, "gap"),
        ("unknown", 1.0, 1.0, ""),
        (None, 1.0, 1.0, ""),
    )
    assert found.counts() == {
        "right": 2,
        "wrong": 3,
        "borderline": 1,
        "unknown": 1,
        "unknown_without_gap": 1,
        "missing": 1,
        "false_skip": 2,
        "false_served": 1,
    }
    assert not found.passed
    assert found.confusion.loc["served", "skipped"] == 1
    assert found.confusion.to_numpy().sum() == 8
    assert len(found.errors) == 5


@pytest.mark.parametrize(
    ("verdict", "in_window", "by_deadline", "counted"),
    [
        ("served", 0.0, 1.0, 1),
        ("served", 0.0, 0.5, 1),
        ("late", 0.0, 0.5, 1),
        ("late", 0.0, 0.0, 1),
        ("late", 1.0, 1.0, 0),
        ("partial", 1.0, 1.0, 0),
    ],
)
def test_a_street_called_served_or_late_that_was_not_is_counted_as_false_served(
    tmp_path, verdict, in_window, by_deadline, counted
):
    found = scored(tmp_path, (verdict, in_window, by_deadline, ""))
    assert (found.wrong, found.false_served) == (1, counted)


def test_all_right_passes_with_unknown_only_where_the_tracker_was_silent(tmp_path):
    assert scored(tmp_path, ("served", 1.0, 1.0, ""), ("unknown", 0.0, 0.0, "gap")).passed
    assert not scored(tmp_path, ("unknown", 0.0, 0.0, "skip")).passed


def test_a_verdict_on_what_was_not_simulated_is_left_alone(tmp_path):
    scored(tmp_path, ("served", 1.0, 1.0, ""), ("skipped", 1.0, 1.0, ""))
    truth = pd.read_csv(tmp_path / "truth.csv").iloc[:1]
    truth.to_csv(tmp_path / "truth.csv", index=False)
    found = score(tmp_path / "streets.csv", tmp_path / "truth.csv")
    assert (found.right, found.passed) == (1, True)


def test_a_file_that_cannot_be_scored_is_named(tmp_path):
    with pytest.raises(ScoreError, match=r"truth\.csv: no such file"):
        score(tmp_path / "streets.csv", tmp_path / "truth.csv")
    scored(tmp_path, ("served", 1.0, 1.0, ""))
    (tmp_path / "streets.csv").write_text("service_date,grid_id\n", encoding="utf-8")
    with pytest.raises(ScoreError, match=r"streets\.csv: no column window, street, verdict"):
        score(tmp_path / "streets.csv", tmp_path / "truth.csv")


def test_a_street_judged_twice_is_refused(tmp_path):
    scored(tmp_path, ("served", 1.0, 1.0, ""))
    text = (tmp_path / "streets.csv").read_text(encoding="utf-8")
    (tmp_path / "streets.csv").write_text(text + text.splitlines()[1] + "\n", encoding="utf-8")
    with pytest.raises(ScoreError, match="named more than once: 2022-04-01, JY01"):
        score(tmp_path / "streets.csv", tmp_path / "truth.csv")
