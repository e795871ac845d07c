from ingest.datum import Datum
from ingest.files.mapping.conversion import TRUTHS
from ingest.files.mapping.file_format import FileFormat
from ingest.files.mapping.layout import Candidate
from ingest.files.mapping.proposal import propose, rank

HEADING = ["vehicle", "time", "lon", "lat"]


def proposed(heading, *rows, zone=None, **told):
    return propose(heading, rows, FileFormat(**told), zone)


def test_the_line_that_names_most_is_the_likeliest_heading():
    lines = [
        Candidate(1, ["Report of", "time"]),
        Candidate(2, HEADING),
        Candidate(3, ["T1", "7", "3"]),
    ]
    assert max(lines, key=rank).line == 2


def test_a_date_and_a_time_of_day_are_two_columns():
    found = proposed(
        ["车号", "日期", "时间", "经度", "纬度"], ["T1", "2022-03-28", "07:03:10", "113", "40"]
    )
    assert found.columns["event_date"] == "日期"
    assert found.columns["event_clock"] == "时间"
    assert found.timezone == "Asia/Shanghai"


def test_the_order_of_a_date_is_seen_where_a_day_is_beyond_12():
    for day, order in (("28/03/2022", "dmy"), ("03/28/2022", "mdy")):
        found = proposed(HEADING, ["T1", f"{day} 07:00:00", "-3.7", "40.4"])
        assert (found.date_order, found.notes) == (order, [])
    doubtful = proposed(HEADING, ["T1", "03/04/2022 07:00:00", "-3.7", "40.4"])
    assert doubtful.date_order == "dmy"
    assert "--date-order mdy" in doubtful.notes[0]


def test_a_speed_without_unit_is_weighed_against_the_way():
    for factor, unit in ((1, "speed_mps"), (3.6, "speed_kmh"), (1.944, "speed_knots")):
        rows = [
            [
                "T1",
                f"2022-03-28T07:00:{k:02}Z",
                "0.5",
                f"{40 + k * 9 / 111_320:.7f}",
                f"{9 * factor:.1f}",
            ]
            for k in range(0, 50, 5)
        ]
        assert proposed([*HEADING, "speed"], *rows).columns[unit] == "speed"


def test_the_zone_is_told_or_the_plans_or_asked_for():
    row = ["T1", "2022-03-28 07:00:00", "-74.1", "4.6"]
    assert proposed(HEADING, row).needs_timezone
    assert proposed(HEADING, row).timezone is None
    assert proposed(HEADING, row, zone="America/Bogota").timezone == "America/Bogota"
    assert not proposed(HEADING, row, timezone="UTC").needs_timezone
    assert proposed(["vehicle", "time_utc", "lon", "lat"], row).timezone == "UTC"


def test_a_column_whose_cells_say_otherwise_is_not_taken():
    found = proposed(
        [*HEADING, "dirección", "working"],
        ["T1", "2022-03-28T07:00:00Z", "-74.1", "4.6", "Calle 26", "maybe"],
    )
    assert set(found.columns) == {"vehicle_id", "event_time", "longitude", "latitude"}
    assert found.missing == []


def test_a_datum_in_a_heading_is_believed():
    found = proposed(
        ["车号", "time", "lng_gcj02", "lat_gcj02"], ["T1", "1648422190", "113.3", "40.1"]
    )
    assert found.datum is Datum.GCJ02


def test_a_table_without_rows_or_places_lacks_what_it_lacks():
    assert proposed(["车号", "数量"]).missing == [
        "vehicle_id",
        "event_time",
        "longitude",
        "latitude",
    ]


def test_a_speed_without_time_or_place_is_not_weighed():
    found = proposed(["车号", "经度", "纬度", "车速"], ["T1", "113.3", "40.1", "28"])
    assert found.columns["speed_kmh"] == "车速"
    assert found.missing == ["event_time"]


def test_every_word_that_is_read_as_a_truth_is_seen_as_one():
    words = [word for group in TRUTHS.values() for word in group]
    for word in words:
        found = proposed([*HEADING, "作业状态"], ["T1", "2022-03-28T07:00:00Z", "113", "40", word])
        assert found.columns.get("working") == "作业状态", word
