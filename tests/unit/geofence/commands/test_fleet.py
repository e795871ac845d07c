import json

import pytest

from geofence.commands.fleet import PlanFleet, extent_of, vehicles_in
from geofence.plan.fault import PlanError
from tests.fixtures import written_plan
from tests.fixtures.town import at, next_day


def test_vehicles_of_grids_lent_ones_and_spares_are_known(tmp_path):
    plan = written_plan.write(tmp_path, written_plan.WITH_SPARES)
    assert vehicles_in(plan) == {"晋BQ0384", "机扫1-113", "晋B21333", "晋B90001"}


def test_vehicles_are_known_without_any_street(tmp_path):
    plan = written_plan.write(tmp_path)
    (tmp_path / "streets.geojson").unlink()
    assert "晋BQ0384" in vehicles_in(plan)


def test_the_rectangle_holds_all_streets_and_no_facility(tmp_path):
    far = json.loads(json.dumps(written_plan.DEPOT))
    far["geometry"]["coordinates"] = [120.0, 30.0]
    plan = written_plan.write(tmp_path, facilities=written_plan.collection(far))
    assert extent_of(plan) == (113.3, 40.1, 113.302, 40.101)


def test_streets_that_are_absent_have_no_rectangle(tmp_path):
    plan = written_plan.write(tmp_path)
    (tmp_path / "streets.geojson").unlink()
    assert extent_of(plan) is None


@pytest.mark.parametrize("ask", [vehicles_in, extent_of])
@pytest.mark.parametrize("content", [None, "name = "])
def test_a_plan_that_cannot_be_read_is_a_value_error_as_was_promised_to_ingest(
    tmp_path, ask, content
):
    plan = written_plan.write(tmp_path)
    plan.unlink()
    if content is not None:
        plan.write_text(content, encoding="utf-8")
    with pytest.raises(PlanError) as told:
        ask(plan)
    assert isinstance(told.value, ValueError)


def fleet_at(plan, now_ms):
    fleet = PlanFleet(plan)
    return fleet, fleet.begin(now_ms).vehicles


def renamed(text, before="晋BQ0384", after="晋B77777"):
    return text.replace(before, after)


def looks(fleet, now_ms):
    fleet.look(now_ms)  # a change counts when it is as it was at the look before
    return fleet.look(now_ms)


def test_a_truck_that_is_new_in_the_plan_is_told(tmp_path):
    plan = written_plan.write(tmp_path)
    fleet, before = fleet_at(plan, at("12:00"))
    assert "晋B77777" not in before
    plan.write_text(renamed(plan.read_text(encoding="utf-8")), encoding="utf-8")
    changed, refused = looks(fleet, at("12:00"))
    assert (changed.vehicles - before, refused) == ({"晋B77777"}, None)
    assert fleet.look(at("12:00")) == (None, None)


@pytest.mark.parametrize("name", ["plan.toml", "streets.geojson"])
def test_a_plan_that_breaks_is_told_and_the_fleet_stays(tmp_path, name):
    plan = written_plan.write(tmp_path)
    fleet, _ = fleet_at(plan, at("12:00"))
    (tmp_path / name).write_text("{", encoding="utf-8")
    changed, refused = looks(fleet, at("12:00"))
    assert changed is None
    assert refused == fleet.fault
    assert "plan.toml" in refused


def test_about_the_date_of_a_new_plan_the_trucks_of_both_are_known(tmp_path):
    plan = written_plan.write(tmp_path)
    old = plan.read_text(encoding="utf-8")
    (tmp_path / f"plan.until-{next_day()}.toml").write_text(old, encoding="utf-8")
    plan.write_text(renamed(old), encoding="utf-8")
    tuesday, wednesday = next_day(), next_day(next_day())
    fleet, monday = fleet_at(plan, at("23:59"))
    assert ("晋BQ0384" in monday, "晋B77777" in monday) == (True, False)
    both = looks(fleet, at("00:01", tuesday))[0].vehicles
    assert {"晋BQ0384", "晋B77777"} <= both
    only = fleet.look(at("00:01", wednesday))[0].vehicles
    assert ("晋BQ0384" in only, "晋B77777" in only) == (False, True)


@pytest.mark.parametrize("name", ["plan.toml", "streets.geojson"])
def test_a_plan_to_come_that_cannot_be_used_is_known_and_the_fleet_of_today_stays(tmp_path, name):
    plan = written_plan.write(tmp_path)
    old = plan.read_text(encoding="utf-8").replace("streets.geojson", "old.geojson")
    (tmp_path / f"plan.until-{next_day()}.toml").write_text(old, encoding="utf-8")
    (tmp_path / "old.geojson").write_bytes((tmp_path / "streets.geojson").read_bytes())
    (tmp_path / name).write_text("{", encoding="utf-8")
    fleet, vehicles = fleet_at(plan, at("12:00"))
    assert "晋BQ0384" in vehicles
    assert looks(fleet, at("12:00")) == (None, None)
    assert (fleet.fault, "in force from" in fleet.coming_fault) == (None, True)
