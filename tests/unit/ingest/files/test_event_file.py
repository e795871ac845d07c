import gzip
import json
import zipfile

import pytest
from typer.testing import CliRunner

from ingest.decoding.acceptance import ANYTHING, Acceptance
from ingest.event import Event, EventKind
from ingest.fault import PingFileError
from ingest.files.event_file import read_event_file
from ingest.log.pinglog import open_log
from pingcheng import app
from tests.fixtures.one_grid_plan import write_one_grid_plan

TRUCK, AT_MS, NOW_MS = "晋BQ0384", 1_648_422_190_000, 1_648_500_000_000
CARD = "6101 0000 1234 5678"
LIFT = Event(TRUCK, AT_MS, EventKind.BIN_LIFT, 113.3, 40.1, "桶-17", 21.5)
CSV = (
    "vehicle_id,event_time,kind,longitude,latitude,reference,weight_kg\n"
    f"{TRUCK},2022-03-28T07:03:10+08:00,bin_lift,113.3,40.1,桶-17,21.5\n"
)


def read(path, acceptance=ANYTHING):
    return read_event_file(path, acceptance, NOW_MS)


def refused(found):
    return [(one.topic, one.code.value) for one in found.rejections]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_csv_file_has_an_event_a_line_in_any_encoding_of_pings(tmp_path, encoding):
    path = tmp_path / "lifts.csv"
    path.write_bytes(CSV.replace("\n", "\r\n").encode(encoding))
    found = read(path)
    assert (found.events, found.rejections) == ((LIFT,), ())


def test_ndjson_and_what_is_packed_are_read_too(tmp_path):
    line = json.dumps(
        {"vehicle_id": TRUCK, "event_time": AT_MS, "kind": "bin_lift", "longitude": 113.3,
         "latitude": 40.1, "reference": "桶-17", "weight_kg": 21.5}
    )  # fmt: skip
    packed = tmp_path / "lifts.ndjson.gz"
    packed.write_bytes(gzip.compress(f"{line}\n\n{line}\n".encode()))
    assert read(packed).events == (LIFT, LIFT)
    with zipfile.ZipFile(tmp_path / "day.zip", "w") as archive:
        archive.writestr("a.csv", CSV)
        archive.writestr("b.jsonl", line + "\nnot JSON")
    both = read(tmp_path / "day.zip")
    assert both.events == (LIFT, LIFT)
    assert refused(both) == [("day.zip/b.jsonl:2", "not_json")]


def test_epoch_milliseconds_and_missing_cells_are_read(tmp_path):
    path = tmp_path / "lifts.csv"
    path.write_text(f"kind,event_time,vehicle_id,weight_kg\nphoto,{AT_MS},{TRUCK},\n", "utf-8")
    assert read(path).events == (Event(TRUCK, AT_MS, EventKind.PHOTO),)


def test_each_bad_line_costs_itself_and_is_told_by_its_number(tmp_path):
    bad = [
        (f"{TRUCK},2022-03-28T07:03:10+08:00,bin,,,,", "unknown_kind"),
        (f"{TRUCK},2022-03-28T07:03:10,photo,,,,", "time_without_offset"),
        (f"{TRUCK},2022-03-28T07:03:10+08:00,photo,east,40,,", "wrong_type"),
        (f"{TRUCK},2022-03-28T07:03:10+08:00,photo,nan,40,,", "not_finite"),
        (f'{TRUCK},2022-03-28T07:03:10+08:00,photo,,,"open,', "not_an_object"),
        (f"{TRUCK},2022-03-28T07:03:10+08:00,photo", "not_an_object"),
        (",2022-03-28T07:03:10+08:00,photo,,,,", "missing_field"),
        ("a b,2022-03-28T07:03:10+08:00,photo,,,,", "bad_topic"),
        ("other,2022-03-28T07:03:10+08:00,photo,,,,", "unknown_vehicle"),
    ]
    path = tmp_path / "lifts.csv"
    path.write_text(CSV + "\n".join([line for line, _ in bad] + [CSV.splitlines()[1]]), "utf-8")
    found = read(path, Acceptance({TRUCK}))
    assert found.events == (LIFT, LIFT)
    assert refused(found) == [
        (f"lifts.csv:{number}", code) for number, (_, code) in enumerate(bad, start=3)
    ]


@pytest.mark.parametrize(
    "line",
    [
        f"{TRUCK},2022-03-28T07:03:10+08:00,drivercard,,,{CARD},",
        f"{TRUCK},never,driver_card,,,{CARD},",
        f"{TRUCK},never,driver_card,,,{CARD},,,,",
    ],
)
def test_no_card_is_in_what_is_refused(tmp_path, line):
    path = tmp_path / "cards.csv"
    path.write_text(CSV + line, "utf-8")
    [one] = read(path).rejections
    assert CARD not in f"{one.value}{one.payload!r}"


def test_a_file_that_is_none_of_events_is_an_error_that_says_what_is_missing(tmp_path):
    (tmp_path / "pings.csv").write_text("vehicle_id,event_time,longitude\n")
    with pytest.raises(PingFileError, match="lacks the columns kind"):
        read(tmp_path / "pings.csv")
    (tmp_path / "track.gpx").write_text("<gpx/>")
    with pytest.raises(PingFileError, match=r"read from \.csv"):
        read(tmp_path / "track.gpx")
    with pytest.raises(PingFileError, match=r"absent\.csv"):
        read(tmp_path / "absent.csv")


def test_the_command_takes_a_file_twice_and_stores_its_events_once(tmp_path):
    plan, url = write_one_grid_plan(tmp_path, [TRUCK]), f"sqlite:///{tmp_path / 'pings.db'}"
    path = tmp_path / "lifts.csv"
    path.write_text(CSV, "utf-8")
    run = ["ingest", "--plan", str(plan), "--database", url, "--events", str(path)]
    for _ in range(2):
        done = CliRunner().invoke(app, run)
        assert done.exit_code == 0, done.output
    assert done.stdout == (
        "received 2 = stored 1 + duplicate 1 + conflicting 0 + rejected 0; "
        "of the stored 1 are events\n"
    )
    with open_log(url, create=False) as log:
        assert log.read_events(start_ms=0, end_ms=NOW_MS) == [LIFT]
    path.write_text(CSV + "x\n", "utf-8")
    assert CliRunner().invoke(app, run).exit_code == 1
    assert CliRunner().invoke(app, [*run, "--allow-rejected"]).exit_code == 0
    for wrong in (["--file", "a.csv"], ["--broker", "mqtt://a"], ["--datum", "gcj02"]):
        assert CliRunner().invoke(app, [*run, *wrong]).exit_code == 2
