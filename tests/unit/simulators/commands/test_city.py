from geofence.plan.reader import read_plan


def test_a_made_up_city_is_a_sound_plan_that_says_it_is_schematic(town):
    plan = read_plan(town / "plan.toml")
    assert len(plan.grids) == 3
    assert plan.schematic
    assert len(plan.facilities) == 4
    assert not any(plan.unlocated(grid) for grid in plan.grids)


def test_streets_are_drawn_for_a_plan_that_has_none(run, town, tmp_path):
    plan = tmp_path / "plan.toml"
    plan.write_bytes((town / "plan.toml").read_bytes())
    result = run("city", plan, "--out", tmp_path, "--seed", 5)
    assert result.exit_code == 0, result.output
    assert "SCHEMATIC" in result.output
    assert len(read_plan(plan).sections) > 50


def test_surveyed_streets_are_never_overwritten(run, town, tmp_path):
    surveyed = tmp_path / "streets.geojson"
    surveyed.write_text('{"type": "FeatureCollection", "features": []}', encoding="utf-8")
    result = run("city", town / "plan.toml", "--out", tmp_path)
    assert result.exit_code == 1
    assert "would be overwritten" in result.stderr
    assert surveyed.read_text(encoding="utf-8").endswith("[]}")


def test_a_plan_of_one_s_own_is_never_overwritten(run, tmp_path):
    (tmp_path / "plan.toml").write_text('name = "mine"\n', encoding="utf-8")
    assert run("city", "--grids", 2, "--out", tmp_path).exit_code == 1
    assert (tmp_path / "plan.toml").read_text(encoding="utf-8") == 'name = "mine"\n'
