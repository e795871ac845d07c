import pytest
from structlog.testing import capture_logs

from analytics.alerts.plan_watch import WatchedPlans
from geofence.plan.fault import PlanError
from geofence.plan.reader import read_plan
from tests.fixtures import written_plan
from tests.fixtures.town import MONDAY, at, next_day

NOON_MS = at("12:00")


@pytest.fixture
def path(tmp_path):
    return written_plan.write(tmp_path)


def renamed(path, name):
    text = path.read_text(encoding="utf-8")
    return path.write_text(text.replace("A town", name), encoding="utf-8")


def test_a_changed_plan_counts_from_the_second_look_on_and_is_logged(path):
    plans = WatchedPlans(path, NOON_MS)
    renamed(path, "平城")
    with capture_logs() as logged:
        plans.look(NOON_MS)
        assert plans.on(MONDAY).name == "A town"
        plans.look(NOON_MS)
        plans.look(NOON_MS)
    assert plans.on(MONDAY).name == "平城"
    (line,) = logged
    assert (line["event"], line["version"]) == ("plan changed", plans.on(MONDAY).version)


def test_a_broken_plan_is_logged_once_and_the_one_before_goes_on(path):
    plans = WatchedPlans(path, NOON_MS)
    path.write_text("[broken", encoding="utf-8")
    with capture_logs() as logged:
        for _ in range(4):
            plans.look(NOON_MS)
    assert plans.on(MONDAY).name == "A town"
    (line,) = logged
    assert line["event"].startswith("plan refused")
    assert "toml_syntax" in line["reason"]


def test_yesterday_is_judged_by_the_plan_that_was_in_force(path):
    tuesday = next_day()
    renamed(path.with_name("plan.toml"), "老计划")
    path.with_name(f"plan.until-{tuesday}.toml").write_bytes(path.read_bytes())
    renamed_text = path.read_text(encoding="utf-8").replace("老计划", "新计划")
    path.write_text(renamed_text, encoding="utf-8")
    plans = WatchedPlans(path, at("00:10", tuesday))
    assert [plans.on(day).name for day in (MONDAY, tuesday)] == ["老计划", "新计划"]


def test_a_plan_that_is_broken_at_first_is_refused(path):
    path.write_text("[broken", encoding="utf-8")
    with pytest.raises(PlanError):
        WatchedPlans(path, NOON_MS)


def test_a_broken_plan_to_come_is_logged_once_and_does_not_keep_it_from_beginning(path):
    path.with_name(f"plan.until-{next_day()}.toml").write_bytes(path.read_bytes())
    path.write_text("[broken", encoding="utf-8")
    plans = WatchedPlans(path, NOON_MS)
    with capture_logs() as logged:
        for _ in range(4):
            plans.look(NOON_MS)
    assert plans.today.name == "A town"
    (line,) = logged
    assert line["event"].startswith("plan to come refused")
    assert f"in force from {next_day()}" in line["reason"]


def test_a_plan_to_come_is_logged_once_with_its_date_and_again_when_it_is_replaced(path):
    path.with_name(f"plan.until-{next_day()}.toml").write_bytes(path.read_bytes())
    plans = WatchedPlans(path, NOON_MS)
    with capture_logs() as logged:
        for name in ("A town", "新计划"):
            renamed(path, name)
            for _ in range(3):
                plans.look(NOON_MS)
    told = [(line["event"], line["since"]) for line in logged]
    assert told == [("plan to come", next_day().isoformat())] * 2
    assert logged[1]["version"] == read_plan(path).version
