import pytest

from geofence.plan.reader import read_roster
from geofence.plan.writer import render_plan
from simulators.city.roster import synthetic_roster


@pytest.mark.parametrize("count", [1, 57, 600])
def test_ids_and_plates_are_unique_for_any_number_of_grids(count):
    roster = synthetic_roster(count)
    assert len({grid.id for grid in roster.grids}) == count
    assert len({grid.vehicles for grid in roster.grids}) == count
    assert all(grid.streets and grid.windows for grid in roster.grids)


def test_a_roster_is_the_same_for_the_same_seed():
    first, same, other = (synthetic_roster(20, seed) for seed in (1, 1, 2))
    assert first.grids == same.grids != other.grids


def test_a_roster_of_nothing_is_refused():
    with pytest.raises(ValueError, match="at least one grid"):
        synthetic_roster(0)


def test_a_roster_written_as_a_plan_reads_back(tmp_path):
    roster = synthetic_roster(30)
    (tmp_path / "plan.toml").write_text(render_plan(roster), encoding="utf-8")
    assert read_roster(tmp_path / "plan.toml").grids == roster.grids
