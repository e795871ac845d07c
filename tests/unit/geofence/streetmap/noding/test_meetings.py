import numpy as np

from geofence.streetmap.noding.flat_lines import flat_lines
from geofence.streetmap.noding.meetings import noded

SCALE = np.array([111_195.0 * np.cos(np.radians(34.0)), 111_195.0])


def lines_of(*lines_m):
    spots = np.concatenate([np.array(line, dtype=float) for line in lines_m]) / SCALE
    owner = np.repeat(np.arange(len(lines_m)), [len(line) for line in lines_m])
    return flat_lines(
        spots + np.array([113.8, 34.0]), owner, np.arange(len(lines_m)),
        np.ones(len(lines_m), np.bool_),
    )  # fmt: skip


def test_pieces_know_the_line_they_were_cut_from_in_its_order():
    lines = noded(lines_of([(0, 0), (100, 0)], [(60, -9), (60, 9)], [(30, -9), (30, 9)]))
    assert lines.parent.tolist() == [0, 0, 0, 1, 1, 2, 2]
    assert (np.diff(lines.spots[lines.owner <= 2, 0]) >= 0).all()


def test_a_vertex_within_a_centimetre_of_a_line_is_on_it():
    lines = noded(lines_of([(0, 0), (100, 0)], [(40, 50), (50, 0.006), (60, 50)]))
    assert lines.count == 4
    _, count = lines.junctions()
    assert count.max() == 4


def test_three_lines_that_all_but_meet_in_a_point_meet_in_one():
    lines = noded(
        lines_of([(0, 0), (100, 0)], [(40, -50), (60, 50.003)], [(60.003, -50), (40, 50)])
    )
    _, count = lines.junctions()
    assert sorted(count.tolist()) == [1, 1, 1, 1, 1, 1, 6]


def test_a_line_that_doubles_back_over_its_beginning_is_cut_there():
    lines = noded(lines_of([(10, 0), (30, 0), (0, 0)]))
    assert lines.count == 2


def test_only_pairs_with_a_fresh_vertex_are_looked_at():
    lines = lines_of(
        [(0, 0), (40, 0)], [(20, -9), (20, 9)], [(60, 0), (99, 0)], [(80, -9), (80, 9)]
    )
    fresh = np.zeros(len(lines.spots), np.bool_)
    assert noded(lines, fresh).count == 4
    fresh[2] = True
    assert noded(lines, fresh).parent.tolist() == [0, 0, 1, 1, 2, 3]
