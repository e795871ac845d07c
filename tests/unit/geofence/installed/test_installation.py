from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geofence.installed import installation
from geofence.installed.installation import InstallationError, install, revert, undo
from geofence.installed.succession import file_in_force
from geofence.plan.fault import PlanError
from geofence.plan.reader import read_plan
from tests.fixtures import written_plan
from tests.fixtures.changed_plans import add_street, replace_in

TODAY = date(2026, 11, 29)
TOMORROW, MONDAY = TODAY + timedelta(days=1), date(2026, 12, 7)


@pytest.fixture
def path(tmp_path):
    folder = tmp_path / "running"
    folder.mkdir()
    return written_plan.write(folder)


@pytest.fixture
def new(tmp_path):
    """A changed plan elsewhere: another name, another street, and a comment."""
    folder = tmp_path / "new"
    folder.mkdir()
    plan = written_plan.write(folder)
    replace_in(plan, 'name = "A town"', '# 人工修订\nname = "新计划"')
    replace_in(plan, "2022-03-25", "2022-03-25  # 生效日期")
    add_street(plan, "永泰南路", "JY01")
    return plan


def name_on(path, day):
    return read_plan(file_in_force(path, day)).name


def streets_on(path, day):
    return {section.name for section in read_plan(file_in_force(path, day)).sections}


def test_the_new_plan_stands_in_plan_toml_with_its_date_and_its_comments(path, new):
    done = install(new, path, MONDAY)
    assert (done.plan.name, done.plan.effective_from) == ("新计划", MONDAY)
    assert done.former.name == "A town"
    text = path.read_text(encoding="utf-8")
    assert "# 人工修订" in text
    assert "effective_from = 2026-12-07  # 生效日期" in text


def test_until_its_date_the_plan_before_is_in_force_with_its_own_streets(path, new):
    before = read_plan(path).version
    install(new, path, MONDAY)
    assert read_plan(file_in_force(path, TODAY)).version == before
    assert "永泰南路" not in streets_on(path, TODAY)
    assert (name_on(path, MONDAY), "永泰南路" in streets_on(path, MONDAY)) == ("新计划", True)


def test_from_today_on_it_is_in_force_at_once(path, new):
    install(new, path, TODAY)
    assert name_on(path, TODAY) == "新计划"
    assert name_on(path, TODAY - timedelta(days=1)) == "A town"


def test_at_every_step_whoever_reads_sees_a_whole_plan(path, new, monkeypatch):
    seen = []
    write = installation.write_file

    def looking(place, content):
        seen.append(name_on(path, TODAY))
        write(place, content)
        seen.append(name_on(path, TODAY))
        assert "永泰南路" not in streets_on(path, TODAY)

    monkeypatch.setattr(installation, "write_file", looking)
    install(new, path, MONDAY)
    assert set(seen) == {"A town"}


def test_files_that_are_the_same_are_not_written_twice(path, new):
    install(new, path, MONDAY)
    names = sorted(each.name for each in path.parent.iterdir())
    assert [name for name in names if name.startswith("facilities")] == ["facilities.geojson"]
    assert len([name for name in names if name.startswith("streets")]) == 2


def test_where_no_plan_ran_it_is_the_first(tmp_path, new):
    path = tmp_path / "plan.toml"
    done = install(new, path, TODAY)
    assert (done.former, done.aside, done.plan.name) == (None, None, "新计划")


def test_a_faulty_plan_changes_nothing(path, new):
    before = sorted((each.name, each.read_bytes()) for each in path.parent.iterdir())
    replace_in(new, "mon-sat", "never")
    with pytest.raises(PlanError):
        install(new, path, MONDAY)
    assert sorted((each.name, each.read_bytes()) for each in path.parent.iterdir()) == before


def test_a_plan_that_waits_is_not_overtaken(path, new):
    install(new, path, MONDAY)
    with pytest.raises(InstallationError, match=r"2026-12-07 only.*--undo"):
        install(new, path, TOMORROW)


def test_the_plan_that_runs_is_no_new_one(path):
    with pytest.raises(InstallationError, match="elsewhere"):
        install(path, path, MONDAY)


def test_undone_before_its_date_the_plan_before_is_as_it_was_to_the_byte(path, new):
    before = path.read_bytes()
    install(new, path, MONDAY)
    done = undo(path, TODAY)
    assert path.read_bytes() == before
    assert file_in_force(path, TODAY) == path
    assert (done.plan.name, done.former.name) == ("A town", "新计划")
    assert read_plan(done.aside).name == "新计划"


def test_undone_after_its_date_the_plan_before_is_in_force_from_that_date(path, new):
    install(new, path, TODAY)
    done = undo(path, TOMORROW)
    assert (done.plan.name, done.plan.effective_from) == ("A town", TODAY)


def test_what_was_applied_last_is_undone_first(path, new):
    install(new, path, TODAY)
    replace_in(new, "新计划", "更新的计划")
    install(new, path, TODAY)
    assert [undo(path, TODAY).plan.name for _ in range(2)] == ["新计划", "A town"]
    with pytest.raises(InstallationError, match="nothing to undo"):
        undo(path, TODAY)


def plans_in(path):
    return {each.name: each.read_bytes() for each in path.parent.glob("*.toml")}


def test_reverted_all_plans_lie_as_they_did(path, new):
    before = plans_in(path)
    revert(install(new, path, MONDAY))
    assert plans_in(path) == before
    install(new, path, MONDAY)
    after = plans_in(path)
    revert(undo(path, TODAY))
    assert plans_in(path) == after


def test_reverted_the_first_plan_is_gone(tmp_path, new):
    path = tmp_path / "plan.toml"
    revert(install(new, path, TODAY))
    assert not path.exists()


def test_whoever_may_not_read_the_plan_may_not_read_the_one_before_either(path, new):
    path.chmod(0o640)
    done = install(new, path, MONDAY)
    assert [each.stat().st_mode & 0o777 for each in (path, done.aside)] == [0o640] * 2
    assert undo(path, TODAY).aside.stat().st_mode & 0o777 == 0o640


def test_a_plan_that_waits_is_overtaken_where_that_is_meant(path, new):
    install(new, path, MONDAY)
    waiting = read_plan(path)
    replace_in(new, "新计划", "更早的计划")
    done = install(new, path, TOMORROW, overtakes=True)
    assert [name_on(path, day) for day in (TODAY, TOMORROW, MONDAY)] == [
        "A town", "更早的计划", "更早的计划"
    ]  # fmt: skip
    assert (done.former.name, read_plan(done.aside).name) == ("A town", "A town")
    assert [each.version for each in done.overtaken] == [waiting.version]


def test_undone_what_was_overtaken_is_to_come_again_on_its_date(path, new):
    install(new, path, MONDAY)
    before = plans_in(path)
    replace_in(new, "新计划", "更早的计划")
    install(new, path, TOMORROW, overtakes=True)
    done = undo(path, TODAY)
    after = plans_in(path)
    del after[done.aside.name]
    assert after == before
    assert (done.plan.name, [each.name for each in done.overtaken]) == ("A town", ["新计划"])
    assert undo(path, TODAY).plan.name == "A town"
    assert file_in_force(path, MONDAY) == path


@given(
    st.lists(st.integers(1, 20), min_size=1, max_size=4).map(sorted),
    st.integers(1, 20),
    st.integers(0, 25),
)
@settings(max_examples=25, deadline=None)
def test_whatever_was_overtaken_an_undo_has_every_date_as_it_was(
    tmp_path_factory, dates, early, today
):
    folder = tmp_path_factory.mktemp("plans")
    for name in ("running", "new"):
        (folder / name).mkdir()
    path, new = (written_plan.write(folder / name) for name in ("running", "new"))
    days = [date(2026, 12, 1) + timedelta(days=number) for number in range(25)]
    name = "A town"
    for number, each in enumerate([*dates, early]):
        held = [name_on(path, day) for day in days]
        before = plans_in(path)
        replace_in(new, f'name = "{name}"', f'name = "plan {number}"')
        name = f"plan {number}"
        install(new, path, date(2026, 12, each), overtakes=True)
    now = [name_on(path, day) for day in days]
    assert now == [held[day.day - 1] if day.day < early else name for day in days]
    done = undo(path, date(2026, 11, 30) + timedelta(days=today))
    assert [name_on(path, day) for day in days] == held
    after = plans_in(path)
    del after[done.aside.name]
    assert after.keys() == before.keys()


def test_while_a_plan_is_overtaken_and_after_an_undo_todays_is_in_force_at_every_step(
    path, new, monkeypatch
):
    install(new, path, MONDAY)
    replace_in(new, "新计划", "更早的计划")
    seen, note = [], installation._Changes._note

    def looking(changes, place):
        seen.append([name_on(path, day) for day in (TODAY, MONDAY)])
        note(changes, place)

    monkeypatch.setattr(installation._Changes, "_note", looking)
    install(new, path, TOMORROW, overtakes=True)
    undo(path, TODAY)
    assert {today for today, _ in seen} == {"A town"}
    assert {monday for _, monday in seen} <= {"A town", "新计划", "更早的计划"}


def test_what_was_overtaken_is_reverted_to_the_byte_and_to_its_mode(path, new):
    path.chmod(0o640)
    install(new, path, MONDAY)
    before = plans_in(path)
    revert(install(new, path, TOMORROW, overtakes=True))
    assert plans_in(path) == before
    assert {each.stat().st_mode & 0o777 for each in path.parent.glob("*.toml")} == {0o640}


def test_if_a_step_fails_all_plans_lie_as_they_did(path, new, monkeypatch):
    install(new, path, MONDAY)
    before = plans_in(path)

    def full(place):
        if place.name == "plan.until-2026-12-07.toml":
            raise OSError(28, "No space left on device", str(place))

    remove = installation.Path.unlink
    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(
            installation.Path, "unlink", lambda place, **more: full(place) or remove(place, **more)
        )
        with pytest.raises(OSError, match="No space"):
            install(new, path, TOMORROW, overtakes=True)
    assert plans_in(path) == before


def test_if_the_disk_is_full_nothing_half_written_stays(path, new, monkeypatch):
    write = installation.write_file

    def full(place, content):
        write(place, content)
        if place.name.startswith(".plan.until"):
            raise OSError(28, "No space left on device", str(place))

    monkeypatch.setattr(installation, "write_file", full)
    with pytest.raises(OSError, match="No space"):
        install(new, path, TOMORROW)
    assert not [each.name for each in path.parent.iterdir() if "until" in each.name]
    assert name_on(path, MONDAY) == "A town"
