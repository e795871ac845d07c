import json

import pytest

from geofence.commands.fleet import extent_of, vehicles_in
from geofence.plan.fault import PlanError
from tests.fixtures import written_plan


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
