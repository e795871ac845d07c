import json

import pytest

from analytics.plan_editor.plan_folder import ChangedOnDiskError, PlanFolder
from geofence.overrides.overrides import Assign, Cut, Overrides
from geofence.overrides.overrides_file import read_overrides
from geofence.plan.fault import PlanError
from geofence.plan.reader import read_plan
from tests.fixtures.edited_plans import state_of, write_editable
from tests.fixtures.written_plan import RICH

COMMENTED = f"# The plan of a town.\n{RICH}# the end\n".replace(
    'days = "mon-sat"', 'days = "mon-sat"  # Sundays are for the market'
)


@pytest.fixture
def folder(tmp_path):
    return PlanFolder(write_editable(tmp_path, COMMENTED))


def texts(folder):
    return {path.name: path.read_bytes() for path in folder.path.parent.iterdir()}


def test_where_nothing_changed_nothing_is_written(folder):
    before = texts(folder)
    assert folder.is_saved
    assert folder.save() == []
    assert texts(folder) == before


def test_only_the_files_that_differ_are_written(folder):
    folder.edited.set_grid("JY01", {"days": "mon-fri"})
    assert not folder.is_saved
    assert folder.save() == ["plan.toml"]
    assert folder.is_saved
    edited = folder.path.read_text(encoding="utf-8")
    assert edited == COMMENTED.replace('"mon-sat"', '"mon-fri"')


def test_what_was_saved_is_what_is_read_again_with_its_decisions(folder):
    folder.edited.cut("w1-1", (113.301, 40.1))
    folder.edited.assign(["w1-1/2", "w3-1"], "JY02", name="新街")
    assert folder.save() == ["streets.geojson", "overrides.toml"]
    assert read_overrides(folder.overrides_path) == Overrides(
        cuts=(Cut("w1-1", (113.301, 40.1)),),
        assigns=(
            Assign("w1-1/2", ("JY02",), "云中街", at=(113.3015, 40.1), length_m=85.2),
            Assign("w3-1", ("JY02",), "新街", at=(113.304, 40.099), length_m=222.6),
        ),
    )
    again = PlanFolder(folder.path)
    assert state_of(again.edited) == state_of(folder.edited)
    assert [s.id for s in read_plan(folder.path).sections][:2] == ["w1-1/1", "w1-1/2"]


def test_other_members_and_properties_of_the_streets_stay_and_each_has_a_line(folder):
    folder.edited.rename(["w2-1"], "新街")
    folder.save()
    text = (folder.path.parent / "streets.geojson").read_text(encoding="utf-8")
    assert json.loads(text)["note"] == "drawn by hand"
    assert json.loads(text)["features"][0]["properties"]["lanes"] == 4
    assert len(text.splitlines()) == 5 + 2


def test_exceptions_go_and_come_back_after_they_were_saved_away(folder):
    first, second = (entry.values for entry in folder.edited.tables.exceptions)
    folder.edited.remove_exception(0)
    folder.save()
    folder.edited.undo()
    folder.save()
    read = PlanFolder(folder.path).edited.values["exceptions"]
    assert sorted(read, key=str) == sorted([first, second], key=str)
    folder.edited.set_exception(0, {**first, "note": "x"})
    folder.edited.remove_exception(1)
    folder.save()
    assert PlanFolder(folder.path).edited.values["exceptions"] == [{**first, "note": "x"}]


def test_what_somebody_else_changed_is_not_overwritten(folder):
    folder.edited.set_grid("JY01", {"days": "mon"})
    folder.path.write_text(COMMENTED + "# by hand\n", encoding="utf-8")
    (folder.path.parent / "overrides.toml").write_text("", encoding="utf-8")
    before = texts(folder)
    assert folder.changed_on_disk() == ["plan.toml", "overrides.toml"]
    with pytest.raises(ChangedOnDiskError, match=r"plan.toml, overrides.toml changed on disk"):
        folder.save()
    assert texts(folder) == before
    folder.load()
    assert folder.changed_on_disk() == []
    folder.edited.set_grid("JY01", {"days": "mon"})
    folder.save()
    assert folder.path.read_text(encoding="utf-8").endswith("# by hand\n")


def test_a_plan_that_became_broken_on_disk_leaves_the_one_that_is_edited(folder):
    folder.edited.set_grid("JY01", {"days": "mon"})
    before = state_of(folder.edited)
    folder.path.write_text("name = 1", encoding="utf-8")
    with pytest.raises(PlanError):
        folder.load()
    assert state_of(folder.edited) == before


def test_a_plan_that_cannot_be_changed_in_place_is_told_and_not_written(tmp_path):
    head, _, rest = RICH.partition("[[operators]]")
    inline = 'operators = [{id = "sweep-1", name = "机扫一公司", spares = ["晋B90001"]}]\n'
    path = write_editable(tmp_path, head + inline + "[[grids]]" + rest.partition("[[grids]]")[2])
    folder = PlanFolder(path)
    before = texts(folder)
    folder.edited.rename(["w2-1"], "新街")
    folder.edited.set_operator("sweep-1", {"spares": ["晋B90002"]})
    with pytest.raises(PlanError, match=r"begin each one with \[\[operators\]\]"):
        folder.save()
    assert texts(folder) == before


def test_a_byte_order_mark_and_windows_line_ends_stay(tmp_path):
    path = write_editable(tmp_path)
    original = b"\xef\xbb\xbf" + COMMENTED.replace("\n", "\r\n").encode()
    path.write_bytes(original)
    folder = PlanFolder(path)
    folder.edited.set_grid("JY01", {"days": "mon-fri"})
    folder.save()
    assert path.read_bytes() == original.replace(b'"mon-sat"', b'"mon-fri"')


def test_a_link_is_not_replaced_and_the_rest_can_still_be_saved(folder):
    streets = folder.path.parent / "streets.geojson"
    real = streets.rename(streets.with_name("real.geojson"))
    streets.symlink_to(real.name)
    folder.edited.rename(["w2-1"], "新街")
    with pytest.raises(OSError, match="it is a link"):
        folder.save()
    assert streets.is_symlink()
    streets.unlink()
    real.rename(streets)
    assert folder.save() == ["streets.geojson", "overrides.toml"]


def test_broken_decisions_are_told_before_anything_is_edited(tmp_path):
    path = write_editable(tmp_path)
    (tmp_path / "overrides.toml").write_text("[[cut]]\nsection = 'a'\n", encoding="utf-8")
    with pytest.raises(PlanError, match=r"overrides.toml: cut\[0\]"):
        PlanFolder(path)
