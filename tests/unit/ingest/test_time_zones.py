import os
import subprocess
import sys
import zoneinfo
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
import tzdata
from hypothesis import given
from hypothesis import strategies as st

from ingest.time_zones import release, release_in, source, use_newest, utc_offsets

PACKAGE = str(Path(tzdata.__file__).parent / "zoneinfo")


@pytest.fixture
def paths(monkeypatch):
    """Let a test say where zones are looked for; afterwards all is as it was."""
    monkeypatch.delenv("PYTHONTZPATH", raising=False)
    before = zoneinfo.TZPATH

    def look(*folders):
        zoneinfo.reset_tzpath(to=[str(folder) for folder in folders])

    yield look
    zoneinfo.reset_tzpath(to=before)
    zoneinfo.ZoneInfo.clear_cache()


@pytest.fixture
def system(tmp_path):
    """Make the files of a system, of a release, in which Vancouver is in China."""

    def make(told, name="tzdata.zi"):
        folder = tmp_path / "zoneinfo"
        (folder / "America").mkdir(parents=True)
        zone = (Path(PACKAGE) / "Asia" / "Shanghai").read_bytes()
        (folder / "America" / "Vancouver").write_bytes(zone)
        (folder / name).write_text(told, encoding="utf-8")
        return folder

    return make


def offset_h():
    zone = zoneinfo.ZoneInfo("America/Vancouver")
    return datetime(2026, 12, 15, 7, tzinfo=zone).utcoffset() / timedelta(hours=1)


@pytest.mark.parametrize("told", ["# version 2019c\n", "# version unknown\n"])
def test_the_package_comes_before_older_files_of_the_system_and_those_that_do_not_say(
    paths, system, told
):
    paths(system(told))
    use_newest()
    assert offset_h() == -7  # by the law of 2026 the clocks of Vancouver go back no more
    assert release() == tzdata.IANA_VERSION
    assert source() == "the package tzdata"


def test_newer_files_of_the_system_come_before_the_package(paths, system):
    folder = system("# version 2999a\n")
    paths(folder)
    use_newest()
    assert offset_h() == 8
    assert (release(), source()) == ("2999a", str(folder))


def test_a_path_that_somebody_chose_stays(paths, system, monkeypatch):
    folder = system("# version 2019c\n")
    monkeypatch.setenv("PYTHONTZPATH", str(folder))
    paths(folder)
    use_newest()
    assert (release(), source(), offset_h()) == ("2019c", str(folder), 8)


def test_without_files_of_the_system_it_is_the_package(paths, tmp_path):
    paths(tmp_path / "absent")
    assert (release(), source()) == (tzdata.IANA_VERSION, "the package tzdata")
    use_newest()
    assert (release(), offset_h()) == (tzdata.IANA_VERSION, -7)


@pytest.mark.parametrize(
    ("told", "name", "found"),
    [
        ("# version 2025b\n", "tzdata.zi", "2025b"),
        ("2024a\n", "+VERSION", "2024a"),
        ("# version 2024b-rearguard\n", "tzdata.zi", "2024b"),
        ("", "tzdata.zi", ""),
        ("2024a\n", "README", ""),
    ],
)
def test_the_release_is_read_where_systems_write_it(system, told, name, found):
    assert release_in([str(system(told, name))]) == found


def test_every_process_reckons_by_it_whatever_it_imports_first():
    program = (
        "from {} import *; from datetime import datetime; from zoneinfo import ZoneInfo; "
        "print(datetime(2026, 12, 15, 7, tzinfo=ZoneInfo('America/Vancouver')).utcoffset().seconds)"
    )
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONTZPATH"}
    for module in ("geofence.plan.reader", "analytics.coverage.windows", "ingest.ping"):
        done = subprocess.run(
            [sys.executable, "-c", program.format(module)],
            env=environment, capture_output=True, text=True, check=True,
        )  # fmt: skip
        assert done.stdout.strip() == str((24 - 7) * 3600)


def test_a_zone_that_never_changed_since_has_few_offsets():
    found = utc_offsets("Asia/Shanghai")
    assert found[-1][1] == 8 * 3600
    assert len(found) == 5  # summer time was last in 1991


ZONES = (
    "America/Vancouver", "Europe/Berlin", "Africa/Casablanca", "Australia/Lord_Howe",
    "Asia/Kathmandu", "Pacific/Apia", "UTC",
)  # fmt: skip


@given(st.sampled_from(ZONES), st.integers(631_200_000, 4_102_300_000))
def test_offsets_reckon_every_instant_as_the_zone_does(name, second):
    at, ms = datetime.fromtimestamp(second, UTC), 1000 * second
    (*_, offset_s) = [offset for since, offset in utc_offsets(name) if since <= ms]
    assert offset_s == at.astimezone(zoneinfo.ZoneInfo(name)).utcoffset().total_seconds()


@pytest.mark.parametrize(
    ("name", "day"), [("Europe/Berlin", date(2026, 10, 25)), ("Pacific/Apia", date(2011, 12, 30))]
)
def test_an_offset_begins_in_the_very_second_of_the_change(name, day):
    zone = zoneinfo.ZoneInfo(name)
    near = [
        since
        for since, _ in utc_offsets(name)
        if abs(datetime.fromtimestamp(since / 1000, UTC).date() - day) <= timedelta(days=1)
    ]
    (since,) = near
    before, after = (
        datetime.fromtimestamp(since / 1000 + shift_s, zone).utcoffset() for shift_s in (-1, 0)
    )
    assert before != after
