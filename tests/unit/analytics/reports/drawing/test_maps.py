import re

import numpy as np
import pytest

from analytics.reports.drawing.drawing import COLOURS, DASHES
from analytics.reports.drawing.map_sketch import MAP_ASPECT, sketch, sketches
from analytics.reports.drawing.maps import MapDrawing, draw_maps
from analytics.reports.tables.views import VERDICTS
from analytics.wording.words import Language, Words
from tests.fixtures.reported_night import MARKUP, SCRIPT

ZH = Words(Language.ZH)


@pytest.fixture(scope="module")
def drawn(report):
    return sketch(report.misses[0])


def length_m(lines):
    return sum(float(np.hypot(*np.diff(line, axis=0).T).sum()) for line in lines)


def test_missing_stretches_are_those_of_the_evidence(drawn):
    streets = {street.name: street for street in drawn.streets}
    assert length_m(streets[SCRIPT].missing) == pytest.approx(1000, abs=1)
    assert length_m(streets[MARKUP].missing) == pytest.approx(500, abs=2)
    assert streets["云中街"].missing == ()


def test_all_of_the_grid_lies_within_the_bounds(drawn):
    west, east, south, north = drawn.bounds
    points = np.concatenate([line for street in drawn.streets for line in street.lines])
    assert ((points > [west, south]) & (points < [east, north])).all()
    assert (east - west) / (north - south) == pytest.approx(MAP_ASPECT)


def test_streets_of_other_grids_beyond_the_bounds_are_left_out(drawn):
    assert drawn.others == ()


def test_verdicts_differ_in_colour_and_in_dashes():
    assert len({COLOURS[verdict] for verdict in VERDICTS}) == len(VERDICTS)
    assert len({str(DASHES[verdict]) for verdict in VERDICTS}) == len(VERDICTS)


def test_a_map_is_the_same_each_time_and_has_no_date(drawn):
    one, other = draw_maps([drawn, drawn], ZH)
    assert one == other
    assert b"<dc:date>" not in one
    assert not re.search(rb"(href|src)=\"http", one)


def test_other_processes_draw_the_same(report):
    many = sketches(report.misses) * 9
    with MapDrawing(many, Language.ZH, 2) as drawing:
        assert drawing.maps() == draw_maps(many, ZH)
