"""The evidence record and what can be computed from it alone."""

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.verdicts.evidence import Covered, Evidence
from analytics.verdicts.judge import Judgement, judge
from analytics.verdicts.rejudge import verdict_from
from tests.fixtures.town import MONDAY, TRUCK, Town, Truck, at, grid, street

TOWN = Town(
    street("云中街", (0, 0), (400, 0), section="y1"),
    street("云中街", (400, 0), (700, 300.6), section="y2"),
    street("乙路", (0, 500), (333.3, 500)),
    grids=[grid("JY01", "07:00-10:00", "14:30-17:30", vehicles=[TRUCK, "晋B2"])],
)


def judged(*trucks: Truck) -> Judgement:
    return judge([truck.observation() for truck in trucks], TOWN.plan, TOWN.network, MONDAY)


def record(
    judgement: Judgement, street_name: str = "云中街", window: str = "07:00-10:00"
) -> Evidence:
    (found,) = (
        each for each in judgement.evidence() if (each.street, each.window) == (street_name, window)
    )
    return found


def through_json(evidence: Evidence) -> Evidence:
    return msgspec.json.decode(msgspec.json.encode(evidence), type=Evidence)


def test_a_record_holds_what_was_covered_and_what_is_missing():
    truck = Truck(TOWN).drive("y1", 300, 100, "07:30", "07:40").stand("y1", 100, "07:40", "10:00")
    first, second = record(judged(truck)).sections
    assert first.id == "y1"
    assert first.covered == (Covered(100.0, 300.0, at("07:40") - 1500, at("07:30") + 1500),)
    assert first.missing == ((0.0, 100.0), (300.0, pytest.approx(400.0)))
    assert second.covered == ()
    assert second.missing == ((0.0, second.length_m),)


def test_a_record_names_plan_parameters_vehicles_pings_gaps_and_instants():
    truck = Truck(TOWN).stand("y1", 0, "06:30", "08:00").stand("y1", 0, "09:00", "15:00")
    found = record(judged(truck))
    assert found.plan_version == TOWN.plan.version
    assert found.parameters == TOWN.plan.rules
    assert (found.start_ms, found.end_ms) == (at("07:00"), at("10:00"))
    assert (found.grace_end_ms, found.deadline_ms) == (at("10:10"), at("14:30"))
    assert [(p.vehicle_id, p.count) for p in found.pings] == [(TRUCK, 61 + 330), ("晋B2", 0)]
    assert found.pings[0].first_ms == at("07:00")
    own, other = found.gaps
    assert (own.vehicle_id, own.kind) == (TRUCK, "silent")
    assert (own.started_ms, own.finished_ms) == (at("08:00"), at("09:00"))
    assert own.from_xy == TOWN.place("y1", 0)
    assert (other.vehicle_id, other.started_ms, other.finished_ms) == ("晋B2", None, None)


def test_a_long_stop_parts_two_movements():
    truck = Truck(TOWN).drive("y1", 0, 100, "07:00", "07:05").stand("y1", 100, "07:05", "08:00")
    truck.drive("y1", 100, 200, "08:00", "08:05").stand("y1", 200, "08:05", "10:00")
    first, _ = record(judged(truck)).sections
    assert [(run.from_m, run.to_m) for run in first.covered] == [(0, 100), (100, 200)]


def test_metres_served_again_later_keep_their_first_instant():
    truck = Truck(TOWN).drive("y1", 0, 200, "07:00", "07:05").drive("y1", 200, 0, "07:05", "07:10")
    first, _ = record(judged(truck)).sections
    assert [(run.from_m, run.to_m) for run in first.covered] == [(0, 200)]


def test_a_record_survives_json():
    truck = Truck(TOWN).drive("y1", 0, 123, "07:00", "07:05").stand("y1", 3, "07:30", "07:50")
    found = record(judged(truck))
    assert through_json(found) == found


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


def test_a_record_holds_what_is_ambiguous_of_the_missing_metres():
    truck = Truck(TOWN).drive("y1", 0, 200, "07:00", "07:10")
    truck.drive("y1", 100, 300, "07:10", "07:20", certain=False)
    first, second = record(judged(truck.stand("y1", 300, "07:20", "10:30"))).sections
    assert [(run.from_m, run.to_m) for run in first.covered] == [(0, 200)]
    assert first.missing == ((200.0, pytest.approx(400.0)),)
    assert first.ambiguous == (Covered(200.0, 300.0, at("07:15") + 1500, at("07:20") - 1500),)
    assert second.ambiguous == ()


def test_a_record_holds_what_was_seen_served_late_and_may_have_been_served_in_time():
    truck = Truck(TOWN).drive("y1", 0, 400, "10:30", "10:40")
    truck.passing("y1", 0, 100, "10:05", "10:15", certain=False)
    truck.passing("y1", 200, 300, "10:20", "10:25", certain=False)
    first, _ = record(judged(truck)).sections
    assert first.missing == ()
    assert [(run.from_m, run.to_m) for run in first.ambiguous] == [(0, 50)]


def test_ambiguous_stretches_are_cut_at_the_end_of_grace():
    truck = Truck(TOWN).stand("y1", 0, "06:30", "10:30")
    truck.passing("y1", 0, 200, "10:05", "10:15", certain=False)
    first, _ = record(judged(truck)).sections
    assert [(run.from_m, run.to_m) for run in first.ambiguous] == [(0, 100), (100, 200)]
    assert first.ambiguous[0].to_ms < at("10:10") <= first.ambiguous[1].from_ms


def test_a_record_without_ambiguity_says_nothing_of_it():
    truck = Truck(TOWN).drive("y1", 0, 200, "07:00", "07:05")
    assert b"ambiguous" not in msgspec.json.encode(record(judged(truck)))
    truck.drive("y1", 200, 0, "07:05", "07:10", certain=False)
    assert b"ambiguous" not in msgspec.json.encode(record(judged(truck)))


def test_a_record_stripped_of_its_ambiguity_tells_another_verdict():
    truck = Truck(TOWN).drive("乙路", 0, 333, "07:00", "07:05", certain=False)
    other = Truck(TOWN, "晋B2").stand("y1", 3, "06:30", "10:30")
    found = record(judged(truck.stand("乙路", 333, "07:05", "10:30"), other), "乙路")
    assert verdict_from(found).verdict == found.verdict == "unknown"
    bare = msgspec.structs.replace(found.sections[0], ambiguous=())
    assert verdict_from(msgspec.structs.replace(found, sections=(bare,))).verdict == "skipped"


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
