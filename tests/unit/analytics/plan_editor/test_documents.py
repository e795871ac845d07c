import json

import msgspec
import pytest

from analytics.plan_editor.documents import (
    change_document,
    faults_document,
    plan_document,
    status_document,
    tables_document,
)
from analytics.plan_editor.plan_folder import PlanFolder
from geofence.overrides.lines import LineError
from geofence.plan.fault import PlanError
from tests.fixtures.edited_plans import write_editable


@pytest.fixture
def folder(tmp_path):
    return PlanFolder(write_editable(tmp_path))


def test_a_plan_is_told_without_contacts(folder):
    document = plan_document(folder, 7, None)
    assert document["name"] == "A town"
    assert [each["id"] for each in document["sections"]][:2] == ["w1-1", "w1-2"]
    assert document["sections"][4] == {
        "id": "w3-1", "name": "", "grids": [], "oneway": True, "mentions": [],
        "line": [[113.304, 40.1], [113.304, 40.098]],
    }  # fmt: skip
    assert document["status"] == {
        "revision": 7, "undo": None, "redo": None, "saved": True, "decisions": 0
    }  # fmt: skip
    assert "139" not in json.dumps(document)
    msgspec.json.encode(document)


def test_tables_are_told_as_the_page_shows_them(folder):
    document = tables_document(folder.edited.tables)
    assert document["grids"][0]["days"] == [0, 1, 2, 3, 4, 5]
    assert document["grids"][1]["streets"] == []
    assert document["operators"] == [
        {"id": "sweep-1", "name": "机扫一公司", "spares": ["晋B90001"]}
    ]
    closed, holiday = document["exceptions"]
    assert (closed["first"], closed["last"], closed["grid"]) == ("2022-04-01", "2022-04-03", "JY01")
    assert (holiday["number"], holiday["first"], holiday["last"]) == (1, "2022-04-05", "2022-04-05")


def test_a_change_tells_what_it_did_and_no_more(folder):
    cut = change_document(folder, 2, folder.edited.cut("w1-1", (113.301, 40.1)))
    assert cut["gone"] == ["w1-1"]
    assert [each["id"] for each in cut["come"]] == ["w1-1/1", "w1-1/2"]
    assert cut["tables"] is None
    assert cut["status"]["undo"] == {"title": "cut", "about": "w1-1"}
    assert (cut["status"]["saved"], cut["status"]["decisions"]) == (False, 1)
    changed = change_document(folder, 3, folder.edited.set_grid("JY01", {"days": "mon"}))
    assert (changed["gone"], changed["come"]) == ([], [])
    assert changed["tables"]["grids"][0]["days"] == [0]
    undone = change_document(folder, 4, folder.edited.undo())
    assert undone["tables"]["grids"][0]["days"] == [0, 1, 2, 3, 4, 5]
    assert status_document(folder, 4)["redo"] == {"title": "grid", "about": "JY01"}


def test_a_fault_names_the_table_and_the_key_that_it_is_about(folder):
    with pytest.raises(PlanError) as raised:
        folder.edited.set_grid("JY01", {"windows": ["9-10", "07:00-10:00"]})
    (fault,) = faults_document(raised.value)
    assert (fault["code"], fault["table"], fault["field"]) == ("window_syntax", "grids", "windows")
    assert fault["value"] == '"9-10"'
    assert fault["told"].startswith("it is not of the form HH:MM-HH:MM")
    with pytest.raises(PlanError) as raised:
        folder.edited.assign(["w3-1"], "JY01")
    (fault,) = faults_document(raised.value)
    assert (fault["code"], fault["table"], fault["field"]) == ("empty", "features", "name")
    (fault,) = faults_document(LineError("apart", "they do not meet"))
    assert (fault["code"], fault["told"]) == ("line_apart", "they do not meet")


def test_names_under_which_other_grids_list_a_section_are_told_if_they_are_names(folder):
    features = folder.edited.streets.features()
    told = [["云中街北段", 7], "x", None]
    for feature, mentions in zip(features, told, strict=False):
        feature["properties"]["mentions"] = mentions
    sections = plan_document(folder, 1, None)["sections"]
    assert [each["mentions"] for each in sections[:3]] == [["云中街北段"], [], []]
