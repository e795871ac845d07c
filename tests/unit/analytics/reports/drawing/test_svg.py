import xml.etree.ElementTree as ET

import pytest

from analytics.reports.drawing.picture import Pen
from analytics.reports.drawing.svg import shapes_of, svg_of
from analytics.reports.drawing.typeface import outline

LINK = "{http://www.w3.org/1999/xlink}href"


def picture(*texts, **style):
    pen = Pen(100, 50)
    pen.box(0, 0, 10, 10, "#ffffff")
    for row, text in enumerate(texts):
        pen.text(10, 10 * row, text, 8.0, **style)
    return pen.picture()


def test_a_drawing_is_the_same_each_time_and_has_no_date():
    one = svg_of(picture("漏收 – 云中街 -5 %"))
    assert one == svg_of(picture("漏收 – 云中街 -5 %"))
    assert b"<dc:date>" not in one


def test_chinese_is_drawn_as_shapes_of_the_font_of_reports_and_needs_no_font_to_be_read():
    drawn = svg_of(picture("收"))
    assert b"<text" not in drawn
    assert b"NotoSansSC" in drawn


def test_each_character_is_outlined_once_and_used_where_it_stands():
    root = ET.fromstring(svg_of(picture("街上街", "街 <&>")))
    outlines = {each.get("id"): each.get("d") for each in root[0]}
    used = [each.get(LINK)[1:] for each in root.iter() if each.get(LINK)]
    assert sorted(outlines.values()) == sorted(map(outline, "街上<&>"))
    assert [outlines[name] for name in used] == [outline(each) for each in "街上街街<&>"]


def test_characters_stand_one_after_the_other():
    *_, group = ET.fromstring(svg_of(picture("街 上")))
    assert [each.get("x") for each in group] == [None, "1224"]


@pytest.mark.parametrize(
    ("angle", "turned"),
    [(0.0, "0.08 0 0 0.08"), (90.0, "0 -0.08 0.08 0"), (-90.0, "0 0.08 -0.08 0")],
)
def test_a_text_is_as_large_and_as_turned_as_it_is_said_to_be(angle, turned):
    *_, group = ET.fromstring(svg_of(picture("街", angle=angle)))
    numbers = [float(each) for each in group.get("transform")[7:-1].split()]
    assert numbers[:4] == pytest.approx([float(each) for each in turned.split()], abs=1e-6)


def test_shapes_alone_have_no_texts():
    one = picture("漏收")
    root = ET.fromstring(shapes_of(one))
    assert [each.tag.partition("}")[2] for each in root] == ["path"]
    assert root.get("viewBox") == "0 0 1000 500"
    assert (root.get("width"), root.get("height")) == ("100pt", "50pt")
