from datetime import date

import pytest

from geofence.installed.watch import Look, PlanWatch, watch_plans
from geofence.plan.fault import PlanError
from geofence.plan.reader import read_plan
from tests.fixtures import written_plan

MONDAY, TUESDAY, WEDNESDAY = (date(2022, 3, day) for day in (28, 29, 30))
NOTHING = Look()


@pytest.fixture
def path(tmp_path):
    return written_plan.write(tmp_path)


class Reading:
    """Counts how often a plan is read, and may do something before."""

    def __init__(self):
        self.count = 0
        self.before = lambda: None

    def __call__(self, path):
        self.count += 1
        self.before()
        return read_plan(path)


@pytest.fixture
def reading():
    return Reading()


@pytest.fixture
def watch(path, reading):
    started = PlanWatch(path, reading, lambda one, other: one.version == other.version)
    started.begin([MONDAY])
    return started


def call(path, name):
    text = written_plan.TOML.replace("A town", name)
    path.write_text(text, encoding="utf-8")


def looks(watch, count, day=MONDAY):
    return [watch.look([day]) for _ in range(count)]


def test_a_plan_that_is_as_it_was_is_not_read_again(watch, reading):
    assert looks(watch, 3) == [NOTHING] * 3
    assert reading.count == 1


def test_a_change_counts_once_it_is_as_it_was_at_the_look_before(watch, path):
    call(path, "平城")
    first, second, third = looks(watch, 3)
    assert (first, second.changed.name, third) == (NOTHING, "平城", NOTHING)
    assert watch.on(MONDAY).name == "平城"


def test_other_streets_are_a_change_of_the_plan(watch, path):
    streets = path.with_name("streets.geojson")
    moved = streets.read_text(encoding="utf-8").replace("113.301", "113.3015")
    streets.write_text(moved, encoding="utf-8")
    assert looks(watch, 2)[1].changed.version == read_plan(path).version


def test_a_file_that_is_still_being_written_is_not_taken(watch, path, reading):
    text = written_plan.TOML
    for end in (100, 300, len(text)):
        path.write_text(text[:end], encoding="utf-8")
        assert watch.look([MONDAY]) == NOTHING
    assert reading.count == 1


def test_what_changes_while_it_is_read_is_neither_taken_nor_refused(watch, path, reading):
    call(path, "平城")
    watch.look([MONDAY])
    reading.before = lambda: path.write_text("[half", encoding="utf-8")
    assert watch.look([MONDAY]) == NOTHING
    assert watch.fault is None
    reading.before = lambda: None
    call(path, "大同")
    assert looks(watch, 2)[1].changed.name == "大同"


def test_files_written_anew_with_the_same_content_are_no_change(watch, path):
    call(path, "A town")
    assert looks(watch, 3) == [NOTHING] * 3
    assert watch.fault is None


def test_a_broken_plan_is_told_once_and_the_one_before_stays(watch, path, reading):
    path.write_text("[broken", encoding="utf-8")
    told = looks(watch, 5)
    assert [look.refused is not None for look in told] == [False, True, False, False, False]
    assert "toml_syntax" in told[1].refused
    assert watch.on(MONDAY).name == "A town"
    assert watch.fault == told[1].refused
    assert reading.count == 2


def test_another_broken_plan_is_told_again(watch, path):
    for text in ("[broken", "[more broken"):
        path.write_text(text, encoding="utf-8")
        assert looks(watch, 2)[1].refused is not None


def test_mended_it_is_taken_and_the_fault_forgotten(watch, path):
    path.unlink()
    assert looks(watch, 2)[1].refused is not None
    call(path, "平城")
    pending, taken = looks(watch, 2)
    assert (pending, taken.changed.name) == (NOTHING, "平城")
    assert watch.fault is None


def test_until_it_is_mended_for_good_the_fault_is_remembered(watch, path):
    path.write_text("[broken", encoding="utf-8")
    looks(watch, 2)
    call(path, "A town")
    watch.look([MONDAY])
    assert watch.fault is not None
    watch.look([MONDAY])
    assert watch.fault is None


def test_a_plan_for_a_later_date_is_taken_when_that_has_come(watch, path):
    path.with_name("plan.until-2022-03-29.toml").write_bytes(path.read_bytes())
    call(path, "新计划")
    assert [each.changed for each in looks(watch, 3)] == [None] * 3
    assert watch.look([TUESDAY]) == NOTHING
    assert watch.look([TUESDAY]).changed.name == "新计划"


def test_of_two_dates_each_has_its_own_plan(path, reading):
    path.with_name("plan.until-2022-03-29.toml").write_bytes(path.read_bytes())
    call(path, "新计划")
    watch = PlanWatch(path, reading, lambda one, other: one.version == other.version)
    assert watch.begin([MONDAY, TUESDAY]).name == "新计划"
    assert [watch.on(day).name for day in (MONDAY, TUESDAY)] == ["A town", "新计划"]
    assert watch.look([TUESDAY, WEDNESDAY]) == NOTHING
    assert watch.on(WEDNESDAY) is watch.on(TUESDAY)


def test_dates_of_one_file_read_it_once(path, reading):
    watch = PlanWatch(path, reading, lambda one, other: one.version == other.version)
    watch.begin([MONDAY, TUESDAY])
    call(path, "平城")
    for _ in range(2):
        watch.look([MONDAY, TUESDAY])
    assert reading.count == 2
    assert watch.on(MONDAY) is watch.on(TUESDAY)


def test_who_begins_with_a_broken_plan_is_told(path, reading):
    path.write_text("[broken", encoding="utf-8")
    with pytest.raises(PlanError):
        PlanWatch(path, reading, lambda *_: True).begin([MONDAY])


def test_of_many_faults_a_line_names_the_first_and_counts_the_others(watch, path):
    streets = path.with_name("streets.geojson")
    text = streets.read_text(encoding="utf-8").replace('"JY01"', '"JY77"').replace("JY02", "JY78")
    streets.write_text(text, encoding="utf-8")
    path.write_text(path.read_text(encoding="utf-8").replace("mon-sat", "never"), encoding="utf-8")
    told = looks(watch, 2)[1].refused
    assert told.startswith(f"{path}: the plan has 4 faults: plan.toml: ")
    assert told.endswith("; 1 more, see pingcheng plan check")
    assert len(told.splitlines()) == 1


@pytest.fixture
def followed(path, reading):
    """A watch on a plan that another is to follow on Tuesday."""
    path.with_name("plan.until-2022-03-29.toml").write_bytes(path.read_bytes())
    call(path, "新计划")
    started = PlanWatch(path, reading, lambda one, other: one.version == other.version)
    started.begin([MONDAY])
    return started


def coming(look):
    return [(since, plan.name) for since, plan in look.coming]


def test_a_plan_to_come_is_read_and_told_once_when_it_is_new_or_changed(followed, path, reading):
    assert list(map(coming, looks(followed, 4))) == [[], [(TUESDAY, "新计划")], [], []]
    assert reading.count == 2
    call(path, "更新的计划")
    assert list(map(coming, looks(followed, 4))) == [[], [(TUESDAY, "更新的计划")], [], []]
    assert (reading.count, followed.coming_fault) == (3, None)
    assert followed.on(MONDAY).name == "A town"


@pytest.mark.parametrize(
    "breaks", [lambda path: path.write_text("[broken"), lambda path: path.unlink()]
)
def test_a_broken_plan_to_come_is_told_once_with_its_date_and_todays_goes_on(
    followed, path, breaks
):
    looks(followed, 3)
    breaks(path)
    told = looks(followed, 5)
    assert [each.coming_refused is not None for each in told] == [False, True, False, False, False]
    assert told[1].coming_refused.startswith(f"{path}, in force from 2022-03-29: ")
    assert [each.refused for each in told] == [None] * 5
    assert followed.coming_fault == told[1].coming_refused
    assert (followed.fault, followed.on(MONDAY).name) == (None, "A town")


def test_a_plan_to_come_that_is_mended_or_taken_back_is_no_fault_any_more(followed, path):
    path.write_text("[broken", encoding="utf-8")
    looks(followed, 2)
    call(path, "新计划")
    assert looks(followed, 2)[1].coming_refused is None
    assert followed.coming_fault is None
    path.write_text("[broken", encoding="utf-8")
    assert looks(followed, 2)[1].coming_refused is not None
    path.with_name("plan.until-2022-03-29.toml").replace(path)
    assert looks(followed, 2) == [NOTHING] * 2
    assert (followed.coming_fault, followed.fault) == (None, None)


def test_whoever_begins_with_a_broken_plan_to_come_goes_by_that_of_today_and_is_told(path, reading):
    path.with_name("plan.until-2022-03-29.toml").write_bytes(path.read_bytes())
    path.write_text("[broken", encoding="utf-8")
    watch = PlanWatch(path, reading, lambda one, other: one.version == other.version)
    assert watch.begin([MONDAY]).name == "A town"
    assert looks(watch, 2)[1].coming_refused is not None


def test_on_its_date_a_plan_that_is_still_broken_is_told_as_the_one_in_force(followed, path):
    path.write_text("[broken", encoding="utf-8")
    looks(followed, 2)
    told = looks(followed, 3, TUESDAY)
    assert [each.refused is not None for each in told] == [False, True, False]
    assert (followed.coming_fault, followed.on(TUESDAY).name) == (None, "A town")


def test_what_changes_while_it_is_read_ahead_is_not_told(followed, path, reading):
    call(path, "[half")
    followed.look([MONDAY])
    reading.before = lambda: call(path, "更新的计划")
    assert followed.look([MONDAY]) == NOTHING
    reading.before = lambda: None
    assert list(map(coming, looks(followed, 3))) == [[], [(TUESDAY, "更新的计划")], []]


def test_of_a_date_of_the_past_what_followed_is_not_read(path, reading):
    path.with_name("plan.until-2022-03-29.toml").write_bytes(path.read_bytes())
    path.write_text("[broken", encoding="utf-8")
    watch = PlanWatch(path, reading, lambda *_: True, looks_ahead=False)
    watch.begin([MONDAY])
    assert looks(watch, 3) == [NOTHING] * 3
    assert (reading.count, watch.coming_fault) == (1, None)


def test_a_plan_written_otherwise_is_the_same_plan(path):
    watch = watch_plans(path)
    before = watch.begin([MONDAY])
    path.write_text(f"# 春季\n{path.read_text(encoding='utf-8')}", encoding="utf-8")
    assert looks(watch, 2) == [NOTHING] * 2
    assert watch.on(MONDAY) is before
    call(path, "平城")
    assert [each.changed for each in looks(watch, 2)] == [None, watch.on(MONDAY)]
