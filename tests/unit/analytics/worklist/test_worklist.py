import csv
import io
import json
from dataclasses import replace
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest
from rich.console import Console

from analytics.makeup.linking import MAKEUP_DTYPES
from analytics.wording.words import Language
from analytics.worklist.files import worklist_csv, worklist_geojson
from analytics.worklist.table import print_worklist
from analytics.worklist.worklist import WORKLIST_DTYPES, starts_of, work_list
from geofence.plan.plan import Facility
from tests.fixtures.town import MONDAY, ORIGIN, Town, Truck, at, grid, street

SPARE = "晋BS0001"
TOWN = Town(
    street("近街", (100, 0), (300, 0)),
    street("中街", (300, 50), (300, 500)),
    street("=远街", (5000, 0), (6000, 0)),
    street("别家街", (0, 100), (0, 200), grids=["JR01"]),
    grids=[grid("JY01"), grid("JR01", operator="sweep-2")],
)


def miss(street_name, window="07:00-10:00", made_up="", **changes):
    row = {
        "service_date": "2022-03-28",
        "grid_id": "JY01",
        "window": window,
        "street": street_name,
        "verdict": "skipped",
        "length_m": 200.0,
        "missing_m": 200.0,
        "made_up_share": 1.0 if made_up else 0.0,
        "made_up_at": pd.Timestamp(at(made_up), unit="ms", tz="UTC") if made_up else pd.NaT,
        "vehicle_id": "晋B1" if made_up else "",
    }
    return {**row, **changes}


def make_ups(*rows) -> pd.DataFrame:
    frame = pd.DataFrame(list(rows), columns=list(MAKEUP_DTYPES), dtype=object)
    instants = pd.to_datetime(frame["made_up_at"], utc=True).astype("datetime64[ms, UTC]")
    return frame.assign(made_up_at=instants).astype(MAKEUP_DTYPES)


def in_network(x: float, y: float) -> tuple[float, float]:
    """The network's metres of a place in the town's."""
    degrees = ORIGIN.to_degrees(np.array([x]), np.array([y]))
    (east,), (north,) = TOWN.network.projection.to_metres(*degrees)
    return float(east), float(north)


def listed(*rows, start=(0.0, 0.0)) -> pd.DataFrame:
    starts = dict.fromkeys(["sweep-1", "sweep-2"], in_network(*start)) if start else {}
    return work_list(make_ups(*rows), TOWN.plan, TOWN.network, starts)


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


def test_csv_keeps_a_spreadsheet_from_reading_a_street_as_a_formula():
    found = listed(miss("=远街"), miss("近街", made_up="14:00"))
    content = worklist_csv(found, ZoneInfo(TOWN.plan.timezone))
    assert content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))
    assert list(rows[0]) == list(WORKLIST_DTYPES)
    assert rows[0]["street"] == "'=远街"
    assert (rows[0]["order"], rows[1]["order"]) == ("1", "")
    assert rows[1]["made_up_at"] == "2022-03-28T14:00:00+08:00"


def test_geojson_draws_each_street_with_its_row():
    found = listed(miss("近街"), miss("中街", made_up="14:00"))
    collection = json.loads(worklist_geojson(found, TOWN.plan))
    assert collection["type"] == "FeatureCollection"
    first, second = collection["features"]
    assert first["geometry"]["type"] == "MultiLineString"
    ((begin, end),) = first["geometry"]["coordinates"]
    assert begin[0] < end[0]
    assert list(first["properties"]) == list(WORKLIST_DTYPES)
    assert first["properties"]["made_up_at"] is None
    assert second["properties"]["order"] is None
    assert second["properties"]["vehicle_id"] == "晋B1"


@pytest.mark.parametrize(
    ("language", "total", "nothing"),
    [(Language.EN, "2 streets to collect again, 3 passes; 1 misses made up", "nothing is open"),
     (Language.ZH, "待补收街道 2 条,共需 3 次;已补收 1 处", "无待补收街道")],
)  # fmt: skip
def test_the_table_tells_streets_passes_and_what_is_made_up(language, total, nothing):
    found = listed(miss("近街"), miss("近街", "14:00-15:00"), miss("=远街"),
                   miss("中街", made_up="15:00"))  # fmt: skip
    console = Console(file=io.StringIO(), width=120)
    print_worklist(
        console, found, TOWN.plan, TOWN.plan.operators, (MONDAY, at("16:00")), 1, language
    )
    text = console.file.getvalue()
    assert total in text
    assert nothing in text
    assert "07:00-10:00, 14:00-15:00" in text
    assert "2022-03-28 16:00" in text
    assert "15:00:00" in text
