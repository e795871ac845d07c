"""A work list for other programs."""

import csv
import io
import json
from zoneinfo import ZoneInfo

import pandas as pd

from analytics.worklist.files import worklist_csv, worklist_geojson
from analytics.worklist.worklist import WORKLIST_DTYPES
from tests.fixtures.missed_streets import TOWN, listed, miss
from tests.fixtures.town import ZONE, Town, grid, street


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


def table(found: pd.DataFrame, zone: str = ZONE) -> list[dict[str, str]]:
    return list(
        csv.DictReader(io.StringIO(worklist_csv(found, ZoneInfo(zone)).decode("utf-8-sig")))
    )


def properties(found: pd.DataFrame) -> list[dict]:
    return [
        each["properties"] for each in json.loads(worklist_geojson(found, TOWN.plan))["features"]
    ]


def test_an_empty_list_is_a_header_and_a_collection_without_features():
    content = worklist_csv(listed(), ZoneInfo(ZONE)).decode("utf-8-sig")
    assert content == ",".join(WORKLIST_DTYPES) + "\r\n"
    assert json.loads(worklist_geojson(listed(), TOWN.plan)) == {
        "type": "FeatureCollection", "features": [],
    }  # fmt: skip


def test_metres_and_degrees_have_as_many_decimals_as_they_are_good_for():
    found = listed(miss("近街", missing_m=123.456)).assign(
        from_previous_m=99.7, longitude=113.30123449, latitude=40.0
    )
    (row,) = table(found)
    assert (row["missing_m"], row["length_m"], row["from_previous_m"]) == ("123.5", "200.0", "100")
    assert (row["longitude"], row["latitude"]) == ("113.301234", "40.000000")
    (drawn,) = properties(found)
    assert (drawn["missing_m"], drawn["longitude"]) == (123.5, 113.301234)


def test_what_is_made_up_has_no_way_to_it_in_either_file():
    found = listed(miss("近街", made_up="14:00"))
    assert table(found)[0]["from_previous_m"] == ""
    assert properties(found)[0]["from_previous_m"] is None


def test_instants_are_local_to_the_second_with_their_offset_and_empty_for_what_is_open():
    instant = pd.Series(pd.to_datetime(["2022-03-28T06:00:00.999Z", None])).astype(
        WORKLIST_DTYPES["made_up_at"]
    )
    found = listed(miss("近街"), miss("中街")).assign(made_up_at=instant)
    assert [row["made_up_at"] for row in table(found)] == ["2022-03-28T14:00:00+08:00", ""]
    assert table(found, "Europe/Berlin")[0]["made_up_at"] == "2022-03-28T08:00:00+02:00"
    assert [row["made_up_at"] for row in properties(found)] == ["2022-03-28T14:00:00+08:00", None]


def test_every_text_of_the_csv_is_kept_from_being_a_formula_and_numbers_are_left_alone():
    found = listed(miss("近街")).assign(
        windows="-1", references="+R", vehicle_id="@晋B1", missing_m=-1.0
    )
    (row,) = table(found)
    assert (row["windows"], row["references"], row["vehicle_id"]) == ("'-1", "'+R", "'@晋B1")
    assert row["missing_m"] == "-1.0"


def test_a_text_of_the_map_is_written_as_it_is():
    (row,) = properties(listed(miss("=远街")))
    assert (row["street"], row["windows"]) == ("=远街", "07:00-10:00")
    assert "远街" in worklist_geojson(listed(miss("=远街")), TOWN.plan).decode()


def test_a_list_may_be_written_twice_and_is_left_as_it_was():
    found = listed(miss("近街"), miss("中街", made_up="14:00"))
    before = found.copy()
    assert worklist_csv(found, ZoneInfo(ZONE)) == worklist_csv(found, ZoneInfo(ZONE))
    worklist_geojson(found, TOWN.plan)
    pd.testing.assert_frame_equal(found, before)


def test_a_street_of_several_sections_and_grids_is_drawn_with_those_of_its_grid():
    town = Town(
        street("长街", (0, 0), (100, 0), section="a", grids=["JY01", "JR01"]),
        street("长街", (100, 0), (200, 0), section="b"),
        street("长街", (900, 0), (950, 0), section="c", grids=["JR01"]),
        grids=[grid("JY01"), grid("JR01")],
    )
    rows = listed(miss("近街")).assign(street="长街")
    lines = {}
    for grid_id in ("JY01", "JR01"):
        found = json.loads(worklist_geojson(rows.assign(grid_id=grid_id), town.plan))
        lines[grid_id] = found["features"][0]["geometry"]["coordinates"]
    drawn = {each.id: each.coordinates.round(7).tolist() for each in town.sections}
    assert lines == {"JY01": [drawn["a"], drawn["b"]], "JR01": [drawn["a"], drawn["c"]]}
