from dataclasses import replace
from datetime import date

from geofence.plan.plan import Assignment, Operator
from geofence.review.trackers import Tracker, tasks_not_told
from ingest.tasks import Task
from tests.fixtures.reviewed_plan import grid, metres, plan_of, section

EAST, ON = metres((0, 0), (850, 0)), metres((850, 0), (1700, 0))
BRUSHING, SPRAYING, SALTING = int(Task.BRUSHING), int(Task.SPRAYING), int(Task.SALTING)
CLOUDS, RIVER = section("s1", "云中街", ["JY01"], EAST), section("s2", "滨河路", ["JY01"], ON)


def swept(*vehicles, sections=(CLOUDS, RIVER), tasks=BRUSHING):
    return plan_of([replace(grid("JY01", *vehicles), tasks=tasks)], sections)


def told(plan, *trackers):
    return [(each.code.value, each.subject, each.detail) for each in tasks_not_told(plan, trackers)]


def test_a_tracker_without_a_signal_for_the_task_of_its_streets_is_told():
    assert told(swept("a", "b"), Tracker("a", "tanker", SPRAYING)) == [
        (
            "task_not_told",
            "a",
            (
                "its tracker is of type tanker, which has no signal for BRUSHING: it denies that "
                "work, and 2 streets can come out skipped though collected: "
                "云中街 (JY01), 滨河路 (JY01)"
            ),
        )
    ]


def test_one_of_several_tasks_that_serve_is_enough():
    plan = swept("a", tasks=BRUSHING | SPRAYING)
    assert told(plan, Tracker("a", "tanker", SPRAYING | SALTING)) == []
    [(_, _, detail)] = told(plan, Tracker("a", "gritter", SALTING))
    assert "no signal for SPRAYING or BRUSHING" in detail


def test_a_street_that_wants_another_task_than_its_grid_goes_by_its_own():
    plan = swept("a", sections=(replace(CLOUDS, tasks=SALTING), RIVER))
    [(_, _, detail)] = told(plan, Tracker("a", "sweeper", BRUSHING))
    assert "no signal for SALTING" in detail
    assert "1 street can come out skipped though collected: 云中街 (JY01)" in detail


def test_where_any_work_serves_no_tracker_is_odd():
    assert told(swept("a", tasks=0), Tracker("a", "tanker", SPRAYING)) == []


def test_vehicles_that_serve_no_grid_are_not_looked_at():
    assert told(swept("a"), Tracker("z", "tanker", SPRAYING)) == []


def test_stand_ins_and_spares_serve_as_well():
    plan = replace(
        swept("a"),
        operators=(Operator("sweep-1", "机扫一公司", spares=("spare",)),),
        assignments=(Assignment("JY01", date(2022, 3, 28), ("lent",)),),
    )
    trackers = [Tracker(name, "tanker", SPRAYING) for name in ("spare", "lent")]
    assert [subject for _, subject, _ in told(plan, *trackers)] == ["lent", "spare"]


def test_of_trackers_that_are_the_same_one_is_told_whatever_their_order():
    plan, one = swept("a"), Tracker("a", "tanker", SPRAYING)
    other = Tracker("a", "gritter", SALTING)
    assert told(plan, one, other, one) == told(plan, other, one)
    assert len(told(plan, one, other, one)) == 2


def test_a_vehicle_whose_fixes_never_told_the_task_is_told_unless_its_type_was():
    plan = swept("a")
    seen = Tracker("a", "", SPRAYING, fixes=8640)
    [(_, _, detail)] = told(plan, seen)
    assert detail.startswith(
        "its 8,640 fixes that tell tasks never told BRUSHING: if its tracker has no signal for "
        "that, 2 streets can come out skipped though collected: "
    )
    assert told(plan, seen, Tracker("a", "tanker", SPRAYING)) == told(
        plan, Tracker("a", "tanker", SPRAYING)
    )
    assert told(plan, seen, Tracker("a", "sweeper", BRUSHING)) == told(plan, seen)
    assert told(plan, Tracker("a", "", SPRAYING | BRUSHING, fixes=8640)) == []
