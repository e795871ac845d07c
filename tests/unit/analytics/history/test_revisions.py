"""What is new about a verdict, decided without a database."""

from dataclasses import replace
from pathlib import Path

import pytest

from analytics.history.revisions import (
    CAUSE_MEANINGS,
    STATUS_MEANINGS,
    Cause,
    Finding,
    Known,
    News,
    RecordStatus,
    revise,
)

KEY = ("JY01", "07:00-10:00", "云中街")
FOUND = Finding(KEY, {"verdict": "served"}, "new", b"record", True, ("晋B1",), 1000, 2000)
KNOWN = Known(1, "skipped", "final", "old")
SAME = News(plan_changed=False, pings_came=False, spans={})
PINGS = replace(SAME, pings_came=True)
PLAN = replace(SAME, plan_changed=True)


def causes(known, news, finding=FOUND):
    return [each.cause for each in revise([finding], {KEY: known}, (), news)]


def test_another_result_from_the_same_pings_and_plan_is_the_programs():
    assert causes(KNOWN, SAME) == ["program"]


@pytest.mark.parametrize(
    ("span", "cause"),
    [((0, 999), "plan"), ((0, 1000), "late_pings|plan"), ((1999, 5000), "late_pings|plan"),
     ((2000, 5000), "plan")],
)  # fmt: skip
def test_with_another_plan_pings_are_a_cause_if_they_lie_in_the_period_judged(span, cause):
    assert causes(KNOWN, replace(PLAN, pings_came=True, spans={"晋B1": span})) == [cause]
    assert causes(KNOWN, replace(PLAN, pings_came=True, spans={"晋B2": span})) == ["plan"]


def test_pings_are_late_only_for_what_was_final():
    assert causes(KNOWN, PINGS) == ["late_pings"]
    assert causes(replace(KNOWN, status="revised"), PINGS) == ["late_pings"]
    assert causes(replace(KNOWN, status="provisional"), PINGS) == ["pings"]


def test_a_provisional_verdict_that_changes_when_it_becomes_final_is_final():
    (found,) = revise([FOUND], {KEY: replace(KNOWN, status="provisional")}, (), PINGS)
    assert (found.status, found.before, found.record) == ("final", "skipped", b"record")


def test_what_was_final_stays_so_though_the_clock_went_back():
    earlier = replace(FOUND, digest="old", is_final=False)
    assert causes(KNOWN, PINGS, earlier) == []


@pytest.mark.parametrize(
    ("status", "then"), [("provisional", "final"), ("final", "revised"), ("revised", "revised")]
)
def test_what_is_not_judged_any_more_waits_for_no_ping(status, then):
    known = {KEY: replace(KNOWN, status=status)}
    (found,) = revise([], known, {KEY}, PLAN)
    assert (found.values["verdict"], found.status, found.cause) == ("exempt", then, "plan")
    (found,) = revise([], known, (), PLAN)
    assert (found.values["verdict"], found.digest, found.record) == ("", "", b"")


@pytest.mark.parametrize(
    ("codes", "meanings"), [(RecordStatus, STATUS_MEANINGS), (Cause, CAUSE_MEANINGS)]
)
def test_every_status_and_cause_is_told_with_its_meaning(codes, meanings):
    page = (Path(__file__).parents[4] / "docs" / "history.md").read_text(encoding="utf-8")
    assert set(meanings) == set(codes)
    for code, meaning in meanings.items():
        assert f"| `{code}` | {meaning} |" in page
