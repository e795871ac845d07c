"""What a plan says of tasks: read with every fault, hashed, written, and asked for."""

from copy import deepcopy
from dataclasses import replace

import pytest

from geofence.plan.fault import PlanError
from geofence.plan.reader import read_plan, read_roster
from geofence.plan.version import content_version
from geofence.plan.work import NO_WORK, Work
from geofence.plan.writer import render_plan
from ingest.tasks import Task
from tests.fixtures.written_plan import RICH, STREETS, TOML, write

GRID = 'streets = ["云中街", "滨河路"]'
WITH_TASKS = RICH.replace(GRID, f'{GRID}\ntasks = ["SPRAYING", "BRUSHING"]').replace(
    "served_ratio = 0.85", "served_ratio = 0.85\n[service.per_task]\nBRUSHING = 8\nSALTING = 40.5"
)


def with_tasks_of_a_street(tasks):
    streets = deepcopy(STREETS)
    streets["features"][0]["properties"]["tasks"] = tasks
    return streets


def faults(tmp_path, **files):
    with pytest.raises(PlanError) as caught:
        read_plan(write(tmp_path, **files))
    return [str(fault) for fault in caught.value.faults]


def of_grid(text):
    return TOML.replace(GRID, f"{GRID}\ntasks = {text}")


def test_a_grid_a_street_and_the_rules_of_service_name_tasks(tmp_path):
    path = write(tmp_path, toml=WITH_TASKS, streets=with_tasks_of_a_street(["SALTING"]))
    plan = read_plan(path)
    sweeping = Task.SPRAYING | Task.BRUSHING
    assert plan.grid_by_id["JY01"].tasks == sweeping
    assert plan.needs_of("JY01") == {0: sweeping, 1: Task.SALTING}
    assert plan.needs_of("JY02") == {1: Task.SALTING}
    assert plan.work == Work((sweeping, Task.SALTING), ((Task.BRUSHING, 8.0), (Task.SALTING, 40.5)))
    assert plan.work.looked_at == sweeping | Task.SALTING


def test_a_plan_that_names_none_asks_for_none(tmp_path):
    plan = read_plan(write(tmp_path))
    assert plan.work is NO_WORK
    assert (plan.needs_of("JY01"), plan.work.looked_at) == ({}, 0)


def test_what_collects_in_sight_may_have_collected_as_fast_out_of_sight(tmp_path):
    assert read_plan(write(tmp_path, toml=WITH_TASKS)).rules.prism_service_kmh == 40.5
    slower = WITH_TASKS.replace("SALTING = 40.5", "")
    assert read_plan(write(tmp_path, toml=slower)).rules.prism_service_kmh == 30.0
    (told,) = faults(tmp_path, toml=WITH_TASKS.replace("0.85", "0.85\nprism_service_kmh = 35", 1))
    assert "plan.toml: service.prism_service_kmh = 35.0: write at least per_task.SALTING" in told


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('["BRUSHNG"]', 'tasks = "BRUSHNG": there is no such task; did you mean BRUSHING?'),
        ('["brushing"]', 'tasks = "brushing": there is no such task; did you mean BRUSHING?'),
        ('["BRUSHING", "x"]', 'tasks = "x": there is no such task [choice_unknown]'),
        ('"BRUSHING"', 'tasks = "BRUSHING": write a list of tasks, as in ["BRUSHING"]'),
        ("[1]", "tasks = a list of 1: write a list of tasks"),
        ("[]", "tasks: name at least one task, or drop it for any [empty]"),
        ('["MUSIC", "MUSIC"]', 'tasks = "MUSIC, MUSIC": list each task once [value_repeated]'),
    ],
)
def test_a_broken_list_of_tasks_is_told_with_its_place_and_value(tmp_path, text, told):
    (fault,) = faults(tmp_path, toml=of_grid(text))
    assert "plan.toml: grids[0] (JY01)." in fault
    assert told in fault


def test_a_broken_task_of_a_street_is_told_with_its_feature(tmp_path):
    (fault,) = faults(tmp_path, streets=with_tasks_of_a_street(["SALT"]))
    assert 'streets.geojson: features[0] (s2) tasks = "SALT": there is no such task' in fault
    assert "did you mean SALTING?" in fault


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("per_task = 8", "service.per_task = 8: begin it with [service.per_task]"),
        ("per_task = { BRUSH = 8 }", 'service.per_task.BRUSH = "BRUSH": there is no such task'),
        ("per_task = { BRUSHING = 0 }", "service.per_task.BRUSHING = 0: write a number above 0"),
        ("per_task = { BRUSHING = '8' }", "service.per_task.BRUSHING"),
        ("per_tasks = {}", "service.per_tasks: there is no such key"),
    ],
)
def test_a_broken_speed_is_told_with_its_place_and_value(tmp_path, text, told):
    (fault,) = faults(tmp_path, toml=TOML.replace("served_ratio = 0.85", text))
    assert told in fault


def test_tasks_are_a_part_of_the_version_and_a_plan_without_them_keeps_its_own(tmp_path):
    plain = read_plan(write(tmp_path, toml=RICH))
    versions = {
        plain.version,
        read_plan(write(tmp_path, toml=WITH_TASKS)).version,
        content_version(replace(plain, speeds_kmh=((int(Task.BRUSHING), 8.0),))),
        read_plan(write(tmp_path, toml=RICH, streets=with_tasks_of_a_street(["MUSIC"]))).version,
    }
    assert len(versions) == 4
    # of the written plan as the versions before there were tasks had it
    assert read_plan(write(tmp_path)).version == (
        "01e399b2ea3893becf5346bcfa34e40999e5c7c1180307fab1d5b2e4fc746cb8"
    )


def test_a_plan_with_tasks_reads_back_as_it_was_written(tmp_path):
    plan = read_roster(write(tmp_path, toml=WITH_TASKS))
    path = write(tmp_path / "again", toml=render_plan(plan))
    again = read_roster(path)
    assert (again.grids, again.speeds_kmh, again.rules) == (
        plan.grids, plan.speeds_kmh, plan.rules,
    )  # fmt: skip
    assert again.version == plan.version
