import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geofence.plan.plan import ServiceRules
from geofence.plan.work import ANY_TASK, NO_WORK, Work
from geofence.seen.collecting import Collecting, find_boundaries, find_collecting
from ingest.tasks import Task
from tests.fixtures.matched import chain, matched, tracked

RULES = ServiceRules(service_speed_kmh=36.0)
LIMIT_MPS = 10.0
SIGMA_M = 4.0


def found(times_s, steps_m, *, before=None, error_m=0.0, work=NO_WORK, need=ANY_TASK, **reported):
    """What is known of a truck's way to each fix but the first, of steps of some metres."""
    steps = np.concatenate([[0.0], steps_m])
    track = tracked(times_s, np.cumsum(steps), **reported)
    match = matched(
        chain(len(steps)) if before is None else before, steps, progress_error_m=error_m
    )
    columns = find_collecting(track, match, RULES, work, need)
    return Collecting(*(column[1:].tolist() for column in columns))


def collects(times_s, steps_m, **told):
    return found(times_s, steps_m, **told).sure


def boundaries(collecting, denied=None, before=None):
    count = len(collecting)
    denied = np.zeros(count, dtype=bool) if denied is None else np.array(denied)
    match = matched(chain(count) if before is None else before, sigma_m=SIGMA_M)
    at_start, at_end = find_boundaries(match, np.array(collecting), denied)
    return at_start.tolist(), at_end.tolist()


@pytest.mark.parametrize(
    ("metres", "sure", "possible"),
    [(180.0, True, False), (200.0, False, True), (220.0, False, False)],
)
def test_a_truck_collected_if_it_was_slow_enough_and_near_the_speed_of_service_nobody_knows(
    metres, sure, possible
):
    known = found([0, 20], [metres], error_m=5.0)
    assert (known.sure, known.possible, known.denied) == ([sure], [possible], [False])


@settings(deadline=None, max_examples=60)
@given(
    metres=st.lists(st.floats(0.0, 500.0), min_size=1, max_size=8),
    error_m=st.floats(0.0, 60.0),
    working=st.lists(st.sampled_from([True, False, None]), min_size=9, max_size=9),
)
def test_of_sure_possible_and_denied_at_most_one_is_true(metres, error_m, working):
    times_s = 20.0 * np.arange(len(metres) + 1)
    known = found(times_s, metres, error_m=error_m, working=working[: len(times_s)])
    assert max(np.sum(known[:3], axis=0)) <= 1
    assert not any(np.logical_and(known.head_m, np.logical_not(known.possible)))
    assert not any(np.logical_and(known.tail_m, np.logical_not(known.possible)))


def test_the_noise_of_fixes_a_second_apart_cancels_out():
    metres = [4.0, 12.0] * 8
    assert all(collects(range(17), metres, error_m=4.0))
    assert not any(collects(range(17), [value + 4.0 for value in metres], error_m=4.0))


def test_a_mean_speed_is_that_of_a_chain_and_never_of_what_lies_beyond_its_end():
    # slow for five seconds, then no route, then very fast
    steps = [5.0] * 5 + [0.0] + [200.0] * 5
    before = [-1, 0, 1, 2, 3, 4, -1, 6, 7, 8, 9, 10]
    assert collects(range(12), steps, before=before) == [True] * 5 + [False] * 6


def test_a_way_that_leads_backwards_is_no_speed():
    assert collects([0, 20, 40], [-300.0, 300.0]) == [True, False]


@settings(deadline=None, max_examples=40)
@given(speed_mps=st.floats(0.5, 25.0), pause_s=st.integers(1, 30), count=st.integers(2, 12))
def test_a_truck_of_one_speed_collects_everywhere_or_nowhere(speed_mps, pause_s, count):
    known = found(pause_s * np.arange(count), [speed_mps * pause_s] * (count - 1))
    if speed_mps > LIMIT_MPS:
        assert not any(known.sure)
    else:
        assert all(np.logical_or(known.sure, known.possible))
    if abs(speed_mps - LIMIT_MPS) > 1.0:
        assert set(known.sure) == {speed_mps < LIMIT_MPS}
        assert not any(known.possible)


@pytest.mark.parametrize("slow", [True, False])
@pytest.mark.parametrize(
    ("working", "verdict"),
    [
        ((True, True), True),
        ((True, None), True),
        ((None, True), True),
        ((False, False), False),
        ((False, None), False),
        ((None, False), False),
        ((True, False), "speed"),
        ((False, True), "speed"),
        ((None, None), "speed"),
    ],
)
def test_what_a_device_reports_at_both_ends_decides_unless_it_contradicts_itself(
    working, verdict, slow
):
    metres = 100.0 if slow else 300.0
    expected = slow if verdict == "speed" else verdict
    assert collects([0, 20], [metres], working=working) == [expected]


@pytest.mark.parametrize(
    ("working", "denied"),
    [((False, False), True), ((None, False), True), ((True, False), False), ((None, None), False)],
)
def test_a_step_is_denied_where_the_device_denies_it_and_nothing_speaks_for_it(working, denied):
    assert found([0, 20], [10.0], working=working).denied == [denied]


BRAKES = {"seconds": 15.0, "metres": 76.0, "speeds": (10.1, 1.4)}


@pytest.mark.parametrize(
    ("change", "collecting"),
    [
        ({}, False),
        ({"speeds": (1.4, 10.1)}, False),
        ({"seconds": 15.1}, True),
        ({"metres": 75.0}, True),
        ({"speeds": (10.0, 1.4)}, True),
        ({"speeds": (10.1, 1.5)}, True),
        ({"speeds": (np.nan, 1.4)}, True),
        ({"speeds": (10.1, np.nan)}, True),
    ],
)
def test_a_short_step_between_a_fast_drive_and_a_halt_is_braking_or_starting(change, collecting):
    told = {**BRAKES, **change}
    known = found([0, told["seconds"]], [told["metres"]], speed_mps=told["speeds"])
    assert (known.sure, known.possible) == ([collecting], [False])


def test_a_device_that_reports_work_outranks_the_braking():
    brakes = {"speed_mps": BRAKES["speeds"], "working": (True, True)}
    assert collects([0, 15], [76.0], **brakes) == [True]


def test_collecting_may_have_begun_earlier_and_ended_later_than_the_fixes_say():
    at_start, at_end = boundaries([False, False, True, True, False, False])
    assert at_end == [0, 2 * SIGMA_M, 0, 0, 0, 0]
    assert at_start == [0, 0, 0, 0, 2 * SIGMA_M, 0]


def test_a_step_between_two_that_were_collected_is_open_at_both_ends():
    at_start, at_end = boundaries([False, True, False, True])
    assert (at_start, at_end) == ([0, 0, 2 * SIGMA_M, 0], [0, 0, 2 * SIGMA_M, 0])


def test_a_step_that_the_device_denies_is_open_nowhere():
    at_start, at_end = boundaries([False, True, False, True], [False, False, True, False])
    assert at_start == at_end == [0, 0, 0, 0]


def test_nothing_is_open_across_the_end_of_a_chain():
    at_start, at_end = boundaries([False, True, False, True], before=[-1, 0, -1, 2])
    assert at_start == at_end == [0, 0, 0, 0]
    # nobody drove to the first fix of a chain, whatever the flag there says
    at_start, at_end = boundaries([True, False, False])
    assert at_start == at_end == [0, 0, 0]


BRUSHING = Work((int(Task.BRUSHING),), ((int(Task.BRUSHING), 10.8),))
SALTING = Work((int(Task.SALTING),))
masks = st.sampled_from([None, 0, int(Task.BRUSHING), int(Task.SALTING), 33, 160])


@pytest.mark.parametrize(
    ("tasks", "sure", "denied"),
    [
        ((Task.SALTING, Task.SALTING), True, False),
        ((Task.SALTING | Task.MUSIC, Task.SALTING), True, False),
        ((Task.MUSIC, Task.MUSIC), False, True),
        ((0, 0), False, True),
        ((Task.SALTING, None), True, False),
        ((None, 0), False, True),
    ],
)
def test_a_device_that_tells_its_tasks_reports_work_if_a_needed_one_is_among_them(
    tasks, sure, denied
):
    fast_m = 40 * LIMIT_MPS  # only what the device tells can make it collecting
    known = found([0, 20], [fast_m], tasks=tasks, work=SALTING, need=Task.SALTING)
    assert (known.sure, known.denied) == ([sure], [denied])


def test_where_another_task_is_needed_at_one_end_only_the_speed_decides():
    tasks = (Task.SALTING, Task.MUSIC)
    for metres, sure in ((10 * LIMIT_MPS, True), (40 * LIMIT_MPS, False)):
        known = found([0, 20], [metres], tasks=tasks, work=SALTING, need=Task.SALTING)
        assert (known.sure, known.denied) == ([sure], [False])


@settings(deadline=None, max_examples=60)
@given(
    metres=st.lists(st.floats(0.0, 500.0), min_size=1, max_size=6),
    working=st.lists(st.sampled_from([True, False, None]), min_size=7, max_size=7),
    tasks=st.lists(masks, min_size=7, max_size=7),
)
def test_where_any_task_serves_and_none_has_a_speed_tasks_change_nothing(metres, working, tasks):
    times_s = 20.0 * np.arange(len(metres) + 1)
    count = len(times_s)
    told = found(times_s, metres, working=working[:count], tasks=tasks[:count])
    assert told == found(times_s, metres, working=working[:count])


@settings(deadline=None, max_examples=60)
@given(
    metres=st.lists(st.floats(0.0, 500.0), min_size=1, max_size=6),
    working=st.lists(st.sampled_from([True, False, None]), min_size=7, max_size=7),
)
def test_where_no_task_is_told_working_decides_whatever_is_needed(metres, working):
    times_s = 20.0 * np.arange(len(metres) + 1)
    reported = {"working": working[: len(times_s)]}
    needed = found(times_s, metres, work=BRUSHING, need=Task.BRUSHING, **reported)
    assert needed == found(times_s, metres, **reported)


@pytest.mark.parametrize(
    ("metres", "sure", "possible"),
    [(40.0, True, False), (60.0, False, True), (90.0, False, False)],
)
@pytest.mark.parametrize("need", [ANY_TASK, Task.BRUSHING])
def test_a_task_with_a_speed_of_its_own_is_done_up_to_that(need, metres, sure, possible):
    tasks = (Task.BRUSHING, Task.BRUSHING)
    known = found([0, 20], [metres], error_m=5.0, tasks=tasks, work=BRUSHING, need=need)
    assert (known.sure, known.possible, known.denied) == ([sure], [possible], [False])


def test_of_several_tasks_with_speeds_the_highest_counts_and_only_among_those_needed():
    speeds = ((int(Task.BRUSHING), 10.8), (int(Task.SALTING), 54.0))
    both = Task.BRUSHING | Task.SALTING
    work = Work((int(Task.BRUSHING),), speeds)
    quick_m = 200.0
    assert found([0, 20], [quick_m], tasks=(both, both), work=work).sure == [True]
    needed = found([0, 20], [quick_m], tasks=(both, both), work=work, need=Task.BRUSHING)
    assert needed.sure == [False]


@settings(deadline=None, max_examples=60)
@given(
    metres=st.lists(st.floats(0.0, 500.0), min_size=1, max_size=8),
    error_m=st.floats(0.0, 60.0),
    tasks=st.lists(masks, min_size=9, max_size=9),
    need=st.sampled_from([ANY_TASK, int(Task.BRUSHING)]),
)
def test_of_sure_possible_and_denied_at_most_one_is_true_with_tasks_too(
    metres, error_m, tasks, need
):
    times_s = 20.0 * np.arange(len(metres) + 1)
    known = found(
        times_s, metres, error_m=error_m, tasks=tasks[: len(times_s)], work=BRUSHING, need=need
    )
    assert max(np.sum(known[:3], axis=0)) <= 1
