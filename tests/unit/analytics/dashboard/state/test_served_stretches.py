import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.coverage.coverage import NEVER, Cells, cell_middles, cell_weights
from analytics.dashboard.state.served_stretches import differing_stretches, served_stretches

KEY = "JY01|07:00-10:00"
NO = NEVER


def cells() -> Cells:
    """云中街 of two sections, 7 (3.4 m) and 2 (2 m); 支路 of section 5 (3 m): nine cells."""
    weights = [cell_weights(length_m) for length_m in (3.4, 2.0, 3.0)]
    nowhere = np.zeros(9)
    return Cells(
        streets=("云中街", "支路"),
        street_first=np.array([0, 6, 9]),
        sections=np.array([7, 2, 5], dtype=np.int32),
        section_first=np.array([0, 4, 6, 9]),
        need=np.zeros(3, dtype=np.int32),
        weight_m=np.concatenate(weights),
        middle_m=np.concatenate([cell_middles(weight) for weight in weights]),
        x=nowhere,
        y=nowhere,
    )


def served(*instants: int) -> np.ndarray:
    return np.array(instants, dtype=np.int64)


def told(docs) -> list[tuple[str, int, float, float, int]]:
    return [(doc["key"], doc["section"], doc["from_m"], doc["to_m"], doc["at_ms"]) for doc in docs]


NOTHING = served(*[NO] * 9)


def test_where_nothing_is_served_there_is_no_stretch():
    assert served_stretches(KEY, cells(), NOTHING) == []


def test_what_is_served_throughout_is_one_stretch_a_section_as_long_as_the_section():
    assert told(served_stretches(KEY, cells(), served(*range(1, 10)))) == [
        (f"{KEY}|云中街", 7, 0.0, 3.4, 4),
        (f"{KEY}|云中街", 2, 0.0, 2.0, 6),
        (f"{KEY}|支路", 5, 0.0, 3.0, 9),
    ]


def test_a_stretch_ends_where_a_metre_is_not_served():
    earliest = served(NO, 8, 5, NO, NO, NO, 3, NO, 4)
    assert told(served_stretches(KEY, cells(), earliest)) == [
        (f"{KEY}|云中街", 7, 1.0, 3.0, 8),
        (f"{KEY}|支路", 5, 0.0, 1.0, 3),
        (f"{KEY}|支路", 5, 2.0, 3.0, 4),
    ]


def test_a_stretch_was_whole_when_its_last_metre_was_served_whichever_that_was():
    (stretch,) = served_stretches(KEY, cells(), served(NO, NO, NO, NO, 20, 10, NO, NO, NO))
    assert stretch["at_ms"] == 20


def test_the_first_time_all_that_is_served_is_new():
    earliest = served(1, 2, NO, 4, NO, 6, NO, 8, 9)
    expected = served_stretches(KEY, cells(), earliest)
    assert differing_stretches(KEY, cells(), None, earliest) == (expected, [])


def test_only_what_is_newly_served_is_told():
    before, after = served(1, 2, *[NO] * 7), served(1, 2, 3, *[NO] * 5, 9)
    fresh, lost = differing_stretches(KEY, cells(), before, after)
    assert told(fresh) == [(f"{KEY}|云中街", 7, 2.0, 3.0, 3), (f"{KEY}|支路", 5, 2.0, 3.0, 9)]
    assert lost == []


def test_another_instant_of_the_same_metres_is_no_news():
    before, after = served(*range(1, 10)), served(*range(11, 20))
    assert differing_stretches(KEY, cells(), before, after) == ([], [])


def test_a_section_that_lost_a_metre_is_taken_back_and_what_is_left_of_it_told_whole():
    before, after = served(1, 2, 3, 4, 5, NO, *[NO] * 3), served(1, NO, 3, 4, 5, NO, *[NO] * 3)
    fresh, lost = differing_stretches(KEY, cells(), before, after)
    assert lost == [{"key": f"{KEY}|云中街", "section": 7}]
    assert told(fresh) == [(f"{KEY}|云中街", 7, 0.0, 1.0, 1), (f"{KEY}|云中街", 7, 2.0, 3.4, 4)]


def test_a_section_that_lost_everything_is_taken_back_and_not_told_again():
    before = served(*[NO] * 6, 1, 2, 3)
    fresh, lost = differing_stretches(KEY, cells(), before, NOTHING)
    assert (fresh, lost) == ([], [{"key": f"{KEY}|支路", "section": 5}])


COVERAGES = st.lists(st.sampled_from([NO, 1, 2, 3]), min_size=9, max_size=9).map(
    lambda instants: served(*instants)
)


def metres(docs) -> list[tuple[str, int, int]]:
    return sorted(
        (doc["key"], doc["section"], metre)
        for doc in docs
        for metre in range(int(doc["from_m"]), int(np.ceil(doc["to_m"])))
    )


@settings(max_examples=60, deadline=None)
@given(before=COVERAGES, after=COVERAGES)
def test_a_page_that_applies_what_differs_shows_what_is_served_each_metre_once(before, after):
    known = served_stretches(KEY, cells(), before)
    fresh, lost = differing_stretches(KEY, cells(), before, after)
    forgotten = {(each["key"], each["section"]) for each in lost}
    kept = [each for each in known if (each["key"], each["section"]) not in forgotten]
    assert len(forgotten) == len(lost)
    assert metres(kept + fresh) == metres(served_stretches(KEY, cells(), after))


@pytest.mark.parametrize("coverage", [NOTHING, served(*range(1, 10))])
def test_what_stays_as_it_is_is_not_told_again(coverage):
    assert differing_stretches(KEY, cells(), coverage, coverage) == ([], [])
