import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geofence.track.no_fix import USELESS_M, first_untold, without_fix


def none(satellites, x=None, accuracy_m=None) -> list[bool]:
    count = len(satellites)
    places = np.arange(count) if x is None else x
    told = np.full(count, np.nan) if accuracy_m is None else accuracy_m
    return without_fix(
        np.array(places, float),
        np.zeros(count),
        np.array(told, float),
        np.array(satellites, np.int16),
    ).tolist()


def test_a_receiver_that_counts_satellites_has_no_fix_without_any():
    assert none([9, 0, 7]) == [False, True, False]


def test_one_that_never_counts_them_is_believed_once_it_moves():
    assert none([0, 0, 0]) == [False] * 3
    assert none([-1, 0, 0]) == [False] * 3


def test_one_that_never_counts_them_and_never_moves_has_no_fix():
    assert none([0, 0, -1], x=[5, 5, 9]) == [True, True, False]


def test_a_single_fix_tells_nothing_of_whether_satellites_are_counted():
    assert none([0]) == [False]


def test_a_receiver_that_tells_of_no_satellites_is_believed():
    assert none([-1, -1], x=[5, 5]) == [False, False]


@pytest.mark.parametrize(("accuracy_m", "found"), [(USELESS_M, False), (USELESS_M + 0.1, True)])
def test_an_accuracy_that_no_street_can_use_is_no_fix(accuracy_m, found):
    assert none([-1, 9], accuracy_m=[accuracy_m, 5]) == [found, False]


def test_nothing_is_told_of_no_fixes():
    assert none([]) == []
    assert first_untold(np.empty(0, np.int16)) is None


@given(st.lists(st.tuples(st.integers(-1, 2), st.integers(0, 2)), max_size=12), st.randoms())
def test_the_order_of_fixes_has_no_part_in_it(seen, random):
    order = list(range(len(seen)))
    random.shuffle(order)
    found = none([count for count, _ in seen], [place for _, place in seen])
    other = none([seen[at][0] for at in order], [seen[at][1] for at in order])
    assert other == [found[at] for at in order]


@given(st.lists(st.tuples(st.integers(-1, 2), st.integers(0, 2)), max_size=12))
def test_before_the_first_that_is_untold_later_fixes_change_nothing(seen):
    count, place = (np.array([each[k] for each in seen], dtype=int) for k in (0, 1))
    for size in range(len(seen)):
        untold = first_untold(count[:size].astype(np.int16))
        until = size if untold is None else untold
        assert none(count[:size], place[:size])[:until] == none(count, place)[:until]
