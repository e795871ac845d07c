"""The units of systemd that ship: what they wait for."""

from configparser import ConfigParser

import pytest

from tests.house.tree import ROOT

UNITS = ROOT / "deploy/systemd"


def ordered_after(name):
    unit = ConfigParser(strict=False, interpolation=None)
    unit.optionxform = str
    unit.read(UNITS / f"pingcheng-{name}.service", encoding="utf-8")
    return unit["Unit"]["After"].split()


@pytest.mark.parametrize("name", ["ingest", "serve", "alerts", "nightly", "seal"])
def test_what_goes_by_the_clock_waits_until_it_is_right(name):
    assert "time-sync.target" in ordered_after(name)


def test_the_broker_takes_what_trucks_send_whatever_the_time_is():
    assert "time-sync.target" not in ordered_after("broker")
