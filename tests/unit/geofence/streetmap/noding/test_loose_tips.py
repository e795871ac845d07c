import numpy as np

from geofence.streetmap.noding.flat_lines import flat_lines
from geofence.streetmap.noding.loose_tips import led_on, without_overshoots

SCALE = np.array([111_195.0 * np.cos(np.radians(34.0)), 111_195.0])


def lines_of(*lines_m):
    spots = np.concatenate([np.array(line, dtype=float) for line in lines_m]) / SCALE
    owner = np.repeat(np.arange(len(lines_m)), [len(line) for line in lines_m])
    return flat_lines(
        spots + np.array([113.8, 34.0]), owner, np.arange(len(lines_m)),
        np.ones(len(lines_m), np.bool_),
    )  # fmt: skip


def metres_of(lines):
    return np.round((lines.spots - (113.8, 34.0)) * SCALE, 3).tolist()


def test_a_tip_is_led_on_to_the_nearest_line_by_a_vertex_more():
    lines, fresh, count = led_on(
        lines_of([(0, 0), (100, 0)], [(50, 0.3), (50, 50)], [(20, 0.7), (80, 0.7)])
    )
    assert count == 1
    assert metres_of(lines)[2] == [50.0, 0.0]
    assert np.flatnonzero(fresh).tolist() == [2]
    assert lines.owner.tolist().count(1) == 3


def test_the_first_tip_of_a_line_gets_its_vertex_before_and_the_last_behind():
    lines, _, _ = led_on(
        lines_of([(50, 0.3), (50, 50)], [(0, 0), (100, 0)], [(0, 50.4), (99, 50.4)])
    )
    assert metres_of(lines)[:4] == [[50.0, 0.0], [50.0, 0.3], [50.0, 50.0], [50.0, 50.4]]


def test_a_short_line_is_led_nowhere():
    _, _, count = led_on(lines_of([(0, 0), (100, 0)], [(50, 0.3), (50, 1.9)]))
    assert count == 0


def test_a_tip_half_a_metre_before_the_tip_of_a_line_is_led_to_that():
    lines, _, count = led_on(lines_of([(0, 0), (50, 0)], [(50.2, 0.2), (50.2, 50)]))
    assert count == 1
    assert metres_of(lines)[2] == [50.2, 0.2]


def test_what_ends_just_behind_a_junction_is_dropped_if_it_was_cut_from_a_longer_line():
    pieces = lines_of(
        [(0, 0), (50, 0)], [(50, 0), (99, 0)], [(50, 9), (50, 0)], [(50, 0), (50, -0.4)]
    )
    kept, count = without_overshoots(pieces, np.array([99.0, 99.0, 9.4, 9.4]))
    assert (kept.count, count) == (3, 1)
    kept, count = without_overshoots(pieces, np.array([99.0, 99.0, 9.4, 0.4]))
    assert (kept.count, count) == (4, 0)
