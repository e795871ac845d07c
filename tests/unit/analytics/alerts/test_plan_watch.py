import os
import shutil
from pathlib import Path

import pytest

import geofence
from analytics.alerts.plan_watch import PlanWatch

SAMPLE = Path(geofence.__file__).parent / "sample"


@pytest.fixture
def path(tmp_path):
    for name in ("plan.toml", "streets.geojson", "facilities.geojson"):
        shutil.copy(SAMPLE / name, tmp_path / name)
    return tmp_path / "plan.toml"


def write(path, text):
    path.write_text(text, encoding="utf-8")
    # two changes within the grain of the clock of a file system
    stat = path.stat()
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns + 1_000_000))


def test_a_plan_that_is_as_it_was_is_not_read_again(path):
    assert PlanWatch(path).changed() is None


def test_a_changed_plan_is_given_once(path):
    watch = PlanWatch(path)
    text = path.read_text(encoding="utf-8")
    write(path, text.replace('name = "', 'name = "新', 1))
    assert watch.changed().name.startswith("新")
    assert watch.changed() is None


def test_other_streets_are_a_change_of_the_plan(path):
    watch = PlanWatch(path)
    streets = path.with_name("streets.geojson")
    write(streets, streets.read_text(encoding="utf-8") + "\n")
    assert watch.changed() is not None


def test_a_plan_that_cannot_be_used_leaves_the_one_before_until_it_is_mended(path):
    watch = PlanWatch(path)
    text = path.read_text(encoding="utf-8")
    write(path, text + "\n[broken")
    assert watch.changed() is None
    path.unlink()
    assert watch.changed() is None
    write(path, text)
    assert watch.changed() is not None
