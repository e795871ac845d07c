from dataclasses import dataclass, field
from pathlib import Path

import pytest
import typer
from structlog.testing import capture_logs

from ingest.commands import fleet
from ingest.commands.fleet import (
    FleetFollower,
    PlanReader,
    area_of,
    read_plans_with,
    vehicles_of,
)
from ingest.decoding.acceptance import Acceptance

PLAN = Path("平城") / "plan.toml"
FLEET = frozenset({"晋BQ0384", "机扫1-113"})


def faulty(_):
    raise ValueError("grids[0].windows[0]: '7-10' is no window")


@pytest.fixture
def read_with(monkeypatch):
    """Hand in a reader whose answers are told, until the test is over."""
    monkeypatch.setattr(fleet, "_handed_in", [])

    def hand_in(
        vehicles=lambda _: FLEET, extent=lambda _: (113.3, 40.1, 113.4, 40.2), watch=faulty
    ):
        read_plans_with(PlanReader(vehicles, extent, watch, str))

    return hand_in


def test_the_reader_that_was_handed_in_last_is_asked_about_the_plan(read_with):
    asked = []
    read_with(vehicles=faulty)
    read_with(vehicles=lambda plan: asked.append(plan) or FLEET)
    assert vehicles_of(PLAN) == FLEET
    assert asked == [PLAN]


def test_the_area_reaches_beyond_the_streets_on_every_side(read_with):
    read_with()
    area = area_of(PLAN)
    assert 110 < area.west < 113.3
    assert 113.4 < area.east < 117
    assert 37 < area.south < 40.1
    assert 40.2 < area.north < 43


@pytest.mark.parametrize("ask", [vehicles_of, area_of])
def test_a_faulty_plan_ends_the_command_with_its_faults_behind_its_path(read_with, ask, capsys):
    read_with(vehicles=faulty, extent=faulty)
    with pytest.raises(typer.Exit) as end:
        ask(PLAN)
    told = capsys.readouterr()
    assert (end.value.exit_code, told.out) == (1, "")
    assert told.err == f"error: {PLAN}: grids[0].windows[0]: '7-10' is no window\n"


def test_without_streets_there_is_no_area_and_a_note_says_what_that_means(read_with, capsys):
    read_with(extent=lambda _: None)
    assert area_of(PLAN) is None
    assert capsys.readouterr().err == (
        f"note: {PLAN}: no street can be read, so fixes may lie anywhere\n"
    )


@pytest.mark.usefixtures("read_with")
def test_whoever_forgot_to_hand_in_a_reader_is_told_who_does():
    with pytest.raises(RuntimeError, match=r"pingcheng\.py"):
        vehicles_of(PLAN)


@dataclass(frozen=True)
class Trucks:
    vehicles: frozenset[str]
    extent: tuple[float, float, float, float] | None = (113.3, 40.1, 113.4, 40.2)


@dataclass
class Watch:
    """Tells what the test has put down."""

    first: Trucks = Trucks(FLEET)
    news: list[tuple[Trucks | None, str | None]] = field(default_factory=list)
    fault: str | None = None
    coming_fault: str | None = None

    def begin(self, _):
        return self.first

    def look(self, _):
        return self.news.pop(0)


class Terms:
    """Stands in for a decoder: keeps the terms that it is told."""

    def __init__(self):
        self.told: list[Acceptance] = []

    def accept(self, acceptance):
        self.told.append(acceptance)


def follower(read_with, watch):
    read_with(watch=lambda _: watch)
    return FleetFollower(PLAN, 60_000)


def test_the_terms_at_first_are_those_of_the_plan(read_with):
    terms = follower(read_with, Watch()).acceptance
    assert (terms.vehicles, terms.max_age_ms) == (FLEET, 60_000)
    assert terms.area.west < 113.3


def test_another_fleet_is_handed_to_the_decoder_and_counted_without_plates(read_with):
    watch = Watch(news=[(Trucks(frozenset({"机扫1-113", "晋B77777", "晋B77778"})), None)])
    following, decoder = follower(read_with, watch), Terms()
    with capture_logs() as logged:
        following.look(decoder)
    assert [each.vehicles for each in decoder.told] == [{"机扫1-113", "晋B77777", "晋B77778"}]
    (line,) = logged
    told = {key: line[key] for key in ("event", "vehicles", "new", "gone")}
    assert told == {"event": "plan changed", "vehicles": 3, "new": 2, "gone": 1}
    assert "晋B77777" not in str(line)


def test_without_news_the_decoder_is_left_alone(read_with):
    following, decoder = follower(read_with, Watch(news=[(None, None)])), Terms()
    with capture_logs() as logged:
        following.look(decoder)
    assert (decoder.told, logged) == ([], [])


def test_a_broken_plan_is_said_in_the_log_and_on_the_health_page(read_with):
    watch = Watch(news=[(None, "plan.toml: the plan has 1 fault")])
    following, decoder = follower(read_with, watch), Terms()
    assert following.warnings() == []
    with capture_logs() as logged:
        following.look(decoder)
    watch.fault = "plan.toml: the plan has 1 fault"
    assert (decoder.told, [line["reason"] for line in logged]) == ([], [watch.fault])
    (warning,) = following.warnings()
    assert warning == "the plan was changed and cannot be used; the one before goes on"


def test_it_looks_only_now_and_then(read_with, monkeypatch):
    now_s = [100.0]
    monkeypatch.setattr(fleet.time, "monotonic", lambda: now_s[0])
    watch = Watch(news=[(None, None)])
    following = follower(read_with, watch)
    following.look_sometimes(Terms())
    assert len(watch.news) == 1
    now_s[0] += fleet.LOOK_S
    following.look_sometimes(Terms())
    assert watch.news == []


def test_a_fleet_of_a_broken_plan_ends_the_command(read_with, capsys):
    watch = Watch()
    watch.begin = faulty
    with pytest.raises(typer.Exit):
        follower(read_with, watch)
    assert capsys.readouterr().err.startswith(f"error: {PLAN}: grids[0]")


def test_a_fleet_without_streets_may_be_anywhere_and_a_note_says_so(read_with, capsys):
    assert follower(read_with, Watch(Trucks(FLEET, None))).acceptance.area is None
    assert "no street can be read" in capsys.readouterr().err


def test_a_broken_plan_to_come_is_said_once_in_the_log_and_on_the_health_page(read_with):
    watch = Watch(news=[(None, None)] * 5)
    following, decoder = follower(read_with, watch), Terms()
    told = []
    for fault in (None, "one fault", "one fault", "two faults", None):
        watch.coming_fault = fault
        with capture_logs() as logged:
            following.look(decoder)
        told.append([line["reason"] for line in logged])
        assert len(following.warnings()) == (fault is not None)
    assert told == [[], ["one fault"], [], ["two faults"], []]
    watch.coming_fault, watch.fault = "one fault", "another"
    assert following.warnings()[1] == "the plan to come cannot be used; mend it before its date"
