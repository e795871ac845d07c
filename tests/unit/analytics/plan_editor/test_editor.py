import pytest

from analytics.plan_editor.editor import Editor, NothingError, StaleError
from analytics.plan_editor.wishes import GridWish, StepWish
from geofence.plan.fault import PlanError
from tests.fixtures.edited_plans import write_editable


@pytest.fixture
def editor(tmp_path):
    return Editor(write_editable(tmp_path))


def days(revision, *numbers):
    return GridWish(kind="grid", revision=revision, grid="JY01", days=list(numbers))


def test_each_change_makes_a_plan_of_another_revision(editor):
    assert editor.document(None)["status"]["revision"] == 1
    assert editor.do(days(1, 0))["status"]["revision"] == 2
    assert editor.do(days(2, 1))["status"]["revision"] == 3


def test_what_was_thought_of_another_plan_is_not_done(editor):
    editor.do(days(1, 0))
    for stale in (lambda: editor.do(days(1, 1)), lambda: editor.save(1)):
        with pytest.raises(StaleError):
            stale()
    assert editor.document(None)["tables"]["grids"][0]["days"] == [0]


def test_what_is_refused_leaves_the_revision_as_it_is(editor):
    with pytest.raises(PlanError):
        editor.do(days(1))
    with pytest.raises(NothingError):
        editor.do(StepWish(kind="step", revision=1, direction="undo"))
    assert editor.document(None)["status"]["revision"] == 1


def test_saving_tells_the_files_and_reading_again_drops_what_was_not_saved(editor):
    editor.do(days(1, 0))
    assert not editor.is_saved
    assert editor.save(2)["files"] == ["plan.toml"]
    assert editor.is_saved
    editor.do(days(2, 1))
    assert editor.changed_on_disk() == []
    editor.reload()
    document = editor.document(None)
    assert document["tables"]["grids"][0]["days"] == [0]
    assert (document["status"]["undo"], document["status"]["revision"]) == (None, 4)
