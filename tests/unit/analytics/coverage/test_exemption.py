"""Exceptions of a plan: what they name is not judged, and is listed apart."""

from datetime import date

import pytest

from analytics.coverage.exemption import EXEMPT_DTYPES, exempt_frame
from analytics.live.status import live_statuses
from analytics.verdicts.judge import judge
from geofence.plan.plan import Exemption
from tests.fixtures.recorded_town import TOWN, other_truck, own_truck, versioned
from tests.fixtures.town import MONDAY, at, next_day


def judged(*exemptions, day=MONDAY):
    plan = versioned(exemptions=exemptions)
    return judge([own_truck().observation(), other_truck().observation()], plan, TOWN.network, day)


def places(*exemptions, day=MONDAY):
    streets = judged(*exemptions, day=day).streets
    return list(zip(streets["grid_id"], streets["window"], streets["street"], strict=True))


def exempt(*exemptions, day=MONDAY):
    frame = exempt_frame(versioned(exemptions=exemptions), TOWN.network, day)
    assert {name: str(dtype) for name, dtype in frame.dtypes.items()} == EXEMPT_DTYPES
    return [tuple(row) for row in frame.itertuples(index=False)]


def of(first=MONDAY, last=None, reason="holiday", **more):
    return Exemption(first, last or first, reason, **more)


def test_without_exceptions_everything_is_judged():
    assert len(places()) == 5
    assert exempt() == []


def test_a_street_is_neither_judged_nor_counted_in_its_grid():
    before, after = judged(), judged(of(grid_id="JY01", streets=("魏都大道",)))
    assert before.grids["verdict"].tolist()[0] == "partial"
    assert after.grids["verdict"].tolist()[0] == "served"
    assert after.grids["served_ratio"].tolist()[0] == 1.0
    assert "魏都大道" not in set(after.streets["street"])
    assert {each.street for each in after.evidence()} == {"云中街", "乙路"}


def test_a_grid_without_a_street_left_has_no_verdict():
    after = judged(of(grid_id="JY01"))
    assert set(after.grids["grid_id"]) == {"JY02"}
    assert judged(of()).grids.empty
    assert judged(of()).streets.empty


def test_only_the_windows_named_are_exempt():
    named = of(windows=("14:30-17:30",), streets=("云中街",), grid_id="JY01")
    assert ("JY01", "14:30-17:30", "云中街") not in places(named)
    assert ("JY01", "07:00-10:00", "云中街") in places(named)
    assert len(places(named)) == 4


@pytest.mark.parametrize(
    ("day", "count"),
    [
        (date(2022, 3, 27), 5),
        (date(2022, 3, 28), 0),
        (date(2022, 3, 30), 0),
        (date(2022, 3, 31), 5),
    ],
)
def test_both_ends_of_a_range_of_dates_belong_to_it(day, count):
    assert len(places(of(date(2022, 3, 28), date(2022, 3, 30)), day=day)) == count


def test_the_others_come_out_as_if_there_were_no_exception():
    all_of_them = {(each.grid_id, each.window, each.street): each for each in judged().evidence()}
    left = judged(of(grid_id="JY01", streets=("魏都大道",)))
    for record in left.evidence():
        before = all_of_them[record.grid_id, record.window, record.street]
        assert (record.verdict, record.sections, record.gaps) == (
            before.verdict, before.sections, before.gaps,
        )  # fmt: skip


def test_what_is_exempt_is_listed_with_reason_and_note_and_of_two_the_first_counts():
    closed = of(reason="road_closed", note="修路", grid_id="JY01", streets=("魏都大道",))
    rest = of(reason="holiday", note="", windows=("07:00-10:00",))
    assert exempt(closed, rest) == [
        ("2022-03-28", "JY01", "07:00-10:00", "云中街", "holiday", ""),
        ("2022-03-28", "JY01", "07:00-10:00", "魏都大道", "road_closed", "修路"),
        ("2022-03-28", "JY01", "14:30-17:30", "魏都大道", "road_closed", "修路"),
        ("2022-03-28", "JY02", "07:00-10:00", "乙路", "holiday", ""),
    ]


def test_what_is_judged_and_what_is_exempt_make_up_the_service_of_the_date():
    named = of(grid_id="JY01", streets=("魏都大道",))
    told = {row[1:4] for row in exempt(named)}
    assert told.isdisjoint(places(named))
    assert told | set(places(named)) == set(places())
    assert exempt(named, day=next_day()) == []


def test_the_live_view_leaves_out_what_is_exempt():
    plan = versioned(exemptions=(of(grid_id="JY01", streets=("魏都大道",)),))
    found = live_statuses([own_truck().observation()], plan, TOWN.network, MONDAY, at("12:00"))
    assert list(zip(found["grid_id"], found["window"], found["street"], strict=True)) == places(
        of(grid_id="JY01", streets=("魏都大道",))
    )
