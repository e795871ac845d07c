import pytest
from structlog.testing import capture_logs

from ingest.commands.devices_file import DevicesFollower
from ingest.decoding.acceptance import ANYTHING
from ingest.decoding.decoder import decoder_of
from ingest.decoding.message import Message
from ingest.fault import LogError
from ingest.log.pinglog import open_log
from ingest.settings.settings import Settings

UNIT, ZONE = "350000000000011", "Asia/Shanghai"
PING = b'{"event_time": "2022-03-28T08:00:00+08:00", "longitude": 113.3, "latitude": 40.09}'


class Fleet:
    """Stands in for the follower of a plan."""

    vehicles, timezone = frozenset({"T01", "T02"}), ZONE


def settle(follower):
    """Look as often as a change takes."""
    follower.look()
    follower.look()


@pytest.fixture
def devices(tmp_path):
    path = tmp_path / "devices.csv"

    def write(*rows):
        path.write_text("\n".join(["device_id,vehicle_id,from,until", *rows]), encoding="utf-8")

    write(f"{UNIT},T01,,")
    settings, fleet = Settings(devices=path), Fleet()
    decoder = decoder_of(settings, ANYTHING, ZONE)
    with open_log(f"sqlite:///{tmp_path / 'pings.db'}") as log:
        follower = DevicesFollower(settings, log, decoder, fleet)
        yield follower, write, decoder, log, fleet


def owner(decoder):
    [ping], _ = decoder.decode(Message(f"fleet/{UNIT}/ping", PING, 1_800_000_000_000))
    return ping.vehicle_id


def test_a_changed_file_counts_once_it_is_the_same_at_two_looks(devices):
    follower, write, decoder, *_ = devices
    assert owner(decoder) == "T01"
    write(f"{UNIT},T01,,2022-03-28", f"{UNIT},T02,2022-03-28,")
    follower.look()
    assert owner(decoder) == "T01"
    follower.look()
    assert owner(decoder) == "T02"


def test_a_file_with_a_fault_changes_nothing_and_is_told_until_it_is_mended(devices):
    follower, write, decoder, *_ = devices
    write(f"{UNIT},")
    settle(follower)
    assert owner(decoder) == "T01"
    assert "devices.csv:2" in follower.fault
    assert follower.warnings()
    write(f"{UNIT},T01,2000-01-01,")
    settle(follower)
    assert (follower.fault, follower.warnings()) == (None, [])


def test_why_a_file_is_refused_is_told_to_everybody_without_vehicles_and_devices(devices):
    follower, write, *_ = devices
    for rows, reason in (
        ([f"{UNIT},T 1,,"], "devices.csv:2: no vehicle can have this vehicle_id"),
        ([f"{UNIT},T02,,"], "devices.csv: 1 device is in another vehicle now"),
        ([f"{UNIT},T01,,", f"{UNIT},T02,,", f"{UNIT},T03,,"], "line 2 has this device too"),
        ([], "devices.csv: it has no row any more"),
    ):
        write(*rows)
        with capture_logs() as logged:
            settle(follower)
        [told] = follower.warnings()
        assert reason in told
        assert reason in logged[0]["reason"]
        assert UNIT not in told + logged[0]["reason"]
        assert "T0" not in told
    write(f"{UNIT},T01,,", "x,T 1,,", "y,T 2,,")
    settle(follower)
    assert follower.warnings()[0].endswith("(and 1 more)")


def test_a_file_that_is_deleted_is_told_as_such_and_changes_nothing(devices, tmp_path):
    follower, _, decoder, *_ = devices
    (tmp_path / "devices.csv").unlink()
    settle(follower)
    assert owner(decoder) == "T01"
    told = "it cannot be read (no such file); put it back, or take out the setting devices"
    [warning] = follower.warnings()
    assert warning.endswith(f"the one before goes on: devices.csv: {told}")
    assert f"{tmp_path / 'devices.csv'}: {told}" in follower.fault


def test_a_device_that_moves_without_a_date_stays_where_it_was(devices):
    follower, write, decoder, *_ = devices
    write(f"{UNIT},T02,,")
    settle(follower)
    assert owner(decoder) == "T01"
    assert "it was in T01 and is in T02 now" in follower.fault


def test_its_dates_are_meant_in_the_zone_of_the_plan_even_if_that_changes(devices):
    follower, write, decoder, _, fleet = devices
    write(f"{UNIT},T01,,2022-03-28 06:00", f"{UNIT},T02,2022-03-28 06:00,")
    settle(follower)
    assert owner(decoder) == "T02"
    fleet.timezone = "America/Vancouver"
    settle(follower)
    assert owner(decoder) == "T01"


def test_while_the_log_cannot_be_read_the_file_waits(devices, monkeypatch):
    follower, write, decoder, log, _ = devices
    write(f"{UNIT},T01,,2022-03-28", f"{UNIT},T02,2022-03-28,")

    def away(**_):
        raise LogError("the database is away")

    with monkeypatch.context() as patched:
        patched.setattr(log, "transaction", away)
        for _ in range(3):
            follower.look()
        assert owner(decoder) == "T01"
    follower.look()
    assert owner(decoder) == "T02"


def test_a_file_that_has_lost_all_its_rows_is_not_taken_for_good(devices):
    follower, write, decoder, *_ = devices
    write()
    settle(follower)
    assert owner(decoder) == "T01"
    assert "no row any more" in follower.fault


def test_devices_that_are_gone_and_vehicles_that_nobody_knows_are_counted(devices):
    follower, write, *_ = devices
    write("new,T9,,")
    with capture_logs() as told:
        settle(follower)
    assert [(each["event"], each.get("count")) for each in told] == [
        ("devices are not in the file any more", 1),
        ("devices are in vehicles that the plan does not know", 1),
        ("devices changed", None),
    ]
