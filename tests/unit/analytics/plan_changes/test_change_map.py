from dataclasses import replace
from xml.etree import ElementTree as ET

from hypothesis import given

from analytics.plan_changes.change_map import LOOKS, draw_map, legend
from analytics.wording.words import Language
from geofence.difference.comparison import compare
from geofence.difference.drawn_change import Role
from tests.fixtures.changed_towns import BEFORE, plan_of
from tests.fixtures.hostile_names import NAMES
from tests.fixtures.town import street

SVG = "{http://www.w3.org/2000/svg}"


def groups(after):
    drawn = compare(BEFORE, after).drawn
    root = ET.fromstring(draw_map(drawn, Language.EN))
    return root, {each.get("class"): each for each in root}


def test_each_role_is_a_group_of_its_colour():
    _, found = groups(plan_of(street("新街", (0, 900), (300, 900))))
    assert set(found) == {"road", "same", "new"}
    assert found["new"].get("stroke") == LOOKS[Role.NEW].colour
    (path,) = found["new"]
    assert (path.get("data-grid"), path[0].text) == ("JY01", "JY01 新街 · new")


def test_north_is_up_and_all_lines_are_inside():
    root, found = groups(plan_of(street("新街", (0, 900), (300, 900))))
    west, top, width, height = map(float, root.get("viewBox").split())

    def ys(group):
        return [float(point.split()[1]) for path in group for point in path.get("d")[1:].split("L")]

    assert max(ys(found["new"])) < min(ys(found["same"]))
    every = [y for group in found.values() for y in ys(group)]
    assert top < min(every) <= max(every) < top + height
    assert width > 300
    assert west < 0


def test_no_two_roles_look_alike():
    looks = {(look.colour, look.dashes) for look in LOOKS.values()}
    assert len(looks) == len(LOOKS) == len(Role)


def test_the_legend_has_what_the_map_has_what_matters_most_first():
    drawn = compare(BEFORE, plan_of(street("新街", (0, 900), (300, 900)))).drawn
    assert [text for _, text in legend(drawn, Language.ZH)] == ["增加", "不变", "非作业道路"]


@given(NAMES)
def test_names_are_only_names(name):
    root, found = groups(plan_of(replace(BEFORE.sections[0], name=f"{name}路")))
    known = {f"{SVG}{tag}" for tag in ("svg", "g", "path", "title")}
    assert {each.tag for each in root.iter()} <= known
    assert found["otherwise"].get("stroke") == LOOKS[Role.OTHERWISE].colour


def test_without_lines_there_is_no_map():
    assert draw_map([], Language.EN) == ""
