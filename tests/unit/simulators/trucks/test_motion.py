import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geofence.network.network import build_network
from simulators.trucks.motion import Motion, MotionLog, positions
from simulators.trucks.roads import Stretch
from tests.fixtures.lattice import section

# the first street bends north after 300 m and is cut by the second one after 120 m
NETWORK = build_network(
    [
        section("云中街", (0, 0), (300, 0), (300, 400)),
        section("兴云里", (120, 0), (120, -90)),
    ]
)
LENGTH_M = NETWORK.edge_length_m
START_S = 1_648_425_600.0  # 2022-03-28T00:00:00Z


def log() -> MotionLog:
    return MotionLog(NETWORK, START_S)


def driven(way, along_m, seconds, *, until_s=np.inf, collecting=True) -> Motion:
    drive = log()
    drive.drive(way, np.array(along_m, float), np.array(seconds, float), collecting=collecting)
    return drive.motion(START_S, START_S + until_s)


def rows(motion):
    """(section, from, to, started, finished, collecting) of each piece, from the start."""
    return [
        (int(section), *(round(float(value), 3) for value in values), bool(collecting))
        for section, collecting, *values in zip(
            motion.section, motion.collecting, motion.from_m, motion.to_m,
            motion.started_s - START_S, motion.finished_s - START_S, strict=True,
        )
    ]  # fmt: skip


def at(motion, *seconds):
    return positions(motion, NETWORK, START_S + np.array(seconds, dtype=float))


def test_a_way_over_two_arcs_changes_at_their_junction_when_the_truck_gets_there():
    onto_side_street = [Stretch(0, 60.0, float(LENGTH_M[0])), Stretch(4, 0.0, 60.0)]
    motion = driven(onto_side_street, [0.0, 120.0], [0.0, 40.0])
    assert rows(motion) == [(0, 60, 120, 0, 20, True), (1, 0, 60, 20, 40, True)]


def test_on_the_later_edges_of_a_section_measures_go_on():
    motion = driven([Stretch(2, 10.0, 40.0)], [0.0, 30.0], [0.0, 10.0])
    assert rows(motion) == [(0, 130, 160, 0, 10, True)]


def test_against_the_drawing_measures_fall():
    motion = driven([Stretch(1, 20.0, 50.0)], [0.0, 30.0], [0.0, 10.0], collecting=False)
    assert rows(motion) == [(0, 100, 70, 0, 10, False)]


def test_a_place_that_is_reached_twice_is_a_stop():
    motion = driven([Stretch(0, 0.0, 60.0)], [0.0, 20.0, 20.0, 60.0], [0.0, 10.0, 25.0, 35.0])
    assert rows(motion) == [
        (0, 0, 20, 0, 10, True), (0, 20, 20, 10, 25, True), (0, 20, 60, 25, 35, True),
    ]  # fmt: skip


def test_a_stop_at_the_very_junction_happens_once():
    way = [Stretch(0, 100.0, float(LENGTH_M[0])), Stretch(2, 0.0, 20.0)]
    corner_m = LENGTH_M[0] - 100.0
    motion = driven(way, [0.0, corner_m, corner_m, corner_m + 20.0], [0.0, 5.0, 15.0, 20.0])
    standing = motion.from_m == motion.to_m
    assert standing.sum() == 1
    assert (motion.finished_s - motion.started_s)[standing] == pytest.approx([10.0])
    assert motion.finished_s[-1] == START_S + 20.0


def test_a_truck_that_stands_keeps_its_place_and_one_that_does_not_stand_leaves_no_piece():
    waiting = log()
    waiting.stand(3, 30.0, 12.0, collecting=True)
    waiting.stand(3, 30.0, 0.0)
    assert waiting.now_s == START_S + 12.0
    measure = round(float(NETWORK.section_length_m[0]) - 30.0, 3)
    assert rows(waiting.motion(START_S)) == [(0, measure, measure, 0, 12, True)]


def test_pieces_too_brief_to_tell_their_ends_are_left_out_of_the_clock_too():
    drive = log()
    drive.drive([Stretch(0, 0.0, 20.0)], np.array([0.0, 0.001, 20.0]), np.array([0.0, 1e-5, 10.0]),
                collecting=True)  # fmt: skip
    drive.stand(0, 20.0, 5.0)
    motion = drive.motion(START_S)
    assert len(motion.section) == 2
    assert motion.finished_s[-1] == drive.now_s


@pytest.mark.parametrize(
    ("until_s", "expected"),
    [
        (5.0, [(0, 0, 10, 0, 5, True)]),
        (10.0, [(0, 0, 20, 0, 10, True)]),
        (12.0, [(0, 0, 20, 0, 10, True), (0, 20, 20, 10, 12, False)]),
        (99.0, [(0, 0, 20, 0, 10, True), (0, 20, 20, 10, 15, False)]),
        (0.0, []),
    ],
)
def test_a_motion_is_cut_off_at_the_instant_its_tracker_is(until_s, expected):
    drive = log()
    drive.drive([Stretch(0, 0.0, 20.0)], np.array([0.0, 20.0]), np.array([0.0, 10.0]),
                collecting=True)  # fmt: skip
    drive.stand(0, 20.0, 5.0)
    assert rows(drive.motion(START_S, START_S + until_s)) == expected


@settings(deadline=None, max_examples=40)
@given(steps=st.lists(st.tuples(st.floats(0.0, 80.0), st.floats(0.1, 60.0)), min_size=1))
def test_a_motion_has_no_break_and_takes_the_time_and_the_metres_of_its_steps(steps):
    way = [Stretch(0, 0.0, float(LENGTH_M[0])), Stretch(2, 0.0, float(LENGTH_M[1]))]
    metres, seconds = np.array(steps).T
    metres = metres * min(1.0, LENGTH_M[:2].sum() / max(metres.sum(), 1e-9))
    along_m, reached_s = (np.concatenate([[0.0], np.cumsum(v)]) for v in (metres, seconds))
    motion = driven(way, along_m, reached_s)
    assert motion.started_s[0] == START_S
    assert motion.started_s[1:].tolist() == motion.finished_s[:-1].tolist()
    assert motion.from_m[1:] == pytest.approx(motion.to_m[:-1], abs=1e-3)
    assert motion.to_m[-1] == pytest.approx(along_m[-1], abs=0.01)
    assert motion.finished_s[-1] - START_S == pytest.approx(reached_s[-1], abs=0.01)


def test_between_two_instants_a_truck_is_where_uniform_motion_takes_it():
    motion = driven([Stretch(2, 0.0, 580.0)], [0.0, 580.0], [0.0, 58.0])
    found = at(motion, 0.0, 10.0, 38.0)
    x0 = NETWORK.vertex_x[0]
    assert found.x - x0 == pytest.approx([120.0, 220.0, 300.0], abs=0.01)
    assert found.y - NETWORK.vertex_y[0] == pytest.approx([0.0, 0.0, 200.0], abs=0.01)
    assert found.speed_mps == pytest.approx([10.0] * 3)
    assert found.collecting.all()


def test_the_heading_is_that_of_travel_from_north_clockwise():
    out = driven([Stretch(2, 0.0, 580.0)], [0.0, 580.0], [0.0, 58.0])
    home = driven([Stretch(3, 0.0, 580.0)], [0.0, 580.0], [0.0, 58.0])
    assert at(out, 5.0, 40.0).heading_deg == pytest.approx([90.0, 0.0], abs=0.01)
    assert at(home, 5.0, 55.0).heading_deg == pytest.approx([180.0, 270.0], abs=0.01)


def test_a_truck_that_stands_has_no_heading_and_no_speed():
    waiting = log()
    waiting.stand(4, 30.0, 20.0)
    found = at(waiting.motion(START_S), 10.0)
    assert np.isnan(found.heading_deg).all()
    assert found.speed_mps.tolist() == [0.0]
    assert not found.collecting.any()


def test_before_and_after_its_motion_a_truck_is_where_that_begins_and_ends():
    motion = driven([Stretch(4, 10.0, 60.0)], [0.0, 50.0], [0.0, 10.0])
    found = at(motion, -5.0, 15.0)
    assert found.y - NETWORK.vertex_y[0] == pytest.approx([-10.0, -60.0], abs=0.01)


def test_at_the_end_of_a_street_a_truck_is_not_yet_on_the_next_one_in_the_list():
    length_m = float(LENGTH_M[1])
    motion = driven([Stretch(2, length_m - 30.0, length_m)], [0.0, 30.0], [0.0, 10.0])
    found = at(motion, 10.0)
    assert found.x - NETWORK.vertex_x[0] == pytest.approx([300.0], abs=0.01)
    assert found.y - NETWORK.vertex_y[0] == pytest.approx([400.0], abs=0.01)
    assert found.heading_deg == pytest.approx([0.0], abs=0.01)
