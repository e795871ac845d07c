import tomllib
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.plan_editor.table_text import render_table, revised_table


def revised(text, **values):
    """Change keys of the one [[grids]] in a text; None takes a key out."""
    before = tomllib.loads(text)["grids"][0]
    after = {key: value for key, value in {**before, **values}.items() if value is not None}
    written = revised_table(text, "grids", before, after)
    assert tomllib.loads(written)["grids"][0] == after
    return written


def test_only_the_value_changes_and_the_comment_behind_it_stays():
    text = '[[grids]]  # the first\nid = "JY01"\ndays   =   "mon-fri"  # as told\n'
    assert revised(text, days="mon-sat") == text.replace("mon-fri", "mon-sat")


def test_an_array_keeps_its_lines_and_the_comments_on_them():
    text = (
        "[[grids]]\nwindows = [\n"
        '  "07:00-10:00",  # morning\n'
        "  # lunch is short\n"
        '  "12:00-13:00",\n'
        "]\n"
    )
    edited = revised(text, windows=["07:30-10:00", "12:00-13:00", "14:00-15:00"])
    assert edited == (
        "[[grids]]\nwindows = [\n"
        '  "07:30-10:00",  # morning\n'
        "  # lunch is short\n"
        '  "12:00-13:00",\n'
        '  "14:00-15:00",\n'
        "]\n"
    )


def test_a_value_added_behind_a_comment_is_not_swallowed_by_it():
    text = '[[grids]]\nvehicles = ["a", "b" # the spare one\n]\n'
    edited = revised(text, vehicles=["a", "b", "c"])
    assert "# the spare one" in edited


def test_a_short_array_stays_on_its_line_and_a_long_one_is_spread():
    text = '[[grids]]\nvehicles = ["a"]\n'
    assert revised(text, vehicles=["a", "b"]) == '[[grids]]\nvehicles = ["a", "b"]\n'
    many = [f"机扫1-{number}" for number in range(20)]
    assert revised(text, vehicles=many).count("\n") == 23


def test_the_comment_of_a_key_that_is_taken_out_stays():
    text = '[[grids]]\nid = "a"\nnote = "x"  # said on the phone\n'
    assert "# said on the phone" in revised(text, note=None)


def test_windows_line_ends_stay():
    text = '[[grids]]\r\nid = "a"\r\ndays = "mon"\r\n'
    edited = revised(text, days="tue", note="n")
    assert edited.count("\r\n") == edited.count("\n") == 4


def test_a_new_table_is_what_was_asked_for():
    values = {"reason": "holiday", "date": date(2026, 10, 1), "streets": ["云中街"], "note": 'a"b'}
    assert tomllib.loads(render_table("exceptions", values)) == {"exceptions": [values]}


words = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), max_size=6)
lists = st.lists(words, max_size=6)
gaps = st.sampled_from(["", " ", "\n  ", " # 时段\n  ", "\n  # of\n  # two\n  "])


@given(lists.filter(bool), lists, gaps, gaps, st.booleans())
def test_any_array_becomes_any_other_and_loses_no_comment_of_its_own_line(
    old, new, before, between, has_comma
):
    quoted = [_quoted(text) for text in old]
    inner = f",{between}".join(quoted) + (",\n" if has_comma else "\n")
    text = f"[[grids]]\nvehicles = [{before}{inner}] # end\n"
    edited = revised(text, vehicles=new)
    assert edited.rstrip().endswith("# end")
    standing = [line for line in text.splitlines() if line.strip().startswith("#")]
    if len(old) == len(new):
        assert all(line.strip() in edited for line in standing)


def _quoted(text):
    return '"' + "".join(f"\\U{ord(letter):08x}" for letter in text) + '"'


@pytest.mark.parametrize("text", ['x = ["#", "a\\"#"] # b', "x = ['#']", 'x = ["""a\n#""", "c"]'])
def test_what_looks_like_a_comment_inside_a_string_is_none(text):
    array = f"[[grids]]\n{text}\n"
    edited = revised(array, x=["#", "new", "c"])
    assert edited.count("#") <= text.count("#") + 1
