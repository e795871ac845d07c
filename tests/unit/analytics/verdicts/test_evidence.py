"""What the record of a street's verdict holds."""

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.coverage.coverage import CELL_M, NEVER
from analytics.verdicts.evidence import Covered, essence_of
from ingest.time_zones import release
from tests.fixtures.proved_town import TOWN, judged, record, through_json
from tests.fixtures.town import TRUCK, Truck, at


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


def test_a_record_tells_of_its_own_street_and_of_its_ratio():
    truck = Truck(TOWN).drive("乙路", 0, 100, "07:00", "07:05").stand("乙路", 100, "07:05", "10:30")
    found = record(judged(truck), "乙路")
    assert (found.service_date, found.grid_id, found.street) == ("2022-03-28", "JY01", "乙路")
    assert [section.id for section in found.sections] == ["乙路"]
    assert found.served_ratio == pytest.approx(100 / 333.3, abs=1e-4)
    whole = record(judged(truck))
    assert [section.id for section in whole.sections] == ["y1", "y2"]


def test_a_section_is_drawn_in_metres_from_an_origin_on_the_globe():
    found = record(judged())
    (first, *_, last) = found.sections[0].line
    assert [place for place, _, _ in (first, last)] == [0.0, found.sections[0].length_m]
    assert np.hypot(last[1] - first[1], last[2] - first[2]) == pytest.approx(400, abs=0.1)
    projection = TOWN.network.projection
    assert found.origin.longitude == projection.longitude
    assert found.origin.latitude == projection.latitude


def test_only_fixes_of_the_period_judged_are_counted_outliers_apart():
    truck = Truck(TOWN).stand("y1", 0, "06:30", "18:00")
    truck.outliers = [at("06:59"), at("07:00"), at("14:29:59"), at("14:30")]
    (own, _) = record(judged(truck)).pings
    assert (own.first_ms, own.last_ms) == (at("07:00"), at("14:29"))
    assert (own.count, own.outlier_count) == (450, 2)


def test_fixes_that_were_not_believed_are_counted_by_reason_and_only_if_there_are_any():
    truck = Truck(TOWN).stand("y1", 0, "06:30", "18:00")
    truck.no_fix = [at("06:59"), at("07:30")]
    (own, _) = found = record(judged(truck)).pings
    assert (own.no_fix_count, own.stale_count, own.doubted_count) == (1, 0, 0)
    assert b"stale" not in msgspec.json.encode(found)
    silent = Truck(TOWN)
    silent.no_fix = [at("07:30")]
    (own, _) = record(judged(silent)).pings
    assert (own.count, own.no_fix_count) == (0, 1)


def test_a_vehicle_without_a_fix_in_the_period_has_no_first_and_no_last_one():
    afternoon = record(judged(Truck(TOWN).stand("y1", 0, "06:30", "07:30")), window="14:30-17:30")
    assert [(p.first_ms, p.last_ms, p.count) for p in afternoon.pings] == [(None, None, 0)] * 2


def test_fixes_that_cannot_be_placed_on_a_street_are_a_gap_of_another_kind():
    truck = Truck(TOWN).stand("y1", 0, "06:30", "10:30")
    place = TOWN.place("y1", 0)
    truck.unplaced = [(at("08:00"), *place, at("08:01"), *place)]
    gaps = [gap for gap in record(judged(truck)).gaps if gap.vehicle_id == TRUCK]
    assert [(gap.kind, gap.started_ms) for gap in gaps] == [("unplaced", at("08:00"))]


def test_a_gap_with_one_end_tells_the_place_of_that_end():
    truck = Truck(TOWN).stand("y1", 100, "08:00", "09:00")
    before, after = (gap for gap in record(judged(truck)).gaps if gap.vehicle_id == TRUCK)
    assert (before.started_ms, before.from_xy) == (None, None)
    assert (before.finished_ms, before.to_xy) == (at("08:00"), TOWN.place("y1", 100))
    assert (after.started_ms, after.from_xy) == (at("09:00"), TOWN.place("y1", 100))
    assert (after.finished_ms, after.to_xy) == (None, None)


def test_covered_stretches_are_cut_at_the_end_of_grace():
    truck = Truck(TOWN).stand("y1", 0, "06:30", "10:05").drive("y1", 0, 200, "10:05", "10:15")
    first, _ = record(judged(truck)).sections
    assert [(run.from_m, run.to_m) for run in first.covered] == [(0, 100), (100, 200)]
    assert first.covered[0].to_ms < at("10:10") <= first.covered[1].from_ms


def test_covered_stretches_are_cut_where_the_street_was_completed():
    truck = (
        Truck(TOWN).drive("乙路", 0, 333.3, "07:00", "07:20").stand("乙路", 333, "07:20", "10:30")
    )
    judgement = judged(truck)
    (section,) = record(judgement, "乙路").sections
    (row,) = judgement.streets.query("street == '乙路'").to_dict("records")[:1]
    done, rest = section.covered
    assert done.from_m == 0.0
    assert done.to_m == rest.from_m == pytest.approx(300.0)  # 90 % of 333.3 m
    assert done.to_ms == round(row["completed_at"].timestamp() * 1000)


def test_metres_passed_at_one_instant_belong_to_one_movement():
    truck = Truck(TOWN).stand("y1", 0, "06:30", "10:30")
    truck.passing("y1", 0, 50, "07:00", "07:00").passing("y1", 50, 100, "07:00", "07:01")
    first, _ = record(judged(truck)).sections
    assert [(run.from_m, run.to_m) for run in first.covered] == [(0, 100)]


def test_a_truck_that_turns_parts_two_movements():
    truck = Truck(TOWN).stand("y1", 0, "06:30", "10:30")
    truck.passing("y1", 100, 0, "07:00", "07:01").passing("y1", 100, 200, "07:01", "07:02")
    first, _ = record(judged(truck)).sections
    assert [(run.from_m, run.to_m) for run in first.covered] == [(0, 100), (100, 200)]


@pytest.mark.parametrize("ends", [(0, 60, 120), (120, 60, 0)], ids=["forwards", "backwards"])
@pytest.mark.parametrize(("pause_s", "runs"), [(120, 1), (121, 2)])
def test_a_pause_of_more_than_gap_s_parts_two_movements(pause_s, runs, ends):
    # a metre a second: the middles on both sides of the pause lie a second further apart
    again = at("07:01") + (pause_s - 1) * 1000
    truck = Truck(TOWN).stand("y1", 0, "06:30", "10:30")
    truck.passing("y1", *ends[:2], "07:00", "07:01").passing("y1", *ends[1:], again, again + 60_000)
    first, _ = record(judged(truck)).sections
    assert len(first.covered) == runs


def test_a_section_passed_whole_is_covered_to_its_very_end():
    truck = Truck(TOWN).drive("乙路", 0, 334, "07:00", "07:05").stand("乙路", 333, "07:05", "10:30")
    (section,) = record(judged(truck), "乙路").sections
    assert section.missing == ()
    assert section.covered[-1].to_m == section.length_m == pytest.approx(333.3, abs=0.1)


def test_the_ratio_counts_what_was_served_too_late():
    truck = Truck(TOWN).stand("y1", 0, "06:30", "11:00").drive("乙路", 0, 334, "11:00", "11:05")
    assert record(judged(truck), "乙路").served_ratio == pytest.approx(1.0)


moment = st.integers(0, 220).map(lambda minute: at("06:50") + minute * 60_000)
pass_of = st.tuples(
    st.floats(0, 400), st.floats(0, 400), moment, st.integers(0, 900), st.booleans()
)


@settings(deadline=None, max_examples=40)
@given(st.lists(pass_of, max_size=6))
def test_every_cell_is_either_missing_or_in_one_stretch_that_spans_its_instant(passes):
    truck = Truck(TOWN).stand("y1", 0, "06:30", "10:30")
    for from_m, to_m, begin, seconds, certain in passes:
        truck.passing("y1", from_m, to_m, begin, begin + 1000 * seconds, certain=certain)
    judgement = judged(truck)
    first, _ = record(judgement).sections
    case = judgement.cases[0].case
    number = [TOWN.network.section_ids[s] for s in case.cells.sections].index("y1")
    begin, end = case.cells.section_first[number : number + 2]
    for cell, instant in enumerate(case.earliest[begin:end].tolist()):
        middle_m = (cell + 0.5) * CELL_M
        missing = [1 for low, high in first.missing if low < middle_m < high]
        covered = [run for run in first.covered if run.from_m < middle_m < run.to_m]
        assert len(missing) + len(covered) == 1
        assert bool(missing) == (instant == NEVER)
        for run in covered:
            assert min(run.from_ms, run.to_ms) <= instant <= max(run.from_ms, run.to_ms)


def test_a_record_names_the_release_of_time_zones_that_its_instants_come_from():
    found = record(judged(Truck(TOWN).stand("y1", 0, "06:30", "08:00")))
    assert found.time_zones == release()
    assert release() != ""


def test_records_of_other_plans_and_time_zones_that_judge_alike_are_the_same_at_heart():
    found = record(judged(Truck(TOWN).stand("y1", 0, "06:30", "08:00")))
    other = msgspec.structs.replace(found, plan_version="f" * 64, time_zones="2019c")
    assert essence_of(other) == essence_of(found)
    assert essence_of(msgspec.structs.replace(found, start_ms=0)) != essence_of(found)
