import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.reports.drawing.picture import MIDDLE, UNITS, Pen
from analytics.reports.drawing.typeface import width_of

PLACES = st.floats(-500.0, 500.0)
LINES = st.lists(st.tuples(PLACES, PLACES), min_size=2, max_size=12).map(np.array)


def drawn(*lines, **style):
    pen = Pen(100, 50)
    pen.lines(lines, "#000", 2.0, **style)
    return pen.picture().shapes


def written(text, **style):
    pen = Pen(100, 50)
    pen.text(60.0, 20.0, text, 8.0, **style)
    return pen.picture()


def points(shapes):
    """Where the lines of a shape go, in points."""
    for part in re.findall(r"M[^M\"z]*", shapes):
        steps = np.array(re.findall(r"-?\d+", part), dtype=float).reshape(-1, 2)
        yield np.cumsum(steps, axis=0) / UNITS


@given(LINES)
def test_a_line_goes_through_its_points_as_fine_as_paper_shows(line):
    (found,) = points(drawn(line).replace("h0", ""))
    missed = np.abs(line[:, None] - found[None]).max(axis=2).min(axis=1)
    assert missed.max() <= 0.5 / UNITS + 1e-9
    assert found[0] == pytest.approx(line[0], abs=0.5 / UNITS + 1e-9)
    assert found[-1] == pytest.approx(line[-1], abs=0.5 / UNITS + 1e-9)


def test_many_lines_of_a_kind_are_one_shape():
    line = np.array([[0.0, 0.0], [10.0, 5.0]])
    shapes = drawn(line, line + 3)
    assert shapes.count("<path") == 1
    assert len(list(points(shapes))) == 2


def test_without_lines_nothing_is_drawn():
    assert drawn() == ""


def test_dashes_are_as_long_as_the_line_is_wide():
    assert 'stroke-dasharray="100 24"' in drawn(np.eye(2), dashes=(5.0, 1.2))
    assert "dasharray" not in drawn(np.eye(2))


@pytest.mark.parametrize(("anchor", "share"), [("start", 0.0), ("middle", 0.5), ("end", 1.0)])
def test_a_text_is_held_by_its_anchor_and_stands_below_its_middle(anchor, share):
    (label,) = written("漏收", anchor=anchor).labels
    assert label.x == pytest.approx(60 - share * width_of("漏收", 8.0), abs=0.01)
    assert label.y == pytest.approx(20 + MIDDLE * 8.0, abs=0.01)


def test_a_turned_text_is_turned_about_where_it_is_held():
    """Upwards: it begins below and stands right of its middle."""
    (label,) = written("漏收", anchor="middle", angle=90.0).labels
    assert (label.x, label.y) == pytest.approx((60 + MIDDLE * 8.0, 20 + 8.0), abs=0.01)


def test_paper_lies_under_the_whole_text():
    (corners,) = points(written("漏收", anchor="middle", paper=True).shapes)
    assert (corners.min(axis=0) < [60 - 8, 20 - 4]).all()
    assert (corners.max(axis=0) > [60 + 8, 20 + 4]).all()
    assert written("漏收").shapes == ""


def test_all_paper_lies_over_all_lines():
    pen = Pen(100, 50)
    pen.text(50, 20, "漏收", 8.0, paper=True)
    pen.lines([np.eye(2)], "#123456", 1.0)
    shapes = pen.picture().shapes
    assert shapes.index("#123456") < shapes.index("fill-opacity")


def test_rectangles_dots_and_other_shapes_are_filled():
    pen = Pen(100, 50)
    pen.box(1, 2, 30, 4, "#111111")
    pen.dot(5, 6, 1.9, "#222222")
    pen.shape([(0, 0), (1, 2), (2, 0)], "#333333")
    assert pen.picture().shapes == (
        '<path d="M10 20h300v40h-300z" fill="#111111"/>'
        '<circle cx="50" cy="60" r="19" fill="#222222"/>'
        '<path d="M0 0l10 20 10-20z" fill="#333333"/>'
    )
