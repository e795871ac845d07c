from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from analytics.worklist.worklist import WORKLIST_DTYPES, starts_of
from geofence.plan.plan import Facility
from tests.fixtures.missed_streets import SPARE, TOWN, listed, miss
from tests.fixtures.town import ORIGIN, Truck


def test_the_tour_goes_on_to_the_nearest_street_left():
    found = listed(miss("=远街"), miss("中街"), miss("近街"))
    assert found["street"].tolist() == ["近街", "中街", "=远街"]
    assert found["order"].tolist() == [1, 2, 3]
    # each is left at its far end: (300, 0) and (300, 500)
    assert found["from_previous_m"].tolist() == pytest.approx([100, 50, 4726.5], rel=0.001)


def test_a_place_is_where_the_street_is_entered():
    found = listed(miss("近街"), start=(1000.0, 0.0))
    x, y = ORIGIN.to_metres(found["longitude"].to_numpy(), found["latitude"].to_numpy())
    assert (float(x[0]), float(y[0])) == pytest.approx((300, 0), abs=0.2)


def test_a_tour_without_a_start_begins_at_its_first_street():
    found = listed(miss("中街"), miss("近街"), start=None)
    assert found["street"].tolist() == ["中街", "近街"]
    assert found["from_previous_m"].iloc[0] == 0


def test_each_operator_has_a_list_of_its_own_in_the_order_of_the_plan():
    found = listed(miss("别家街", grid_id="JR01"), miss("近街"))
    assert found["operator"].tolist() == ["sweep-1", "sweep-2"]
    assert found["order"].tolist() == [1, 1]


def test_windows_of_one_street_are_one_visit_that_takes_as_many_passes():
    rows = [miss("近街"), miss("近街", "14:00-15:00", verdict="partial", missing_m=120.0)]
    (row,) = listed(*rows).to_dict("records")
    assert row["windows"] == "07:00-10:00|14:00-15:00"
    assert row["verdicts"] == "skipped|partial"
    assert row["passes_needed"] == 2
    assert row["missing_m"] == 200


def test_what_was_made_up_in_part_lacks_the_rest():
    (row,) = listed(miss("近街", made_up_share=0.25)).to_dict("records")
    assert row["state"] == "open"
    assert row["missing_m"] == 150


def test_what_is_made_up_comes_last_with_its_time_and_vehicle_and_no_place_in_the_tour():
    found = listed(
        miss("中街", made_up="15:00"),
        miss("近街", made_up="14:00"),
        miss("近街", "14:00-15:00"),
        miss("=远街"),
    )
    assert found["state"].tolist() == ["open", "open", "made_up", "made_up"]
    assert found["street"].tolist() == ["近街", "=远街", "近街", "中街"]
    assert found["windows"].tolist()[:1] == ["14:00-15:00"]
    assert found["order"].tolist() == [1, 2, pd.NA, pd.NA]
    assert found["passes_needed"].tolist() == [1, 1, 0, 0]
    assert found["vehicle_id"].tolist() == ["", "", "晋B1", "晋B1"]


def test_without_a_miss_the_list_is_empty_and_has_its_types():
    for found in (listed(), listed(miss("近街"))):
        assert {name: str(dtype) for name, dtype in found.dtypes.items()} == WORKLIST_DTYPES
    assert listed().empty


def test_a_tour_begins_at_the_spare_heard_of_last_else_at_the_depot_else_nowhere():
    plan, network = TOWN.plan, TOWN.network
    assert starts_of(plan, network, []) == {}
    longitude, latitude = ORIGIN.to_degrees(np.array([70.0]), np.array([40.0]))
    depot = Facility("depot", "车场", float(longitude[0]), float(latitude[0]))
    first, second = plan.operators
    spared = replace(first, spares=(SPARE, "晋BS0002"))
    plan = replace(plan, facilities=(depot,), operators=(spared, second))
    early = Truck(TOWN, "晋BS0002").stand("近街", 0, "08:00", "08:10").observation()
    late = Truck(TOWN, SPARE).stand("近街", 200, "09:00", "09:10").observation()
    starts = starts_of(plan, network, [late, early])
    expected = TOWN.place("近街", 200)
    assert starts["sweep-1"] == pytest.approx(expected, abs=0.1)
    x, y = network.projection.to_metres(longitude, latitude)
    assert starts["sweep-2"] == pytest.approx((float(x[0]), float(y[0])), abs=0.1)
