import tomllib
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.plan_editor.plan_text import UnchangeableError, revised_text

PLAN = """\
# The plan of a town, kept by hand.
name = "A town"  # as on the lorries

[[operators]]
id = "o1"
name = "机扫一公司"

# the centre
[[grids]]
id = "JY01"
windows = ["07:00-10:00"]  # summer
# until the market has moved

[[exceptions]]
reason = "holiday"
date = 2026-10-01

# roadworks, told by the office
[[exceptions]]
reason = "road_closed"
date = 2026-10-05
note = "see [[grids]]"

# a grid further down: the order of a file is its writer's
[[grids]]
id = "JY02"
windows = [
  "08:00-09:00",
]
# the end
"""
VALUES = tomllib.loads(PLAN)


def revised(text=PLAN, *, grids=None, exceptions=None, origins=None):
    before = tomllib.loads(text)
    after = {**before}
    if grids is not None:
        after["grids"] = grids
    if exceptions is not None:
        after["exceptions"] = exceptions
    order = {
        "grids": range(len(after["grids"])),
        "exceptions": range(len(after.get("exceptions", []))) if origins is None else origins,
    }
    return revised_text(text, before, after, order=order)


def test_a_text_whose_values_stay_stays_to_the_last_byte():
    assert revised() == PLAN
    assert revised(PLAN.replace("\n", "\r\n")) == PLAN.replace("\n", "\r\n")


def test_a_table_that_stands_far_from_its_like_is_changed_where_it_stands():
    first, second = VALUES["grids"]
    edited = revised(grids=[first, {**second, "windows": ["08:30-09:00"]}])
    assert edited == PLAN.replace("08:00-09:00", "08:30-09:00")


def test_a_new_key_stands_with_its_table_and_not_behind_the_comments_of_the_next():
    first, second = VALUES["grids"]
    edited = revised(grids=[{**first, "days": "mon-fri"}, second])
    place = 'windows = ["07:00-10:00"]  # summer\n# until the market has moved\n'
    assert edited == PLAN.replace(place, f'{place}days = "mon-fri"\n')


def test_a_table_is_taken_out_and_the_comments_around_it_stay():
    first, second = VALUES["exceptions"]
    edited = revised(exceptions=[first], origins=[0])
    assert 'note = "see' not in edited
    assert "# roadworks, told by the office\n" in edited
    edited = revised(exceptions=[second], origins=[1])
    assert edited == PLAN.replace(
        '[[exceptions]]\nreason = "holiday"\ndate = 2026-10-01\n\n', "\n", 1
    ).replace("\n\n\n", "\n\n")


def test_a_new_table_follows_its_like_or_ends_the_file():
    new = {"reason": "holiday", "date": date(2027, 1, 1)}
    edited = revised(exceptions=[*VALUES["exceptions"], new], origins=[0, 1, None])
    written = '\n[[exceptions]]\nreason = "holiday"\ndate = 2027-01-01\n'
    assert f'note = "see [[grids]]"\n{written}' in edited
    alone = 'name = "a"\n[[grids]]\nid = "g"'
    edited = revised(alone, exceptions=[new], origins=[None])
    assert edited == f"{alone}\n{written}"


def test_all_tables_of_a_kind_can_go_and_come_back():
    edited = revised(exceptions=[], origins=[])
    assert "exceptions" not in tomllib.loads(edited)
    again = revised(edited, exceptions=VALUES["exceptions"], origins=[None, None])
    assert tomllib.loads(again) == VALUES
    assert again.count("#") == PLAN.count("#")


def test_tables_written_inside_a_value_are_refused_with_what_to_do():
    text = 'name = "a"\ngrids = [{id = "g"}]\n'
    with pytest.raises(UnchangeableError, match=r"begin each one with \[\[grids\]\]"):
        revised(text, grids=[{"id": "h"}])


words = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), max_size=8)
windows = st.lists(st.sampled_from(["07:00-10:00", "22:00-02:00", "[[grids]]", "#"]), max_size=3)
notes = st.sampled_from(["", "# 说明\n", "\n# [[grids]]\n\n# apart\n", "\n\n", "   # in\n"])
ends = st.sampled_from(["", "  # behind"])


@st.composite
def plans(draw):
    parts = [draw(notes), 'name = "x"\n']
    for key in draw(st.permutations(["grids"] * 2 + ["exceptions"] * 2)):
        parts += [draw(notes), f"[[{key}]]{draw(ends)}\n"]
        parts.append(f"id = {_quoted(draw(words))}{draw(ends)}\n")
        lines = draw(st.booleans())
        texts = [_quoted(each) for each in draw(windows)]
        inner = "\n" + "".join(f" {each},\n" for each in texts) if lines else ", ".join(texts)
        parts.append(f"windows = [{inner}]{draw(ends)}\n")
        if draw(st.booleans()):
            parts.append(f'note = """a\n[[grids]]\n# {draw(st.integers())}\n"""\n')
    parts.append(draw(notes))
    return "".join(parts)


def _quoted(text):
    return '"' + "".join(f"\\U{ord(letter):08x}" for letter in text) + '"'


tables = st.fixed_dictionaries({"id": words, "windows": windows})


@given(plans(), st.data())
def test_any_values_can_be_written_and_no_comment_outside_them_is_lost(text, data):
    before = tomllib.loads(text)
    grids = [
        {**each, **data.draw(st.just({}) | tables)} for each in before["grids"]
    ]  # fmt: skip
    origins = data.draw(st.sampled_from([[0, 1], [0], [1], [], [1, None], [0, 1, None, None]]))
    exceptions = [
        {**({} if origin is None else before["exceptions"][origin]), **data.draw(tables)}
        for origin in origins
    ]
    edited = revised(text, grids=grids, exceptions=exceptions, origins=origins)
    after = tomllib.loads(edited)
    assert after["grids"] == grids
    assert after.get("exceptions", []) == exceptions
    for comment in ("# 说明", "# apart", "   # in"):
        assert edited.count(comment) == text.count(comment)
