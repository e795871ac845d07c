"""A work list for other programs."""

import csv
import io
import json
from zoneinfo import ZoneInfo

from analytics.worklist.files import worklist_csv, worklist_geojson
from analytics.worklist.worklist import WORKLIST_DTYPES
from tests.fixtures.missed_streets import TOWN, listed, miss


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
