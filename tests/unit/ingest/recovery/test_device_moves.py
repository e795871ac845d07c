import pytest

from ingest.decoding.devices import read_devices
from ingest.fault import SettingError
from ingest.log.pinglog import open_log
from ingest.recovery.device_moves import note_places

UNIT, OTHER = "350000000000011", "350000000000029"
NOW_MS = 1_700_000_000_000  # in November 2023
HEADER = "device_id,vehicle_id,from,until\n"


@pytest.fixture(params=["sqlite", "postgresql"])
def start(request, tmp_path):
    url = f"sqlite:///{tmp_path / 'pings.db'}"
    if request.param == "postgresql":
        url = request.getfixturevalue("postgres_server").new_database()
    path = tmp_path / "devices.csv"
    with open_log(url) as log:

        def begin(*rows, now_ms=NOW_MS, known=None):
            path.write_text(HEADER + "\n".join(rows), encoding="utf-8")
            note_places(log, read_devices(path, "Asia/Shanghai"), path.name, now_ms, known)

        yield begin


def test_a_device_that_is_elsewhere_without_a_date_stops_the_start_and_nothing_is_noted(start):
    start(f"{UNIT},T01", f"{OTHER},T02")
    start(f"{UNIT},T01", f"{OTHER},T02")
    for _ in range(2):
        with pytest.raises(SettingError) as caught:
            start(f"{UNIT},T02", f"{OTHER},T03", "new,T04")
        first, second = str(caught.value).splitlines()
        assert first.startswith(f"devices.csv: '{UNIT}': it was in T01 and is in T02 now")
        assert "write two rows" in first
        assert OTHER in second
    start(f"{UNIT},T01", f"{OTHER},T02", "new,T05")


def test_with_dates_it_may_move_and_is_known_there_from_then_on(start):
    start(f"{UNIT},T01")
    start(f"{UNIT},T02,2022-03-28,", f"{UNIT},T01,,2022-03-28")
    start(f"{UNIT},T02")  # the row of the past is no longer needed
    with pytest.raises(SettingError, match="it was in T02 and is in T01"):
        start(f"{UNIT},T01")
    start(f"{UNIT},T01,2000-01-01,")  # it never was in T02


def test_a_device_that_was_taken_out_is_remembered(start):
    start(f"{UNIT},T01", f"{OTHER},T02")
    start(f"{OTHER},T02")
    with pytest.raises(SettingError, match=UNIT):
        start(f"{UNIT},T02", f"{OTHER},T03,2022-03-28,")


def test_a_dated_row_is_not_given_another_vehicle_for_a_time_of_the_one_before(start):
    start(f"{UNIT},T01,,2022-03-28", f"{UNIT},T02,2022-03-28,")
    with pytest.raises(SettingError, match="it was in T02 and is in T03"):
        start(f"{UNIT},T01,,2022-03-28", f"{UNIT},T03,2022-03-28,")
    start(f"{UNIT},T01,,2022-03-28", f"{UNIT},T02,2022-03-28,")


def test_a_move_to_come_is_remembered_once_it_has_come_and_may_be_called_off_before(start):
    start(f"{UNIT},T01,,2024-06-01", f"{UNIT},T02,2024-06-01,")
    start(f"{UNIT},T01,,")
    start(f"{UNIT},T01,,2024-06-01", f"{UNIT},T02,2024-06-01,", now_ms=NOW_MS + 86_400_000 * 365)
    with pytest.raises(SettingError, match="it was in T02 and is in T01"):
        start(f"{UNIT},T01,,")


def test_a_vehicle_that_the_plan_does_not_know_is_not_remembered(start):
    start(f"{UNIT},T0", known={"T01", "T02"})
    start(f"{UNIT},T01", known={"T01", "T02"})
