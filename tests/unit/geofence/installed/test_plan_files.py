import os

import pytest

from geofence.installed.plan_files import PlanFiles, named_by
from tests.fixtures import written_plan


@pytest.fixture
def path(tmp_path):
    return written_plan.write(tmp_path)


def test_a_plan_names_its_streets_and_facilities(path):
    assert [each.name for each in named_by(path)] == ["streets.geojson", "facilities.geojson"]


@pytest.mark.parametrize("text", ["[broken", 'streets = ["a"]', 'name = "streets"'])
def test_of_a_plan_that_names_none_no_file_is_looked_at(path, text):
    path.write_text(text, encoding="utf-8")
    assert named_by(path) == ()


@pytest.mark.parametrize("name", ["plan.toml", "streets.geojson", "facilities.geojson"])
def test_whichever_file_is_written_the_stamps_differ(path, name):
    files = PlanFiles(path)
    before = files.stamps()
    assert files.stamps() == before
    file = path.with_name(name)
    file.write_bytes(file.read_bytes() + b"\n")
    assert files.stamps() != before


def test_a_file_in_the_place_of_another_with_its_size_and_time_is_another(path):
    files, streets = PlanFiles(path), path.with_name("streets.geojson")
    before, seen = files.stamps(), streets.stat()
    other = path.with_name("other")
    other.write_bytes(streets.read_bytes())
    os.utime(other, ns=(seen.st_atime_ns, seen.st_mtime_ns))
    other.replace(streets)
    assert files.stamps() != before


def test_a_file_that_is_gone_has_no_stamp(path):
    files = PlanFiles(path)
    assert len(files.stamps()) == 3
    path.with_name("facilities.geojson").unlink()
    assert len(files.stamps()) == 2


def test_other_streets_are_followed_once_the_plan_names_them(path):
    files = PlanFiles(path)
    files.stamps()
    path.with_name("new.geojson").write_bytes(b"{}")
    text = path.read_text(encoding="utf-8").replace("streets.geojson", "new.geojson")
    path.write_text(text, encoding="utf-8")
    assert str(path.with_name("new.geojson")) in {stamp[0] for stamp in files.stamps()}
