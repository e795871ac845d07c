import re

import pytest

from analytics.reports.drawing.map_sketch import sketch, sketches
from analytics.reports.drawing.maps import MapDrawing, draw_maps
from analytics.wording.words import Language, Words

ZH = Words(Language.ZH)


@pytest.fixture(scope="module")
def drawn(report):
    return sketch(report.misses[0])


def test_a_map_is_the_same_each_time_and_has_no_date(drawn):
    one, other = draw_maps([drawn, drawn], ZH)
    assert one == other
    assert b"<dc:date>" not in one
    assert not re.search(rb"(href|src)=\"http", one)


def test_other_processes_draw_the_same(report):
    many = sketches(report.misses) * 9
    with MapDrawing(many, Language.ZH, 2) as drawing:
        assert drawing.maps() == draw_maps(many, ZH)
