import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from geofence.overrides.overrides import Assign, Cut, Join, Overrides
from geofence.overrides.overrides_file import read_overrides, render_overrides
from geofence.plan.fault import PlanError

WRITTEN = """
[[cut]]
section = "w12-001"
at = [113.3, 40]
note = "a bridge divides it"

[[join]]
sections = ["w12-001/2", "w13-001"]
at = [[113.3, 40], [113.4, 40.5]]

[[assign]]
section = "w12-001/1"
grids = ["JY01", "JY02"]
name = "云中街"
oneway = true
at = [113.3, 40.1]
length_m = 120

[[assign]]
section = "w14-001"
grids = []
"""

words = st.text(min_size=1, max_size=12).filter(lambda text: text == text.strip())
notes = st.just("") | words
names = st.none() | st.just("") | words


@st.composite
def decisions(draw):
    ids = draw(st.lists(words, min_size=2, max_size=9, unique=True))
    positions = st.tuples(st.floats(-180, 180), st.floats(-90, 90))
    cut = draw(st.integers(0, len(ids)))
    joined = ids[cut:]
    grids = st.lists(words, max_size=3, unique=True).map(tuple)
    flag, length = st.none() | st.booleans(), st.none() | st.floats(0, 1e6)
    at = draw(st.sampled_from([0, len(joined)]))
    return Overrides(
        cuts=tuple(Cut(each, draw(positions), draw(notes)) for each in ids[:cut]),
        joins=(
            (Join(tuple(joined), tuple(draw(positions) for _ in range(at)), draw(notes)),)
            if len(joined) > 1
            else ()
        ),
        assigns=tuple(
            Assign(
                each,
                draw(grids),
                draw(names),
                draw(flag),
                draw(st.none() | positions),
                draw(length),
                draw(notes),
            )
            for each in ids
        ),
    )


def write(tmp_path, text):
    path = tmp_path / "overrides.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_every_key_is_read(tmp_path):
    assert read_overrides(write(tmp_path, WRITTEN)) == Overrides(
        cuts=(Cut("w12-001", (113.3, 40.0), "a bridge divides it"),),
        joins=(Join(("w12-001/2", "w13-001"), ((113.3, 40.0), (113.4, 40.5))),),
        assigns=(
            Assign(
                "w12-001/1",
                ("JY01", "JY02"),
                "云中街",
                oneway=True,
                at=(113.3, 40.1),
                length_m=120.0,
            ),
            Assign("w14-001", ()),
        ),
    )


def test_without_a_file_nothing_was_decided(tmp_path):
    assert read_overrides(tmp_path / "overrides.toml") == Overrides()


@given(decisions())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_is_written_is_read_back(tmp_path, overrides):
    assert read_overrides(write(tmp_path, render_overrides(overrides))) == overrides


@pytest.mark.parametrize(
    ("text", "faults"),
    [
        (
            "[[cut]]\nsection = 'a'",
            ["cut[0] (a).at: write the place as at = [longitude, latitude]"],
        ),
        ("[[cut]]\nsection = 'a'\nat = [1]", ["cut[0] (a).at = a list of 1: write the place"]),
        ("[[cut]]\nsection = 'a'\nat = [nan, 2]", ["cut[0] (a).at = a list of 2: write the place"]),
        ("[[cut]]\nsection = 'a'\nat = [40, 113.3]", ["[coordinates_swapped]"]),
        ("[[cut]]\nsection = 'a'\nat = [413, 113.3]", ["[coordinate_range]"]),
        (
            "[[join]]\nsections = ['a', 'b']\nat = [[1, 2]]",
            ["join[0].at = a list of 1: list 2 places as [longitude, latitude], one a section"],
        ),
        (
            "[[join]]\nsections = ['a', 'b']\nat = [[1, 2], [1, 'x']]",
            ["join[0].at[1] = a list of 2: write the place as at = [longitude, latitude]"],
        ),
        (
            "[[assign]]\nsection = 'a'\ngrids = []\nat = [200, 2]",
            ['assign[0] (a).at = "[200, 2]": write the place'],
        ),
        (
            "[[assign]]\nsection = 'a'\ngrids = []\nlength_m = 'x'",
            ['assign[0] (a).length_m = "x": write a number'],
        ),
        ("[[cut]]\nat = [1, 2]", ["cut[0].section: add the key section"]),
        ("[[cuts]]\n", ["cuts: there is no such key (cut, join, assign); did you mean cut?"]),
        ("[[join]]\nsections = ['a']", ['join[0].sections = "a": name two sections or more']),
        ("[[join]]\nsections = ['a', '']", ["join[0].sections[1]"]),
        ("[[assign]]\nsection = 'a'", ["assign[0] (a).grids: add the key grids"]),
        (
            "[[assign]]\nsection = 'a'\ngrids = []\n[[assign]]\nsection = 'a'\ngrids = ['b']",
            ['assign[1] (a).section = "a": another entry assigns it'],
        ),
        (
            "[[cut]]\nsection = 'a'\nat = [1, 2]\n[[join]]\nsections = ['a', 'b']",
            ['join[0].sections[0] = "a": cut[0] (a) uses it up'],
        ),
        ("[[cut]]\nsection = ", ["line 2"]),
    ],
)
def test_a_fault_names_entry_value_and_what_to_do(tmp_path, text, faults):
    with pytest.raises(PlanError) as raised:
        read_overrides(write(tmp_path, text))
    assert len(raised.value.faults) == len(faults)
    for fault, expected in zip(raised.value.faults, faults, strict=True):
        assert expected in str(fault)
        assert str(fault).startswith("overrides.toml: ")
