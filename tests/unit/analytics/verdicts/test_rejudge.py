"""What can be computed from the evidence record alone."""

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.verdicts.judge import judge
from analytics.verdicts.rejudge import verdict_from
from geofence.plan.plan import PROVABLE_M
from tests.fixtures.proved_town import TOWN, judged, record, through_json
from tests.fixtures.town import MONDAY, TRUCK, Town, Truck, at, grid, street


def test_a_record_of_a_window_without_a_ping_says_unknown():
    again = verdict_from(through_json(record(judged())))
    assert again.verdict == "unknown"
    assert (again.served_ratio, again.started_ms, again.completed_ms) == (0.0, None, None)


def test_a_record_that_is_tampered_with_tells_another_verdict():
    seen = Truck(TOWN).drive("乙路", 0, 333, "07:00", "07:05").stand("乙路", 3, "07:05", "10:30")
    found = record(judged(seen, Truck(TOWN, "晋B2").stand("y1", 3, "06:30", "10:30")), "乙路")
    assert verdict_from(found).verdict == "served"
    bare = msgspec.structs.replace(found.sections[0], covered=())
    assert verdict_from(msgspec.structs.replace(found, sections=(bare,))).verdict == "skipped"


def test_a_record_stripped_of_its_ambiguity_tells_another_verdict():
    truck = Truck(TOWN).drive("乙路", 0, 333, "07:00", "07:05", certain=False)
    other = Truck(TOWN, "晋B2").stand("y1", 3, "06:30", "10:30")
    found = record(judged(truck.stand("乙路", 333, "07:05", "10:30"), other), "乙路")
    assert verdict_from(found).verdict == found.verdict == "unknown"
    bare = msgspec.structs.replace(found.sections[0], ambiguous=())
    assert verdict_from(msgspec.structs.replace(found, sections=(bare,))).verdict == "skipped"


def test_a_street_too_short_to_prove_anything_against_is_unknown_also_from_its_record():
    town = Town(
        street("短街", (0, 0), (12, 0)),
        street("长街", (0, 500), (200, 500)),
        grids=[grid("JY01", "07:00-10:00")],
    )
    truck = Truck(town).stand("长街", 3, "06:30", "10:30")
    found = judge([truck.observation()], town.plan, town.network, MONDAY)
    records = {each.street: through_json(each) for each in found.evidence()}
    assert {name: each.verdict for name, each in records.items()} == {
        "短街": "unknown",
        "长街": "skipped",
    }
    assert all(verdict_from(each).verdict == each.verdict for each in records.values())
    assert records["短街"].provable_m == PROVABLE_M
    assert b"provable_m" not in msgspec.json.encode(records["长街"])
    older = msgspec.structs.replace(records["短街"], provable_m=0.0)
    assert verdict_from(older).verdict == "skipped"


moment = st.integers(0, 600).map(lambda minute: at("06:50") + minute * 61_003)
drive = st.tuples(
    st.sampled_from(["y1", "y2", "乙路"]),
    st.floats(0, 320),
    st.floats(0, 320),
    moment,
    st.integers(30, 1800),
    st.booleans(),
)
stand = st.tuples(
    st.sampled_from(["y1", "y2", "乙路"]), st.floats(0, 320), moment, st.integers(1, 200)
)


@st.composite
def trucks(draw) -> tuple[Truck, ...]:
    found = []
    for vehicle in (TRUCK, "晋B2"):
        truck = Truck(TOWN, vehicle)
        for section, place, begin, minutes in draw(st.lists(stand, max_size=3)):
            truck.stand(section, place, begin, begin + minutes * 60_000)
        for section, from_m, to_m, begin, seconds, certain in draw(st.lists(drive, max_size=6)):
            truck.drive(section, from_m, to_m, begin, begin + seconds * 1000, certain=certain)
        if truck.fixes:
            found.append(truck)
    return tuple(found)


@settings(deadline=None, max_examples=60)
@given(trucks())
def test_the_record_alone_gives_the_verdict_that_was_judged(seen):
    judgement = judged(*seen)
    outcomes = [street for case in judgement.cases for street in case.streets]
    for found, outcome in zip(judgement.evidence(), outcomes, strict=True):
        again = verdict_from(through_json(found))
        assert again.verdict == outcome.verdict == found.verdict
        assert again.served_ratio == pytest.approx(found.served_ratio, abs=1e-12)
        in_time = outcome.service.in_time_m / outcome.service.length_m
        assert again.in_time_ratio == pytest.approx(in_time, abs=1e-12)
        assert again.started_ms == outcome.started_ms
        assert again.completed_ms == outcome.completed_ms
