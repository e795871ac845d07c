"""A recorded verdict proved again from its record and from the log's pings."""

import msgspec
import pandas as pd
import pytest

from analytics.history.recompute import Recomputed, judge_again, recompute
from analytics.verdicts.evaluation import evaluate
from analytics.verdicts.evidence import Evidence
from analytics.verdicts.judge import JudgedCase
from tests.fixtures.recorded_town import day_of, other_truck, own_truck, own_truck_unheard
from tests.fixtures.served_town import PINGS, TOWN
from tests.fixtures.town import MONDAY, TRUCK, next_day

MORNING = "07:00-10:00"


def case(*trucks) -> JudgedCase:
    """The morning of JY01, of whose streets 云中街 was collected and 魏都大道 was not."""
    (found,) = (
        each
        for each in day_of(*trucks).judgement.cases
        if (each.case.grid.id, each.case.window.text) == ("JY01", MORNING)
    )
    return found


HEARD, UNHEARD = case(own_truck(), other_truck()), case(own_truck_unheard(), other_truck())
RECORDED = {"云中街": ("served", 1.0), "魏都大道": ("skipped", 0.0), "": ("partial", 0.5)}


def records(judged: JudgedCase = HEARD) -> dict[str, Evidence]:
    return {each.street: each for each in judged.evidence()}


def proved(
    street: str, judged: JudgedCase | None = HEARD, stored: dict[str, Evidence] | None = None
) -> Recomputed:
    (found,) = recompute(stored or records(), {street: RECORDED[street]}, judged)
    return found


@pytest.mark.parametrize("street", RECORDED)
def test_what_was_recorded_comes_out_again_from_record_and_log(street):
    found = proved(street)
    assert (found.street, found.recorded, found.recorded_ratio) == (street, *RECORDED[street])
    assert (found.from_record, found.from_log) == (found.recorded, found.recorded)
    assert found.record_agrees
    assert found.log_agrees
    assert found.same_evidence


def test_verdicts_are_proved_in_the_order_in_which_they_are_asked_for():
    found = recompute(records(), RECORDED, HEARD)
    assert [each.street for each in found] == list(RECORDED)


@pytest.mark.parametrize(("street", "verdict"), [("魏都大道", "unknown"), ("", "unknown")])
def test_a_log_that_knows_less_disagrees_and_the_record_still_agrees(street, verdict):
    found = proved(street, UNHEARD)
    assert found.from_log == verdict
    assert found.record_agrees
    assert not found.log_agrees
    assert not found.same_evidence


def test_a_log_with_one_more_fix_agrees_by_other_evidence():
    more = case(own_truck().stand("云中街", 400, "12:00:10", "12:01:10"), other_truck())
    for street in RECORDED:
        found = proved(street, more)
        assert found.log_agrees
        assert not found.same_evidence


@pytest.mark.parametrize("street", RECORDED)
def test_a_log_without_such_a_case_gives_no_verdict(street):
    found = proved(street, None)
    assert (found.from_log, found.from_log_ratio) == ("", 0.0)
    assert found.record_agrees
    assert not found.log_agrees
    assert not found.same_evidence


def test_a_street_that_the_log_does_not_have_gives_no_verdict():
    stored = {**records(), "新街": msgspec.structs.replace(records()["云中街"], street="新街")}
    (found,) = recompute(stored, {"新街": ("served", 1.0)}, HEARD)
    assert (found.from_log, found.log_agrees, found.same_evidence) == ("", False, False)


def test_a_record_that_was_tampered_with_does_not_agree():
    stored = records()
    bare = msgspec.structs.replace(stored["云中街"].sections[0], covered=())
    stored["云中街"] = msgspec.structs.replace(stored["云中街"], sections=(bare,))
    for street in ("云中街", ""):
        found = proved(street, stored=stored)
        assert not found.record_agrees
        assert found.log_agrees
        assert not found.same_evidence


def test_evidence_is_the_same_whatever_plan_and_release_of_time_zones_it_names():
    stored = {
        street: msgspec.structs.replace(each, plan_version="f" * 64, time_zones="2019c")
        for street, each in records().items()
    }
    for street in RECORDED:
        assert proved(street, stored=stored).same_evidence


def told(**changes: object) -> Recomputed:
    values = {
        "street": "云中街", "recorded": "served", "recorded_ratio": 0.95,
        "from_record": "served", "from_record_ratio": 0.95,
        "from_log": "served", "from_log_ratio": 0.95, "same_evidence": True,
    }  # fmt: skip
    return Recomputed(**{**values, **changes})


def test_rounding_of_a_sum_is_no_difference_and_a_metre_is_one():
    rounded = told(from_record_ratio=0.95 + 1e-12, from_log_ratio=0.95 - 1e-12)
    assert (rounded.record_agrees, rounded.log_agrees) == (True, True)
    apart = told(from_record_ratio=0.9501, from_log_ratio=0.9499)
    assert (apart.record_agrees, apart.log_agrees) == (False, False)


def test_another_verdict_with_the_same_ratio_is_a_difference():
    assert not told(from_record="late").record_agrees
    assert not told(from_log="late").log_agrees


def judged_again(pings: pd.DataFrame, **changes: object) -> JudgedCase | None:
    asked = {"service_date": MONDAY, "grid_id": "JY01", "window": MORNING, **changes}
    return judge_again(pings, TOWN.plan, **asked)


def test_a_grid_is_judged_again_as_it_was_judged_at_night():
    nightly = evaluate(PINGS, TOWN.plan, [MONDAY])
    assert list(judged_again(PINGS).evidence()) == list(nightly.evidence())


def test_pings_of_other_vehicles_do_not_bear_on_a_grid():
    stranger = PINGS[PINGS["vehicle_id"] == TRUCK].assign(vehicle_id="晋B9")
    both = pd.concat([PINGS, stranger.astype(PINGS.dtypes)], ignore_index=True)
    assert list(judged_again(both).evidence()) == list(judged_again(PINGS).evidence())


@pytest.mark.parametrize(
    "changes", [{"grid_id": "JY02"}, {"window": "09:00-11:30"}, {"grid_id": ""}]
)
def test_what_the_plan_does_not_have_is_not_judged(changes):
    assert judged_again(PINGS, **changes) is None


def test_without_pings_a_grid_is_unknown_again():
    found = judged_again(PINGS[:0], service_date=next_day())
    assert {each.verdict for each in found.streets} == {"unknown"}
