"""A grid's verdict computed again from the records of its streets alone."""

from dataclasses import replace

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.history.history import History
from analytics.verdicts.evidence import Evidence
from analytics.verdicts.judge import judge
from analytics.verdicts.rejudge import verdict_from
from analytics.verdicts.rejudge_grid import grid_verdict_from
from geofence.network.steps import CoordinateStep
from ingest.log.pinglog import open_log
from tests.fixtures import recorded_city as city
from tests.fixtures.town import MONDAY, TRUCK, Town, Truck, at, grid, street

TOWN = Town(
    street("云中街", (0, 0), (400, 0), section="y1"),
    street("云中街", (400, 0), (700, 300.6), section="y2"),
    street("乙路", (0, 500), (333.3, 500)),
    grids=[grid("JY01", "07:00-10:00", "14:30-17:30", vehicles=[TRUCK, "晋B2"])],
)


def test_every_verdict_of_a_mixed_day_comes_out_again_from_the_stored_records(database_url):
    with open_log(database_url) as log:
        history = History(log)
        history.record(city.judged_whole(), city.NIGHT_MS, 1)
        found = history.verdicts(city.DATE, city.DATE)
        assert set(found["verdict"]) == {"served", "late", "partial", "skipped", "unknown"}
        for (grid_id, window), rows in found.groupby(["grid_id", "window"]):
            streets = rows[rows["street"] != ""]
            records = []
            for name, verdict, ratio in zip(
                streets["street"], streets["verdict"], streets["served_ratio"], strict=True
            ):
                record = history.evidence(city.DATE, grid_id, window, name)
                again = verdict_from(record)
                assert (again.verdict, again.served_ratio) == (verdict, pytest.approx(ratio))
                records.append(record)
            own = rows[rows["street"] == ""].iloc[0]
            again = grid_verdict_from(records)
            assert again.verdict == own["verdict"]
            assert again.served_ratio == pytest.approx(own["served_ratio"])
            assert again.provably_missed_m == own["provably_missed_m"]


moment = st.integers(0, 600).map(lambda minute: at("06:50") + minute * 61_003)
drive = st.tuples(
    st.sampled_from(["y1", "y2", "乙路"]), st.floats(0, 320), st.floats(0, 320), moment,
    st.integers(20, 1500), st.booleans(), st.booleans(),
)  # fmt: skip


@settings(deadline=None, max_examples=60)
@given(st.lists(drive, max_size=6), st.lists(drive, max_size=3))
def test_the_records_of_any_day_tell_what_the_grid_was_judged(own, other):
    seen = []
    for vehicle, drives in ((TRUCK, own), ("晋B2", other)):
        truck = Truck(TOWN, vehicle)
        for section, from_m, to_m, begin, seconds, collecting, certain in drives:
            truck.drive(
                section, from_m, to_m, begin, begin + seconds * 1000,
                collecting=collecting, certain=certain,
            )  # fmt: skip
        if drives:
            seen.append(truck.observation())
    judgement = judge(seen, TOWN.plan, TOWN.network, MONDAY)
    for judged in judgement.cases:
        text = [msgspec.json.encode(each) for each in judged.evidence()]
        records = [msgspec.json.decode(each, type=Evidence) for each in text]
        again = grid_verdict_from(records[::-1])
        assert again.verdict == judged.grid.verdict
        assert again.provably_missed_m == judged.grid.provably_missed_m
        assert again.served_ratio == pytest.approx(judged.grid.served_m / judged.grid.length_m)


def test_records_of_different_windows_are_no_grid():
    judgement = judge([], TOWN.plan, TOWN.network, MONDAY)
    with pytest.raises(ValueError, match="one grid in one window"):
        grid_verdict_from(list(judgement.evidence()))
    with pytest.raises(ValueError, match="one grid in one window"):
        grid_verdict_from([])


def test_of_streets_on_coarse_coordinates_none_is_denied_also_by_the_records():
    coarse = np.array([section == "乙路" for section in TOWN.network.section_ids])
    network = replace(TOWN.network, step=CoordinateStep(0.001, 70.0, coarse))
    truck = Truck(TOWN).drive("y1", 0, 400, "07:10", "07:20").drive("y2", 0, 424, "07:20", "07:30")
    other = Truck(TOWN, "晋B2").stand("y1", 0, "06:30", "18:00")
    trucks = truck.stand("y2", 424, "07:30", "18:00"), other
    seen = [each.observation() for each in trucks]
    found = judge(seen, TOWN.plan, network, MONDAY)
    records = [each for each in found.evidence() if each.window == "07:00-10:00"]
    assert {each.street: str(each.verdict) for each in records} == {
        "乙路": "unknown", "云中街": "served"
    }  # fmt: skip
    assert [verdict_from(each).verdict for each in records] == [each.verdict for each in records]
    own = found.grids.iloc[0]
    assert (own["verdict"], own["provably_missed_m"]) == ("unknown", 0.0)
    again = grid_verdict_from(records)
    assert (str(again.verdict), again.provably_missed_m) == ("unknown", 0.0)
    denied = judge(seen, TOWN.plan, TOWN.network, MONDAY).streets
    assert "skipped" in set(denied["verdict"])
