from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geofence.network.network import build_network
from geofence.plan.plan import ServiceRules
from geofence.seen.passes import build_gaps, build_passes
from tests.fixtures.lattice import section
from tests.fixtures.matched import chain, matched, tracked

NETWORK = build_network([section("云中街", (0, 0), (2000, 0))])
CUT = build_network([section("魏都大道", (0, 0), (300, 0)), section("兴云里", (120, 0), (120, 90))])
"""A street that another one cuts into edges of 120 m and 180 m."""
AB, BA = 0, 1
RULES = ServiceRules(service_speed_kmh=36.0, prism_travel_mps=20.0, prism_service_kmh=18.0)
SLOW, FAST = 50.0, 180.0
"""Metres in ten seconds, below and above the speed of service."""


def drive(*pieces, steps_m, pause_s=10.0, network=NETWORK, sigma_m=4.0, **reported):
    """Passes of a truck that makes steps of some metres, each a piece (fix, arc, from, to, …)."""
    steps = np.concatenate([[0.0], steps_m])
    times_s = pause_s * np.arange(len(steps))
    track = tracked(times_s, np.cumsum(steps), **reported)
    match = matched(
        chain(len(steps)), steps, *pieces, sigma_m=sigma_m, speed_mps=reported.get("speed_mps")
    )
    return build_passes(network, track, match, RULES)


def rows(passes):
    """(from, to, started s, finished s, collecting, certain) of each pass."""
    columns = (passes.from_m, passes.to_m, passes.started_ms / 1000, passes.finished_ms / 1000)
    told = [tuple(np.round(row, 6).tolist()) for row in zip(*columns, strict=True)]
    flags = zip(passes.collecting.tolist(), passes.certain.tolist(), strict=True)
    return [(*row, *flag) for row, flag in zip(told, flags, strict=True)]


def gaps(times_s, before, *, leap_from=None, **told):
    east, north = np.outer([3.0, -1.0], times_s)
    track = tracked(times_s, east, north, **told)
    return build_gaps(track, matched(before, leap_from=leap_from))


def test_a_piece_becomes_a_pass_at_the_instants_of_its_step():
    passes = drive(
        (1, AB, 10.0, 60.0, 0.0, 1.0, True), (2, AB, 60.0, 110.0, 0.0, 1.0, True),
        steps_m=[SLOW, SLOW],
    )  # fmt: skip
    assert rows(passes) == [(10, 60, 0, 10, True, True), (60, 110, 10, 20, True, True)]
    assert passes.section.tolist() == [0, 0]


def test_a_street_driven_against_its_drawing_is_passed_from_its_end():
    passes = drive((1, BA, 10.0, 60.0, 0.0, 1.0, True), steps_m=[SLOW])
    length_m = NETWORK.edge_length_m[0]
    assert passes.from_m == pytest.approx([length_m - 10.0])
    assert passes.to_m == pytest.approx([length_m - 60.0])


def test_measures_are_those_of_the_section_whichever_of_its_edges_is_driven():
    along, against = 2, 3
    passes = drive(
        (1, along, 30.0, 80.0, 0.0, 1.0, True), (2, against, 100.0, 150.0, 0.0, 1.0, True),
        steps_m=[SLOW, SLOW], network=CUT,
    )  # fmt: skip
    assert passes.section.tolist() == [0, 0]
    assert passes.from_m == pytest.approx([150.0, 200.0], abs=0.01)
    assert passes.to_m == pytest.approx([200.0, 150.0], abs=0.01)


@settings(deadline=None, max_examples=40)
@given(shares=st.lists(st.floats(0.0, 1.0), min_size=1, max_size=5).map(sorted))
def test_pieces_of_one_step_follow_each_other_without_a_break_in_time(shares):
    bounds = [0.0, *shares, 1.0]
    pieces = [
        (1, AB, 50.0 * begin, 50.0 * end, begin, end, True) for begin, end in pairwise(bounds)
    ]
    passes = drive(*pieces, steps_m=[SLOW])
    assert passes.started_ms[0] == 0.0
    assert passes.finished_ms[-1] == 10_000.0
    assert passes.started_ms[1:] == pytest.approx(passes.finished_ms[:-1], abs=1e-6)
    assert (passes.to_m > passes.from_m).all()
    assert np.abs(passes.to_m - passes.from_m).sum() == pytest.approx(50.0)


def test_a_piece_without_length_is_no_pass():
    passes = drive(
        (1, AB, 50.0, 50.0, 0.0, 0.0, True), (2, AB, 50.0, 90.0, 0.0, 1.0, True),
        steps_m=[0.0, 40.0],
    )  # fmt: skip
    assert passes.from_m.tolist() == [50.0]


def test_what_a_rival_may_have_driven_is_passed_but_not_for_certain():
    passes = drive((1, AB, 0.0, 50.0, 0.0, 1.0, False), steps_m=[SLOW])
    assert rows(passes) == [(0, 50, 0, 10, True, False)]


def test_before_collecting_begins_the_last_metres_of_a_fast_step_may_have_been_collected():
    fast, slow = (1, AB, 0.0, 180.0, 0.0, 1.0, True), (2, AB, 180.0, 230.0, 0.0, 1.0, True)
    began_s = 10.0 - 10.0 * 8.0 / 180.0
    assert rows(drive(fast, slow, steps_m=[FAST, SLOW])) == [
        (0, 180, 0, 10, False, True),
        (180, 230, 10, 20, True, True),
        (172, 180, round(began_s, 6), 10, True, False),
    ]


def test_after_collecting_ends_the_first_metres_of_a_fast_step_may_have_been_collected():
    slow, fast = (1, BA, 0.0, 50.0, 0.0, 1.0, True), (2, BA, 50.0, 230.0, 0.0, 1.0, True)
    length_m = NETWORK.edge_length_m[0]
    found = rows(drive(slow, fast, steps_m=[SLOW, FAST]))
    assert found[2][:2] == pytest.approx((length_m - 50.0, length_m - 58.0), abs=1e-5)
    assert found[2][2:] == (10, round(10 + 10 * 8 / 180, 6), True, False)


def test_no_more_of_a_fast_step_is_open_than_there_is():
    fast, slow = (1, AB, 0.0, 180.0, 0.0, 1.0, True), (2, AB, 180.0, 230.0, 0.0, 1.0, True)
    found = rows(drive(fast, slow, steps_m=[FAST, SLOW], sigma_m=100.0))
    assert found[2:] == [(0, 180, 0, 10, True, False)]


def test_of_a_route_over_two_streets_only_the_metres_next_to_the_fix_are_open():
    first, second = (1, AB, 0.0, 90.0, 0.0, 0.5, True), (1, AB, 90.0, 180.0, 0.5, 1.0, True)
    slow = (2, AB, 180.0, 230.0, 0.0, 1.0, True)
    found = rows(drive(first, second, slow, steps_m=[FAST, SLOW]))
    assert [row[:2] for row in found[3:]] == [(172, 180)]


def test_a_fast_step_that_is_not_certain_opens_nothing_beyond_itself():
    fast, slow = (1, AB, 0.0, 180.0, 0.0, 1.0, False), (2, AB, 180.0, 230.0, 0.0, 1.0, True)
    assert len(rows(drive(fast, slow, steps_m=[FAST, SLOW]))) == 2


@pytest.mark.parametrize(("length_m", "possible"), [(99.0, True), (101.0, False)])
def test_a_long_fast_step_may_hide_a_street_collected_slowly_if_the_rest_was_raced(
    length_m, possible
):
    # 900 m in 60 s: at 20 m/s 15 s are to spare, in which 5 m/s serve 100 m at the cost of time
    short = (1, AB, 0.0, length_m, 0.0, length_m / 900.0, True)
    rest = (1, AB, length_m, 900.0, length_m / 900.0, 1.0, True)
    found = rows(drive(short, rest, steps_m=[900.0], pause_s=60.0))
    hidden = [row[:2] for row in found if row[4:] == (True, False)]
    assert hidden == ([(0, length_m)] if possible else [])


@pytest.mark.parametrize(("pause_s", "possible"), [(20.0, 0), (21.0, 1)])
def test_a_short_fast_step_hides_no_street(pause_s, possible):
    piece = (1, AB, 0.0, 20.0, 0.0, 0.1, True)
    found = rows(drive(piece, steps_m=[15.0 * pause_s], pause_s=pause_s))
    assert sum(row[4:] == (True, False) for row in found) == possible


def test_a_long_step_that_the_device_denies_hides_nothing():
    piece = (1, AB, 0.0, 20.0, 0.0, 0.1, True)
    found = rows(drive(piece, steps_m=[900.0], pause_s=60.0, working=(False, False)))
    assert found == [(0, 20, 0, 6, False, True)]


@pytest.mark.parametrize("certain", [True, False])
def test_of_a_long_step_with_a_fast_end_the_metres_at_the_pace_before_are_sure(certain):
    # half a minute at 2 m/s as before and half at 12 m/s, at which the truck arrives
    passes = drive(
        (1, AB, 0.0, 120.0, 0.0, 1.0, True), (2, AB, 120.0, 540.0, 0.0, 1.0, certain),
        steps_m=[120.0, 420.0], pause_s=60.0, speed_mps=(2.0, 2.0, 12.0),
    )  # fmt: skip
    before, whole, *sure = rows(passes)
    assert before == (0, 120, 0, 60, True, True)
    assert whole == (120, 540, 60, 120, True, False)
    assert [(begin, end, *flags) for begin, end, _, _, *flags in sure] == [
        (120, 180, True, True)
    ] * certain


def test_a_step_without_a_route_is_a_gap_from_fix_to_fix():
    found = gaps([0, 10, 20, 30], [-1, 0, -1, 2])
    assert (found.started_ms.tolist(), found.finished_ms.tolist()) == ([10_000], [20_000])
    assert (found.from_x.tolist(), found.to_x.tolist()) == ([30.0], [60.0])
    assert (found.from_y.tolist(), found.to_y.tolist()) == ([-10.0], [-20.0])
    assert found.silent.tolist() == [False]


def test_a_gap_where_the_track_is_cut_is_silent():
    assert gaps([0, 10, 200, 210], [-1, 0, -1, 2], cut=(0, 2)).silent.tolist() == [True]


def test_fixes_passed_over_by_a_route_leave_no_gap():
    assert len(gaps([0, 10, 20, 30], [-1, -1, 0, 2]).started_ms) == 0


def test_fixes_before_the_first_one_placed_lie_in_gaps():
    assert gaps([0, 10, 20, 30], [-1, -1, -1, 2]).started_ms.tolist() == [0, 10_000]


@pytest.mark.parametrize(("seconds", "started_ms"), [(75, []), (76, [10_000])])
def test_a_step_in_which_a_truck_can_go_out_and_back_is_a_gap_although_it_has_a_route(
    seconds, started_ms
):
    found = gaps([0, 10, 10 + seconds], chain(3))
    assert found.started_ms.tolist() == started_ms
    assert not found.silent.any()


@pytest.mark.parametrize(("between_s", "started_ms"), [([30, 60, 90], []), ([80], [0])])
def test_fixes_thinned_out_of_a_stand_show_that_the_truck_was_there(between_s, started_ms):
    found = gaps([0, 100, 110], chain(3), kept_s=[0, *between_s, 100, 110])
    assert found.started_ms.tolist() == started_ms


@pytest.mark.parametrize("times_s", [[], [0]])
def test_a_vehicle_of_one_fix_or_none_has_no_gap(times_s):
    assert len(gaps(times_s, [-1] * len(times_s)).started_ms) == 0


def test_a_stretch_that_a_leap_belies_is_one_gap():
    found = gaps([0, 10, 20, 30, 40], [-1, 0, 1, -1, 3], leap_from=[-1, -1, -1, 1, -1])
    assert (found.started_ms.tolist(), found.finished_ms.tolist()) == ([10_000], [30_000])


def test_stretches_that_overlap_are_one_gap_from_the_first_fix_to_the_last():
    leap_from = [-1, -1, -1, 0, 2, -1]
    found = gaps([0, 10, 20, 30, 40, 50], [-1, 0, 1, -1, -1, 4], leap_from=leap_from)
    assert (found.started_ms.tolist(), found.finished_ms.tolist()) == ([0], [40_000])
