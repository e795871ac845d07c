import pytest
from hypothesis import given
from hypothesis import strategies as st

from geofence.overrides.application import apply
from geofence.overrides.overrides import Assign, Cut, Join, Overrides


def section(number, **properties):
    """Section w<number>, a kilometre or so of a road that runs east."""
    line = [[113.30 + 0.01 * number, 40.08], [113.31 + 0.01 * number, 40.08]]
    return {
        "type": "Feature",
        "properties": {
            "id": f"w{number}", "name": "云中街", "grids": ["JY01"], "oneway": False, **properties
        },
        "geometry": {"type": "LineString", "coordinates": line},
    }  # fmt: skip


ROAD = [section(number) for number in range(4)]


def ids(features):
    return [feature["properties"]["id"] for feature in features]


def told(unused):
    return [(each.entry, each.section) for each in unused]


def test_what_nothing_was_decided_about_is_given_back_as_it_is():
    features, unused = apply(ROAD, Overrides())
    assert all(given is kept for given, kept in zip(ROAD, features, strict=True))
    assert unused == []


def test_pieces_stand_where_the_whole_stood():
    made, unused = apply(ROAD, Overrides(cuts=(Cut("w1", (113.315, 40.08)),)))
    assert ids(made) == ["w0", "w1/1", "w1/2", "w2", "w3"]
    assert unused == []


DECISIONS = Overrides(
    cuts=(
        Cut("w1", (113.315, 40.08)),
        Cut("w1/2", (113.317, 40.08)),
        Cut("w2+w3", (113.325, 40.08)),
    ),
    joins=(Join(("w0", "w1/1")), Join(("w2", "w3"))),
    assigns=(Assign("w0+w1/1", ("JY02",), "滨河路"), Assign("w2+w3/2", ())),
)


@given(st.permutations(DECISIONS.cuts), st.permutations(DECISIONS.joins))
def test_a_decision_waits_for_what_another_one_makes_in_any_order(cuts, joins):
    made, unused = apply(ROAD, Overrides(tuple(cuts), tuple(joins), DECISIONS.assigns))
    assert unused == []
    assert ids(made) == ["w0+w1/1", "w1/2/1", "w1/2/2", "w2+w3/1", "w2+w3/2"]
    assert [feature["properties"]["grids"] for feature in made] == [
        ["JY02"], ["JY01"], ["JY01"], ["JY01"], []
    ]  # fmt: skip
    assert made[0]["properties"]["name"] == "滨河路"


def test_a_section_that_the_map_has_no_more_is_told_with_all_that_hangs_on_it():
    overrides = Overrides(
        cuts=(Cut("w9", (113.315, 40.08)),),
        joins=(Join(("w9/1", "w0")),),
        assigns=(Assign("w9/2", ("JY01",)), Assign("w0", ("JY02",))),
    )
    made, unused = apply(ROAD, overrides)
    assert told(unused) == [("cut[0]", "w9"), ("join[0]", "w9/1, w0"), ("assign[0]", "w9/2")]
    assert made[0]["properties"]["grids"] == ["JY02"]
    assert str(unused[0]) == (
        "overrides.toml: cut[0] (w9): the map has no section w9; take the entry out, or decide "
        "again in `pingcheng plan edit`"
    )


@pytest.mark.parametrize(
    ("overrides", "reason"),
    [
        (
            Overrides(cuts=(Cut("w1", (113.315, 40.09)),)),
            "w1 is 1,113 m from where that was decided",
        ),
        (Overrides(joins=(Join(("w0", "w2")),)), "do not meet"),
    ],
)
def test_what_the_new_map_cannot_follow_leaves_it_as_it_is(overrides, reason):
    made, unused = apply(ROAD, overrides)
    assert made == ROAD
    assert [reason in str(each) for each in unused] == [True]


def test_an_id_is_never_given_twice():
    taken = section(2, id="w1/2")
    made, unused = apply([ROAD[1], taken], Overrides(cuts=(Cut("w1", (113.315, 40.08)),)))
    assert ids(made) == ["w1", "w1/2"]
    assert "has a section w1/2 already" in unused[0].reason


def test_of_two_decisions_that_use_up_a_section_the_first_holds():
    overrides = Overrides(cuts=(Cut("w1", (113.315, 40.08)),), joins=(Join(("w0", "w1")),))
    made, unused = apply(ROAD, overrides)
    assert ids(made) == ["w0", "w1/1", "w1/2", "w2", "w3"]
    assert told(unused) == [("join[0]", "w0, w1")]


def test_a_grid_that_the_plan_has_no_more_is_left_out_and_told():
    overrides = Overrides(assigns=(Assign("w0", ("JY01", "JY20"), "滨河路"),))
    made, unused = apply(ROAD, overrides, grid_ids=["JY01", "JY02"])
    assert made[0]["properties"]["grids"] == ["JY01"]
    assert made[0]["properties"]["name"] == "滨河路"
    assert "no grid JY20; did you mean JY02?" in str(unused[0])


def parts(*lengths):
    """Parts w1-001, w1-002 … of a way that runs east, so many hundredths of a degree long."""
    features, west = [], 113.30
    for number, length in enumerate(lengths, start=1):
        line = [[round(west, 6), 40.08], [round(west + length, 6), 40.08]]
        features.append(section(0, id=f"w1-{number:03}"))
        features[-1]["geometry"]["coordinates"] = line
        west += length
    return features


MIDDLE = (113.325, 40.08)
"""Of the second of two parts of 0.02 and 0.01 degrees."""


def test_a_stretch_is_found_by_its_place_where_a_junction_was_added_before_it():
    assign = Assign("w1-002", ("JY02",), at=MIDDLE)
    made, unused = apply(parts(0.01, 0.01, 0.01), Overrides(assigns=(assign,)))
    assert [each["properties"]["grids"] for each in made] == [["JY01"], ["JY01"], ["JY02"]]
    assert unused == []


def test_cuts_and_joins_find_their_stretch_by_its_place_too():
    moved = parts(0.01, 0.01, 0.01, 0.01)
    cut = Overrides(cuts=(Cut("w1-002", (113.327, 40.08)),))
    assert ids(apply(moved, cut)[0]) == ["w1-001", "w1-002", "w1-002/1", "w1-002/2", "w1-004"]
    join = Overrides(joins=(Join(("w1-002", "w1-003"), (MIDDLE, (113.335, 40.08))),))
    made, unused = apply(moved, join)
    assert ids(made) == ["w1-001", "w1-002", "w1-002+w1-003"]
    assert unused == []


def test_an_id_that_names_another_place_by_now_is_told_and_nothing_is_assigned_there():
    assign = Assign("w1-001", ("JY02",), at=(113.40, 40.08))
    made, unused = apply(parts(0.01, 0.01), Overrides(assigns=(assign,)))
    assert made == parts(0.01, 0.01)
    assert "w1-001 is 7,666 m from where that was decided" in str(unused[0])


def test_a_stretch_that_is_divided_by_now_is_told():
    assign = Assign("w1-001", ("JY02",), at=(113.31, 40.08), length_m=1703.0)
    same, unused = apply(parts(0.02), Overrides(assigns=(assign,)))
    assert unused == []
    divided, unused = apply(parts(0.011, 0.009), Overrides(assigns=(assign,)))
    assert [each["properties"]["grids"] for each in divided] == [["JY02"], ["JY01"]]
    assert "it holds for w1-001, which is 937 m long now and was 1,703 m" in str(unused[0])
    assert same[0]["properties"]["grids"] == ["JY02"]


def test_two_stretches_that_became_one_are_not_joined_with_themselves():
    join = Join(("w1-001", "w1-002"), ((113.305, 40.08), (113.315, 40.08)))
    made, unused = apply(parts(0.02), Overrides(joins=(join,)))
    assert ids(made) == ["w1-001"]
    assert "the map has no section w1-002" in unused[0].reason
