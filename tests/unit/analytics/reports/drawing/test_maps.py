import re
from dataclasses import replace

import numpy as np
import pytest

from analytics.reports.drawing.drawing import COLOURS, GREY
from analytics.reports.drawing.map_sketch import sketch
from analytics.reports.drawing.maps import AMBIGUOUS, HEIGHT, MISSING, WIDTH, draw_maps
from analytics.reports.drawing.svg import svg_of
from analytics.wording.words import Language, Words
from tests.fixtures.reported_night import SCRIPT

ZH = Words(Language.ZH)


@pytest.fixture(scope="module")
def drawn(report):
    return sketch(report.misses[0])


@pytest.fixture(scope="module")
def picture(drawn):
    return draw_maps([drawn], ZH)[0]


def told(picture):
    return [label.text for label in picture.labels]


def test_a_map_is_the_same_each_time_and_has_no_date(drawn):
    one, other = (svg_of(each) for each in draw_maps([drawn, drawn], ZH))
    assert one == other
    assert b"<dc:date>" not in one
    assert not re.search(rb"(href|src)=\"http", one)


def test_north_is_up_and_lengths_are_true(drawn, picture):
    west, _, south, north = drawn.bounds
    (street,) = [each for each in drawn.streets if each.name == SCRIPT]
    (line,) = street.lines
    (x, y, dx, dy) = re.findall(
        r'"M(\d+) (\d+)l(-?\d+) ?(-?\d+)"[^>]*stroke="#D55E00"', picture.shapes
    )[0]
    scale = HEIGHT / (north - south)
    assert (int(x) / 10, int(y) / 10) == pytest.approx(
        ((line[0, 0] - west) * scale, (north - line[0, 1]) * scale), abs=0.06
    )
    assert (int(dx) / 10, int(dy) / 10) == pytest.approx(
        ((line[1, 0] - line[0, 0]) * scale, 0), abs=0.11
    )


def test_each_street_is_named_once(drawn, picture):
    for street in drawn.streets:
        assert told(picture).count(street.name) == 1


def test_the_legend_tells_of_what_the_map_has(drawn, picture):
    streets = [replace(each, missing=()) for each in drawn.streets if each.verdict != "partial"]
    fewer = draw_maps([replace(drawn, streets=tuple(streets))], ZH)[0]
    for key, colour in (("verdict.partial", COLOURS["partial"]), ("map.missing", MISSING)):
        assert (ZH(key) in told(picture), ZH(key) in told(fewer)) == (True, False)
        assert (colour in picture.shapes, colour in fewer.shapes) == (True, False)
    assert ZH("map.ambiguous") not in told(picture)
    assert AMBIGUOUS not in picture.shapes


@pytest.mark.parametrize("schematic", [True, False])
def test_a_map_of_a_schematic_plan_says_so(drawn, schematic):
    picture = draw_maps([replace(drawn, schematic=schematic)], ZH)[0]
    assert (ZH("map.schematic") in told(picture)) is schematic


def test_roads_that_reach_beyond_the_map_are_cut_at_its_edge(drawn):
    road = np.array([[-9000.0, 50.0], [9000.0, 50.0]])
    shapes = draw_maps([replace(drawn, others=(road,))], ZH)[0].shapes
    assert f'<path d="M0 0h{WIDTH * 10:.0f}v{HEIGHT * 10:.0f}h' in shapes
    (road,) = re.findall(r"<path[^>]*clip-path[^>]*>", shapes)
    assert GREY in road


def test_names_of_streets_that_run_side_by_side_do_not_stand_on_each_other(drawn):
    first, *_ = drawn.streets
    close = [replace(first, name=f"{n}街", lines=(first.lines[0] + (0.0, 5.0 * n),))
             for n in range(4)]  # fmt: skip
    picture = draw_maps([replace(drawn, streets=tuple(close))], ZH)[0]
    places = np.array([(e.x, e.y) for e in picture.labels if e.text.endswith("街")])
    apart = np.hypot(*(places[:, None] - places[None]).T)
    assert apart[~np.eye(4, dtype=bool)].min() > 8.0
