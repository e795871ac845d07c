import gzip
import json
import zipfile

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingest.decoding.acceptance import Area
from ingest.decoding.rejection import RejectionCode as Code
from ingest.decoding.wire import topic_of
from ingest.fault import PingFileError
from ingest.files.mapping.file_format import FileFormat
from ingest.files.ping_file import read_ping_file, write_ping_file
from ingest.ping import RECEIVED_COLUMN
from tests.fixtures.fixes import MORNING_MS, VEHICLES, decode, frame, ping, pings, same
from tests.fixtures.recorders import gpx, kml, point, rmc, track

KINDS = ["csv", "csv.gz", "ndjson", "ndjson.gz", "jsonl", "parquet"]
HEADER = "vehicle_id,event_time,longitude,latitude"
GOOD_ROW = "晋BQ0384,2022-03-25T07:00:00Z,113.3,40.08"
TIMED = '{"vehicle_id":"a","event_time":1648191600000,"longitude":1,"latitude":1,'
in_one_folder = settings(
    deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25
)


def write(path, *lines):
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def read_rows(tmp_path, *rows, header=HEADER, **options):
    return read_ping_file(write(tmp_path / "pings.csv", header, *rows), **options)


@pytest.mark.parametrize("kind", KINDS)
@given(fixes=st.lists(pings, min_size=1, max_size=6), with_reception=st.booleans())
@in_one_folder
def test_what_is_written_reads_back_to_the_last_bit(tmp_path, kind, fixes, with_reception):
    written = frame(fixes)
    if not with_reception:
        del written[RECEIVED_COLUMN]
    path = tmp_path / f"pings.{kind}"
    write_ping_file(written, path)
    read = read_ping_file(path)
    assert read.rejections == ()
    assert same(read.pings, written)


@pytest.mark.parametrize("kind", KINDS)
def test_equal_frames_make_equal_files(tmp_path, kind):
    contents = set()
    for name in ("a", "b"):
        path = tmp_path / f"{name}.{kind}"
        write_ping_file(frame([ping(), ping(working=True)]), path)
        contents.add(path.read_bytes())
    assert len(contents) == 1


def test_text_formats_hold_instants_people_can_read(tmp_path):
    write_ping_file(frame([ping(working=True)]), tmp_path / "pings.csv")
    header, row = (tmp_path / "pings.csv").read_text(encoding="utf-8").splitlines()
    assert header.startswith(HEADER)
    assert row == (
        "晋BQ0384,2022-03-25T07:00:00.000Z,113.3,40.08,,,,,,true,,2022-03-25T07:00:02.000Z"
    )


def test_columns_that_a_ping_does_not_have_are_ignored(tmp_path):
    read = read_rows(tmp_path, f'"迎宾街, 北段",{GOOD_ROW}', header=f"address,{HEADER}")
    assert same(read.pings, frame([ping()]).drop(columns=RECEIVED_COLUMN))


def test_the_order_of_the_file_and_its_repetitions_are_kept(tmp_path):
    times = [MORNING_MS + 1000, MORNING_MS, MORNING_MS + 1000]
    read = read_rows(tmp_path, *(f"晋BQ0384,{time},113.3,40.08" for time in times))
    assert read.pings.event_time.astype("int64").tolist() == times


@pytest.mark.parametrize(
    ("row", "code", "key"),
    [
        (",2022-03-25T07:00:00Z,113.3,40.08", Code.MISSING_FIELD, "vehicle_id"),
        ("a b,2022-03-25T07:00:00Z,113.3,40.08", Code.BAD_TOPIC, "vehicle_id"),
        ("truck,,113.3,40.08", Code.MISSING_FIELD, "event_time"),
        ("truck,2022-03-25T07:00:00,113.3,40.08", Code.TIME_WITHOUT_OFFSET, "event_time"),
        ("truck,2022-02-30T07:00:00Z,113.3,40.08", Code.TIME_UNREADABLE, "event_time"),
        ("truck,1.5,113.3,40.08", Code.TIME_UNREADABLE, "event_time"),
        ("truck,1648191600,113.3,40.08", Code.TIME_BEFORE_2000, "event_time"),
        ("truck,1648191600000,,40.08", Code.MISSING_FIELD, "longitude"),
        ("truck,1648191600000,113.3,north", Code.WRONG_TYPE, "latitude"),
        ("truck,1648191600000,nan,40.08", Code.NOT_FINITE, "longitude"),
        ("truck,1648191600000,113.3,-inf", Code.NOT_FINITE, "latitude"),
        ("truck,1648191600000,1e999,40.08", Code.NOT_FINITE, "longitude"),
        ("truck,1648191600000,40.08,113.3", Code.COORDINATE_OUT_OF_RANGE, "latitude"),
        ("truck,1648191600000,0,0.0", Code.NULL_ISLAND, "longitude"),
    ],
)
def test_a_bad_row_is_refused_with_its_line_and_value_and_the_rest_is_read(
    tmp_path, row, code, key
):
    read = read_rows(tmp_path, GOOD_ROW, row, GOOD_ROW)
    [rejection] = read.rejections
    assert (rejection.code, rejection.key, rejection.topic) == (code, key, "pings.csv:3")
    if code is not Code.MISSING_FIELD:
        assert json.loads(rejection.value) in row.split(",")
    assert len(read.pings) == 2


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("received_time", "soon", Code.TIME_UNREADABLE),
        ("received_time", "2022-03-25T07:00:00", Code.TIME_WITHOUT_OFFSET),
        ("received_time", "2022-03-25T06:54:59.999Z", Code.TIME_IN_FUTURE),
    ],
)
def test_optional_fields_are_held_to_the_same_rules(tmp_path, field, value, code):
    rows = [f"{GOOD_ROW},{value}", f"{GOOD_ROW},"]
    read = read_rows(tmp_path, *rows, header=f"{HEADER},{field}")
    assert [rejection.code for rejection in read.rejections] == [code]
    assert len(read.pings) == 1


@pytest.mark.parametrize(
    ("field", "value"),
    [("speed_mps", "-1"), ("heading_deg", "-1"), ("heading_deg", "north"), ("satellites", "7.5"),
     ("satellites", "-1"), ("working", "maybe"), ("hdop", "inf"), ("hdop", "99.9"),
     ("accuracy_m", "nan")],
)  # fmt: skip
def test_an_optional_field_that_tells_nothing_is_left_out_of_its_row_and_counted(
    tmp_path, field, value
):
    rows = [f"{GOOD_ROW},{value}", f"{GOOD_ROW},", f",,,,{value}"]
    read = read_rows(tmp_path, *rows, header=f"{HEADER},{field}")
    assert [rejection.topic for rejection in read.rejections] == ["pings.csv:4"]
    assert read.ignored == {field: 1}
    assert same(read.pings, frame([ping()] * 2).drop(columns=RECEIVED_COLUMN))


def test_a_course_of_360_is_north_in_a_file_too(tmp_path):
    read = read_rows(tmp_path, f"{GOOD_ROW},360.00", header=f"{HEADER},heading_deg")
    assert read.pings["heading_deg"].tolist() == [0.0]
    assert read.ignored == {}


def test_what_is_left_out_of_the_files_of_an_archive_is_counted_together(tmp_path):
    rows = "\n".join([f"{HEADER},hdop", f"{GOOD_ROW},-1", f"{GOOD_ROW},1", ""])
    with zipfile.ZipFile(tmp_path / "week.zip", "w") as packed:
        packed.writestr("a.csv", rows)
        packed.writestr("b.csv", rows)
    assert read_ping_file(tmp_path / "week.zip").ignored == {"hdop": 2}


def test_what_r_writes_for_nothing_and_for_truths_is_read(tmp_path):
    rows = [f"{GOOD_ROW},NA,T", f"{GOOD_ROW},3.5,f", f"{GOOD_ROW},NA,NA"]
    read = read_rows(tmp_path, *rows, header=f"{HEADER},speed_mps,working")
    assert read.rejections == ()
    assert read.pings["speed_mps"].isna().tolist() == [True, False, True]
    assert read.pings["working"].astype(object).tolist()[:2] == [True, False]
    assert read.pings["working"].isna().tolist() == [False, False, True]
    [refused] = read_rows(tmp_path, "truck,NA,113.3,40.08").rejections
    assert (refused.code, refused.key) == (Code.MISSING_FIELD, "event_time")


def test_a_mark_at_the_beginning_of_lines_of_json_is_no_fault(tmp_path):
    line = TIMED[:-1] + "}"
    (tmp_path / "pings.ndjson").write_text("\ufeff" + line + "\n", encoding="utf-8")
    assert len(read_ping_file(tmp_path / "pings.ndjson").pings) == 1


def test_semicolons_and_decimals_after_a_comma_are_recognised(tmp_path):
    rows = ["T1;2022-03-25T07:00:00Z;113,3;40,08;3,5", "T1;2022-03-25T07:00:01Z;113,3;40,08;"]
    header = f"{HEADER},speed_mps".replace(",", ";")
    read = read_rows(tmp_path, *rows, header=header)
    assert read.rejections == ()
    assert read.pings["longitude"].tolist() == [113.3, 113.3]
    assert read.pings["speed_mps"].tolist()[0] == 3.5
    assert "decimals after a comma" in read.notes[0]
    points = read_rows(tmp_path, rows[0].replace(",", "."), header=header)
    assert (points.pings["longitude"].tolist(), points.notes) == ([113.3], ())


def test_a_file_of_gb18030_is_read_and_says_so(tmp_path):
    path = tmp_path / "pings.csv"
    path.write_bytes(f"{HEADER},备注\n{GOOD_ROW},正常\n".encode("gb18030"))
    read = read_ping_file(path)
    assert read.pings["vehicle_id"].tolist() == ["晋BQ0384"]
    assert read.notes == ("pings.csv: read as gb18030",)


def test_all_files_of_an_archive_are_read_each_row_under_its_own_name(tmp_path):
    with zipfile.ZipFile(tmp_path / "week.zip", "w") as archive:
        archive.writestr("monday.csv", f"{HEADER}\n{GOOD_ROW}\n")
        archive.writestr("tuesday.ndjson", TIMED[:-1] + "}\n{\n")
    read = read_ping_file(tmp_path / "week.zip")
    assert len(read.pings) == 2
    assert [each.topic for each in read.rejections] == ["week.zip/tuesday.ndjson:2"]
    with zipfile.ZipFile(tmp_path / "week.zip", "w") as archive:
        archive.writestr("notes.pdf", b"x")
    with pytest.raises(PingFileError, match=r"week\.zip/notes\.pdf"):
        read_ping_file(tmp_path / "week.zip")


def test_a_refused_row_of_a_mapped_file_is_kept_as_it_stood_in_the_file(tmp_path):
    mapped = FileFormat(
        {"vehicle_id": "车牌号", "event_time": "时间", "longitude": "经度", "latitude": "纬度"},
        timezone="Asia/Shanghai",
    )
    rows = ["晋BQ0384,2022/3/28 7:03:10,113.3,40.08", "晋BQ0384,早上,113.3,40.08", '晋BQ0384,"7:0']
    read = read_rows(tmp_path, *rows, header="车牌号,时间,经度,纬度", file_format=mapped)
    assert read.pings["event_time"].astype("int64").tolist() == [1648422190000]
    torn, refused = read.rejections
    assert (refused.code, refused.topic, refused.key) == (
        Code.TIME_UNREADABLE, "pings.csv:3", "event_time",
    )  # fmt: skip
    assert json.loads(refused.payload)["时间"] == "早上"
    assert json.loads(refused.value) == "早上"
    assert refused.vehicle_id == "晋BQ0384"
    assert (torn.code, torn.topic) == (Code.NOT_AN_OBJECT, "pings.csv:4")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("晋BQ0384.gpx", gpx(point(time="2022-03-28T07:00:00Z", speed=3.5))),
        ("晋BQ0384.gpx", gpx(point(time="2022-03-28T07:00:00", speed=3.5))),
        ("晋BQ0384.nmea", rmc(speed=str(3.5 * 3600 / 1852)).encode()),
        ("晋BQ0384.txt", rmc(speed=str(3.5 * 3600 / 1852)).encode()),
        ("晋BQ0384.kml", kml(track(["2022-03-28T07:00:00Z"], ["113.3 40.08"]))),
    ],
)
@pytest.mark.parametrize("packing", ["", ".gz", ".zip"])
def test_what_recorders_write_is_read_for_the_vehicle_that_the_file_is_called_after(
    tmp_path, name, content, packing
):
    path = tmp_path / (name + packing)
    if packing == ".zip":
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr(name, content)
    else:
        path.write_bytes(gzip.compress(content) if packing else content)
    read = read_ping_file(path)
    assert read.rejections == ()
    assert read.pings["vehicle_id"].tolist() == ["晋BQ0384"]
    assert read.pings["event_time"].astype("int64").tolist() == [1648450800000]
    assert read.pings["longitude"].tolist() == [113.3]
    assert read.pings["latitude"].tolist() == pytest.approx([40.08], abs=1e-9)
    if not name.endswith("kml"):
        assert read.pings["speed_mps"].tolist() == pytest.approx([3.5])
    named = read_ping_file(path, file_format=FileFormat(vehicle="T1")).pings["vehicle_id"]
    assert named.tolist() == ["T1"]


def test_a_kmz_is_a_track_with_pictures_beside_it(tmp_path):
    with zipfile.ZipFile(tmp_path / "T1.kmz", "w") as archive:
        archive.writestr("doc.kml", kml(track()))
        archive.writestr("images/a.png", b"x")
    read = read_ping_file(tmp_path / "T1.kmz", file_format=FileFormat(vehicle="T1"))
    assert len(read.pings) == 3
    with zipfile.ZipFile(tmp_path / "T1.kmz", "w") as archive:
        archive.writestr("images/a.png", b"x")
    with pytest.raises(PingFileError, match="no track in it"):
        read_ping_file(tmp_path / "T1.kmz")


def test_a_recorders_file_that_cannot_name_a_vehicle_asks_for_one(tmp_path):
    (tmp_path / "my ride.gpx").write_bytes(gpx(point(time="2022-03-28T07:00:00Z")))
    with pytest.raises(PingFileError, match="--vehicle"):
        read_ping_file(tmp_path / "my ride.gpx")
    with pytest.raises(PingFileError, match="--map goes with tables"):
        read_ping_file(tmp_path / "my ride.gpx", file_format=FileFormat({"vehicle_id": "x"}))


def test_points_that_are_none_are_refused_by_their_number(tmp_path):
    points = [
        point(time="2022-03-28T07:00:00Z"),
        point(),
        point(lat=0, lon=0, time="2022-03-28T07:00:01Z"),
    ]
    (tmp_path / "T1.gpx").write_bytes(gpx(*points))
    read = read_ping_file(tmp_path / "T1.gpx")
    assert [(each.code, each.topic) for each in read.rejections] == [
        (Code.MISSING_FIELD, "T1.gpx:2"), (Code.NULL_ISLAND, "T1.gpx:3"),
    ]  # fmt: skip


def test_rows_torn_apart_and_bytes_that_are_no_text_do_not_stop_the_rest(tmp_path):
    path = tmp_path / "pings.csv"
    rows = [HEADER, "truck,1648191600000", GOOD_ROW, f"{GOOD_ROW},7", "tr\udcffck" + GOOD_ROW[7:]]
    path.write_bytes("\r\n".join(rows).encode("utf-8", "surrogateescape"))
    read = read_ping_file(path)
    found = [(rejection.code, rejection.topic) for rejection in read.rejections]
    assert found == [
        (Code.NOT_AN_OBJECT, "pings.csv:2"),
        (Code.NOT_AN_OBJECT, "pings.csv:4"),
        (Code.NOT_UTF8, "pings.csv:5"),
    ]
    assert len(read.pings) == 1


def test_unknown_vehicles_and_the_future_are_refused_where_they_are_known(tmp_path):
    rows = [GOOD_ROW, GOOD_ROW.replace("晋BQ0384", "other")]
    options = {"known_vehicles": set(VEHICLES), "received_ms": MORNING_MS - 300_001}
    codes = [rejection.code for rejection in read_rows(tmp_path, *rows, **options).rejections]
    assert codes == [Code.TIME_IN_FUTURE, Code.UNKNOWN_VEHICLE]
    assert read_rows(tmp_path, *rows).rejections == ()


def test_missing_numbers_of_a_frame_are_missing_not_wrong(tmp_path):
    path = tmp_path / "pings.parquet"
    pd.DataFrame(
        {
            "vehicle_id": pd.Categorical(["truck", "truck"]),
            "event_time": [MORNING_MS, MORNING_MS],
            "longitude": [113, 114],
            "latitude": [40.08, float("nan")],
            "speed_mps": [float("nan"), 3.0],
            "hdop": [None, None],
        }
    ).to_parquet(path)
    read = read_ping_file(path)
    assert same(read.pings, frame([ping(vehicle_id="truck", longitude=113.0)]).iloc[:, :-1])
    [rejection] = read.rejections
    assert (rejection.topic, rejection.key) == ("pings.parquet:2", "latitude")


@pytest.mark.parametrize(
    ("column", "value", "told"),
    [
        ("event_time", pd.Timestamp("2022-03-25T07:00:00"), "event_time has no time zone"),
        ("event_time", 1.5, "event_time is double"),
        ("longitude", True, "longitude is bool"),
        ("working", 3, "working is int64"),
        ("vehicle_id", 384, "vehicle_id is int64"),
    ],
)
def test_a_typed_column_of_the_wrong_type_is_an_error_that_names_it(tmp_path, column, value, told):
    row = {"vehicle_id": "a", "event_time": 1, "longitude": 1.0, "latitude": 1.0, column: value}
    pd.DataFrame([row]).to_parquet(tmp_path / "pings.parquet")
    with pytest.raises(PingFileError, match=rf"pings\.parquet: {told}"):
        read_ping_file(tmp_path / "pings.parquet")


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_a_missing_column_is_an_error_that_names_file_and_columns(tmp_path, kind):
    path = tmp_path / f"pings.{kind}"
    table = pd.DataFrame({"vehicle_id": ["a"], "longitude": [1.0]})
    getattr(table, f"to_{kind}")(path, index=False)
    with pytest.raises(PingFileError, match=rf"pings\.{kind}: it has no column event_time, latit"):
        read_ping_file(path)


def test_a_file_that_is_none_is_an_error_that_names_it(tmp_path):
    (tmp_path / "broken.csv.gz").write_bytes(gzip.compress(b"x" * 999)[:20])
    (tmp_path / "wrong.csv.gz").write_bytes(b"vehicle_id")
    (tmp_path / "broken.parquet").write_bytes(b"no")
    (tmp_path / "empty.csv").write_bytes(b"")
    for name in ("absent.csv", "broken.csv.gz", "wrong.csv.gz", "broken.parquet", "empty.csv",
                 "pings.xlsx", "pings", "pings.parquet.gz"):  # fmt: skip
        with pytest.raises(PingFileError, match=name):
            read_ping_file(tmp_path / name)
    with pytest.raises(PingFileError, match="nowhere"):
        write_ping_file(frame([ping()]), tmp_path / "nowhere" / "pings.csv")


def test_a_file_with_a_header_alone_holds_no_ping(tmp_path):
    read = read_rows(tmp_path)
    assert (len(read.pings), read.rejections) == (0, ())
    assert read_ping_file(write(tmp_path / "pings.ndjson")).pings.empty


texts = st.one_of(
    st.sampled_from(["", "nan", "-inf", "1e999", "true", "7.0", "+3", ".5", "1_0", "0x1", " 4 "]),
    st.floats(allow_nan=False, allow_infinity=False, width=32).map(repr),
    st.integers(-10, 10**15).map(str),
    st.sampled_from(["2022-03-25T07:00:00Z", "2022-03-25T07:00:00", "2022-03-25T07:00Z"]),
)


@given(
    times=st.lists(st.sampled_from(["2022-03-25T07:00:00.1239Z", "1648191600000", "x", ""]) | texts,
                   min_size=1, max_size=4),
    numbers=st.lists(texts, min_size=4, max_size=4),
)  # fmt: skip
@in_one_folder
def test_a_row_is_judged_alone(tmp_path, times, numbers):
    header = f"{HEADER},speed_mps,satellites"
    rows = [f"truck,{time},{','.join(numbers)}" for time in times]
    together = read_rows(tmp_path, *rows, header=header)
    alone = [read_rows(tmp_path, row, header=header) for row in rows]
    assert [rejection.code for rejection in together.rejections] == [
        rejection.code for read in alone for rejection in read.rejections
    ]
    assert len(together.pings) == sum(len(read.pings) for read in alone)


json_values = st.one_of(
    st.none(), st.booleans(), st.floats(), st.integers(-5, 400),
    st.sampled_from(["2022-03-25T07:00:00Z", "2022-03-25T07:00:00", "x", MORNING_MS, "113.3"]),
)  # fmt: skip


@given(
    st.dictionaries(
        st.sampled_from(
            ["event_time", "longitude", "latitude", "heading_deg", "working", "satellites"]
        ),
        json_values,
    )
)
@in_one_folder
def test_a_line_of_ndjson_is_judged_as_on_the_wire(tmp_path, wild):
    fix = {"event_time": MORNING_MS, "longitude": 113.3, "latitude": 40.08, **wild}
    line = json.dumps({"vehicle_id": "truck", **fix})
    taken, refused = decode(topic_of("truck"), line.encode(), MORNING_MS, None)
    read = read_ping_file(write(tmp_path / "pings.ndjson", "", line), received_ms=MORNING_MS)
    assert [rejection.code for rejection in read.rejections] == [each.code for each in refused]
    assert [rejection.topic for rejection in read.rejections] == ["pings.ndjson:2"] * len(refused)
    assert same(read.pings, frame(taken).drop(columns=RECEIVED_COLUMN))


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("{", Code.NOT_JSON),
        ("[{}]", Code.NOT_AN_OBJECT),
        ("{}", Code.MISSING_FIELD),
        ('{"vehicle_id":7}', Code.WRONG_TYPE),
        ('{"vehicle_id":"a b"}', Code.BAD_TOPIC),
        (TIMED + '"received_time":"2022-03-25"}', Code.TIME_UNREADABLE),
        (TIMED + '"received_time":1648191299999}', Code.TIME_IN_FUTURE),
    ],
)
def test_a_line_that_is_no_ping_has_a_code(tmp_path, line, code):
    read = read_ping_file(write(tmp_path / "pings.jsonl", line))
    assert [rejection.code for rejection in read.rejections] == [code]


def test_the_recorded_day_of_real_trucks_reads_whole(shared_data):
    read = read_ping_file(shared_data / "jersey-city" / "polls.csv.gz")
    assert (len(read.pings), read.rejections) == (7116, ())
    assert read.pings[RECEIVED_COLUMN].is_monotonic_increasing


@pytest.mark.parametrize("rows_a_group", [1, 2, 1000])
@given(fixes=st.lists(pings, min_size=1, max_size=6))
@in_one_folder
def test_parquet_reads_the_same_however_it_is_cut_and_coded(tmp_path, rows_a_group, fixes):
    written = frame(fixes)
    path = tmp_path / "pings.parquet"
    categories = written.assign(vehicle_id=written["vehicle_id"].astype("category"))
    for rows in (written, categories):
        rows.to_parquet(path, index=False, row_group_size=rows_a_group)
        read = read_ping_file(path)
        assert read.rejections == ()
        assert same(read.pings, written)


def test_a_bad_row_of_any_row_group_is_told_with_its_number(tmp_path):
    rows = frame([ping(), ping(vehicle_id="a", latitude=91.0), ping(vehicle_id="机扫1-113")])
    rows.to_parquet(tmp_path / "pings.parquet", index=False, row_group_size=1)
    read = read_ping_file(tmp_path / "pings.parquet")
    assert [rejection.topic for rejection in read.rejections] == ["pings.parquet:2"]
    assert read.pings["vehicle_id"].tolist() == [VEHICLES[0], "机扫1-113"]


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_what_was_read_can_be_changed(tmp_path, kind):
    write_ping_file(frame([ping(speed_mps=1.0, satellites=7)]), tmp_path / f"pings.{kind}")
    read = read_ping_file(tmp_path / f"pings.{kind}").pings
    for column, value in (("longitude", 1.0), ("satellites", 8), ("vehicle_id", "a")):
        read.loc[0, column] = value
        assert read[column].tolist() == [value]


@pytest.mark.parametrize("kind", ["csv", "ndjson", "parquet"])
def test_a_file_is_held_to_what_a_truck_can_do_and_where_it_can_be(tmp_path, kind):
    fixes = [
        ping(vehicle_id="a", speed_mps=70.0),
        ping(vehicle_id="b", speed_mps=70.5),
        ping(vehicle_id="c", longitude=114.5),
        ping(vehicle_id="d", latitude=39.0),
        ping(vehicle_id="e", latitude=39.0, speed_mps=99.0),
    ]
    path = tmp_path / f"pings.{kind}"
    write_ping_file(frame(fixes), path)
    read = read_ping_file(path, area=Area(113, 40, 114, 41))
    assert list(read.pings["vehicle_id"]) == ["a"]
    assert [(each.code, each.key, each.vehicle_id) for each in read.rejections] == [
        (Code.IMPLAUSIBLE, "speed_mps", "b"),
        (Code.IMPLAUSIBLE, "longitude", "c"),
        (Code.IMPLAUSIBLE, "latitude", "d"),
        (Code.IMPLAUSIBLE, "speed_mps", "e"),
    ]
    anywhere = read_ping_file(path).pings
    assert list(anywhere["vehicle_id"]) == ["a", "c", "d"]
