from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from geofence.plan.plan import ServiceRules
from geofence.track.frozen import frozen_runs
from geofence.track.standing import find_holds
from geofence.track.track import build_track
from tests.fixtures.line_of_fixes import fixes

RULES = ServiceRules()


def test_a_track_is_cut_only_where_fixes_are_more_than_the_gap_apart():
    track = build_track(fixes([0, 120, 240.001, 250], [0, 1, 2, 3]), RULES)
    assert track.cut.tolist() == [True, False, True, False]


def test_a_fix_no_truck_could_reach_and_leave_is_an_outlier():
    track = build_track(fixes([0, 10, 20, 30], [0, 441, 20, 30]), RULES)
    assert len(track.outlier_ms) == 1
    assert track.fixes.x.tolist() == [0, 20, 30]


def test_a_fix_that_is_only_hard_to_reach_is_kept():
    track = build_track(fixes([0, 10, 20, 30], [0, 5000, 5010, 5020]), RULES)
    assert len(track.outlier_ms) == 0


def test_of_two_alternating_positions_the_first_is_believed():
    track = build_track(fixes(range(0, 60, 10), [0, 5000, 10, 5003, 20, 30]), RULES)
    assert len(track.outlier_ms) == 2
    assert track.fixes.x.tolist() == [0, 10, 20, 30]


def test_of_two_alternating_positions_one_that_is_an_old_one_to_the_last_bit_is_stale():
    track = build_track(fixes(range(0, 60, 10), [0, 5000, 10, 5000, 20, 30]), RULES)
    assert (track.outlier_ms.tolist(), track.stale_ms.tolist()) == ([10_000], [30_000])
    assert track.fixes.x.tolist() == [0, 10, 20, 30]


def test_a_track_is_cut_after_two_places_took_turns():
    x = [0.0, 20.0, *np.where(np.arange(20) % 2, 9000.0 + np.arange(20), 40.0), 60.0, 80.0]
    track = build_track(fixes(np.arange(24) * 10, x + np.arange(24) / 8), RULES)
    assert track.doubted_started_ms.tolist() == [30_000]
    assert len(track.doubted_ms) >= 18
    (cut,) = np.flatnonzero(track.cut)[1:]
    assert track.fixes.time_ms[cut] > track.doubted_finished_ms[0]


def test_a_short_frozen_stretch_is_no_gap_where_positions_are_stale_as_a_habit():
    x = np.repeat(np.arange(30) * 90.0, 3)[:88]
    track = build_track(fixes(np.arange(88) * 10, x, speed_mps=np.full(88, 3.0)), RULES)
    assert len(track.frozen_started_ms) == np.flatnonzero(track.cut).max()
    assert 5 <= len(track.frozen_started_ms) < 10
    assert not track.cut[12:].any()


def test_of_a_frozen_stretch_the_first_fix_stays_and_the_track_is_cut_after_it():
    times = np.arange(0, 400, 10)
    x = np.where(times <= 320, 5.0, times)
    track = build_track(fixes(times, x, speed_mps=np.full(40, 3.0)), RULES)
    assert track.frozen_started_ms.tolist() == [0]
    assert track.frozen_finished_ms.tolist() == [320_000]
    assert track.fixes.time_ms[:2].tolist() == [0, 330_000]
    assert track.cut[:3].tolist() == [True, True, False]


def test_a_track_is_cut_after_a_frozen_stretch_however_short_it_was():
    track = build_track(fixes(range(0, 60, 10), [5, 5, 5, 5, 90, 120], speed_mps=[4.0] * 6), RULES)
    assert track.frozen_started_ms.tolist() == [0]
    assert track.cut.tolist() == [True, True, False]


def test_a_parked_truck_that_drives_off_was_not_frozen():
    times = np.arange(0, 400, 10)
    x = np.where(times <= 320, 5.0, 5.0 + (times - 320) * 5.0)
    track = build_track(fixes(times, x, speed_mps=np.where(times <= 320, 0.0, 5.0)), RULES)
    assert len(track.frozen_started_ms) == 0
    assert len(track.fixes.time_ms) == 40


def test_no_fixes_make_an_empty_track():
    track = build_track(fixes([], []), RULES)
    assert len(track.fixes.time_ms) == len(track.cut) == 0


@given(st.lists(st.tuples(st.integers(1, 300), st.integers(-3000, 3000)), max_size=60))
def test_every_fix_is_kept_or_counted_and_the_first_always_begins_a_part(steps):
    times = np.cumsum([pause for pause, _ in steps]) if steps else np.empty(0)
    track = build_track(fixes(times, [place for _, place in steps]), RULES)
    kept = len(track.kept_ms)
    frozen = sum(
        int(((times * 1000 > first) & (times * 1000 <= last)).sum())
        for first, last in zip(track.frozen_started_ms, track.frozen_finished_ms, strict=True)
    )
    dropped = len(track.outlier_ms) + len(track.stale_ms) + len(track.doubted_ms)
    assert kept + dropped + frozen == len(steps)
    assert (np.diff(track.kept_ms) > 0).all()
    assert kept == 0 or track.cut[0]


def test_fixes_of_a_stand_take_the_place_of_their_mean():
    track = build_track(
        fixes([0, 10, 20, 30], [50, 53, 49, 80], speed_mps=[0.1, 0.0, 0.2, 3.0]), RULES
    )
    assert track.fixes.x.round(6).tolist() == [50.666667] * 3 + [80.0]


def test_a_truck_that_moves_up_between_two_stops_is_not_held():
    track = build_track(fixes([0, 10, 20], [50, 52, 70], speed_mps=[0.1, 0.0, 0.2]), RULES)
    assert track.fixes.x.tolist() == [50, 50, 70]


def test_without_reported_speeds_a_stand_takes_half_a_minute_in_one_place():
    short = build_track(fixes([0, 10, 20], [50, 53, 51]), RULES)
    assert short.fixes.x.tolist() == [50, 53, 51]
    long = build_track(fixes([0, 10, 20, 30], [50, 53, 51, 52]), RULES)
    assert long.fixes.x.tolist() == [50, 50, 50, 50]


def test_a_stand_goes_on_through_the_error_of_one_speed():
    seldom = fixes([0, 10, 20, 30], [50, 53, 49, 51], speed_mps=[0.1, 0.7, 0.2, 0.0])
    assert build_track(seldom, RULES).kept_x.tolist() == [50, 50, 50, 50]
    dense = fixes(range(5), [50, 51, 52, 51, 50], speed_mps=[0.1, 0.0, 1.4, 0.2, 0.0])
    assert build_track(dense, RULES).kept_x.tolist() == [50] * 5


def test_a_stand_does_not_begin_with_the_crawl_it_would_go_on_through():
    track = build_track(fixes([0, 10, 20], [50, 57, 64], speed_mps=[0.7, 0.7, 0.7]), RULES)
    assert track.kept_x.tolist() == [50, 57, 64]


def test_a_stand_reported_every_second_holds_through_jumps_of_its_fixes():
    rng = np.random.default_rng(1)
    jumping = fixes(range(120), rng.normal(0, 3, 120), rng.normal(0, 3, 120), np.zeros(120))
    track = build_track(jumping, RULES)
    assert len(np.unique(track.kept_x)) == 1


def test_all_fixes_kept_are_told_whatever_the_path_needs():
    track = build_track(fixes(range(100), np.arange(100) * 3.0, speed_mps=[3.0] * 100), RULES)
    assert track.kept_x.tolist() == (np.arange(100) * 3.0).tolist()
    assert len(track.fixes.time_ms) == len(track.cut) < 20


def test_no_kernel_is_compiled_anew_for_columns_that_may_be_written_to():
    made = fixes(range(0, 60, 10), [0, 5000, 10, 5003, 20, 30])
    build_track(made, RULES)
    compiled = [*find_holds.signatures, *frozen_runs.signatures]
    speed_mps, accuracy_m = made.speed_mps.copy(), made.accuracy_m.copy()
    build_track(replace(made, speed_mps=speed_mps, accuracy_m=accuracy_m), RULES)
    assert [*find_holds.signatures, *frozen_runs.signatures] == compiled
    assert speed_mps.flags.writeable
    assert not made.speed_mps.flags.writeable
