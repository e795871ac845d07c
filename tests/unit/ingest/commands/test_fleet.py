from pathlib import Path

import pytest
import typer

from ingest.commands import fleet
from ingest.commands.fleet import PlanReader, area_of, read_plans_with, vehicles_of

PLAN = Path("平城") / "plan.toml"
FLEET = frozenset({"晋BQ0384", "机扫1-113"})


def faulty(_):
    raise ValueError("grids[0].windows[0]: '7-10' is no window")


@pytest.fixture
def read_with(monkeypatch):
    """Hand in a reader whose answers are told, until the test is over."""
    monkeypatch.setattr(fleet, "_handed_in", [])

    def hand_in(vehicles=lambda _: FLEET, extent=lambda _: (113.3, 40.1, 113.4, 40.2)):
        read_plans_with(PlanReader(vehicles, extent))

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
