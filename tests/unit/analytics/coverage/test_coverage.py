import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.coverage.coverage import (
    NEVER,
    cell_weights,
    completed_ms,
    cover,
    cover_all,
    cover_uncertain,
    first_served_ms,
    lay_cells,
    merge,
    places_of,
    reaches,
    runs,
    served_m,
)
from geofence.seen.observation import Passes
from tests.fixtures.town import Town, street

TOWN = Town(
    street("乙街", (0, 50), (100, 50)),
    street("甲街", (0, 0), (30.4, 0), section="a1"),
    street("甲街", (30.4, 0), (60.4, 0), section="a2"),
    street("丙路", (0, 90), (100, 90), grids=["JY02"]),
)
CELLS = lay_cells(TOWN.network, "JY01")
SECTION = {name: number for number, name in enumerate(TOWN.network.section_ids)}


def passes(
    *rows: tuple[str, float, float, float, float], collecting: bool = True, certain: bool = True
) -> Passes:
    table = np.array([(SECTION[name], *rest) for name, *rest in rows], dtype=float).reshape(-1, 5)
    return Passes(
        table[:, 0].astype(np.int32),
        *table[:, 1:].T,
        np.full(len(table), collecting, np.bool_),
        np.full(len(table), certain, np.bool_),
        np.zeros(len(table), np.int32),
    )


def covered(*rows: tuple[str, float, float, float, float], start: int = 0, end: int = 10**6):
    return cover(CELLS, passes(*rows), start, end)


def test_cells_of_a_metre_weigh_a_metre_and_the_last_one_the_rest():
    assert cell_weights(3.4).tolist() == pytest.approx([1, 1, 1, 0.4])
    assert cell_weights(3.0).tolist() == [1, 1, 1]
    assert cell_weights(0.3).tolist() == [0.3]
    assert len(cell_weights(3.0 + 1e-9)) == 3


def test_streets_are_laid_by_name_and_sections_of_a_name_are_one_street():
    assert CELLS.streets == ("乙街", "甲街")
    assert CELLS.street_first.tolist() == [0, 100, 161]
    assert [TOWN.network.section_ids[s] for s in CELLS.sections] == ["乙街", "a1", "a2"]
    assert CELLS.weight_m[CELLS.street(1)].sum() == pytest.approx(60.4)


def test_cells_lie_along_their_street():
    x, y = TOWN.network.position(SECTION["a2"], np.array([0.5]))
    assert (CELLS.x[131], CELLS.y[131]) == pytest.approx((x[0], y[0]))


def test_a_pass_serves_each_metre_when_it_passes_its_middle():
    earliest = covered(("乙街", 10, 20, 1000, 2000))[:100]
    assert runs(earliest != NEVER) == [(10, 20)]
    assert earliest[10:20].tolist() == [1050 + 100 * k for k in range(10)]


def test_a_pass_against_the_drawn_direction_runs_backwards():
    earliest = covered(("乙街", 20, 10, 1000, 2000))[:100]
    assert earliest[10:20].tolist() == [1950 - 100 * k for k in range(10)]


def test_a_metre_whose_middle_is_not_passed_is_not_served():
    assert runs(covered(("乙街", 10.6, 19.4, 0, 10))[:100] != NEVER) == [(11, 19)]


def test_stretches_that_meet_at_the_middle_of_a_cell_leave_no_hole():
    earliest = covered(("乙街", 0, 10.5 - 1e-9, 0, 10), ("乙街", 10.5 + 1e-9, 20, 10, 20))
    assert runs(earliest[:100] != NEVER) == [(0, 20)]


def test_the_short_last_cell_is_served_at_its_own_middle():
    assert runs(covered(("a1", 29.5, 30.15, 0, 10))[100:131] != NEVER) == [(29, 30)]
    assert runs(covered(("a1", 29.5, 30.25, 0, 10))[100:131] != NEVER) == [(29, 31)]


def test_only_instants_of_the_period_count():
    earliest = covered(("乙街", 0, 100, 0, 1000), start=255, end=305)
    assert runs(earliest[:100] != NEVER) == [(25, 30)]


def test_a_later_pass_counts_where_the_earlier_one_was_before_the_period():
    earliest = covered(("乙街", 0, 10, 0, 100), ("乙街", 0, 10, 500, 600), start=50)
    assert earliest[:10].tolist() == [505, 515, 525, 535, 545, 55, 65, 75, 85, 95]


def test_the_earliest_of_several_passes_stays():
    one, other = ("乙街", 0, 10, 500, 600), ("乙街", 10, 0, 0, 100)
    assert covered(one, other)[:10].tolist() == covered(other)[:10].tolist()


def test_driving_past_without_collecting_serves_nothing():
    rows = passes(("乙街", 0, 100, 0, 1000), collecting=False)
    assert (cover(CELLS, rows, 0, 10**6) == NEVER).all()


def test_an_uncertain_pass_serves_nothing_but_is_remembered_apart():
    one = ("乙街", 10, 20, 1000, 2000)
    doubt = passes(one, certain=False)
    assert (cover(CELLS, doubt, 0, 10**6) == NEVER).all()
    maybe = cover_uncertain(CELLS, [doubt], 0, 10**6)
    assert maybe.tolist() == covered(one).tolist()


def test_a_certain_pass_and_one_that_does_not_collect_are_not_in_doubt():
    one = ("乙街", 10, 20, 1000, 2000)
    seen = [passes(one), passes(one, collecting=False, certain=False)]
    assert (cover_uncertain(CELLS, seen, 0, 10**6) == NEVER).all()
    assert (cover_uncertain(CELLS, [], 0, 10**6) == NEVER).all()


def test_streets_of_other_grids_are_not_covered():
    assert (covered(("丙路", 0, 100, 0, 1000)) == NEVER).all()


def test_no_vehicle_covers_nothing():
    assert served_m(cover_all(CELLS, [], 0, 10**6), CELLS.weight_m, NEVER) == 0.0


def test_shares_count_metres_and_not_cells():
    earliest, weight = np.array([5, 7, NEVER]), np.array([1.0, 1.0, 0.4])
    assert served_m(earliest, weight, 6) == 1.0
    assert served_m(earliest, weight, 5) == 0.0
    assert served_m(earliest, weight, NEVER) == 2.0


def test_a_share_is_completed_by_the_cell_that_reaches_it():
    earliest, weight = np.array([40, 10, 30, 20]), np.array([1.0, 1.0, 1.0, 1.0])
    assert completed_ms(earliest, weight, 4.0, 0.75) == 30
    assert completed_ms(earliest, weight, 4.0, 0.76) == 40
    assert first_served_ms(earliest) == 10


def test_a_share_that_is_never_reached_has_no_instant():
    earliest = np.array([40, NEVER])
    assert completed_ms(earliest, np.array([1.0, 1.0]), 2.0, 0.51) is None
    assert completed_ms(earliest, np.array([1.0, 1.0]), 2.0, 0.5) == 40
    assert first_served_ms(np.array([NEVER])) is None


def test_a_share_met_to_the_last_bit_but_one_is_reached():
    length = sum([0.1] * 10)
    assert reaches(0.9 * length * (1 - 1e-12), length, 0.9)
    assert not reaches(0.9 * length - 1e-3, length, 0.9)


row = st.tuples(
    st.sampled_from(["乙街", "a1", "a2", "丙路"]),
    st.floats(0, 30),
    st.floats(0, 30),
    st.floats(0, 5000),
    st.floats(5000, 9000),
)
coverage = st.lists(st.integers(0, 20) | st.just(NEVER), min_size=4, max_size=4).map(np.array)


@given(coverage, coverage, coverage)
def test_merging_commutes_associates_and_is_idempotent(a, b, c):
    assert merge(a, b).tolist() == merge(b, a).tolist()
    assert merge(merge(a, b), c).tolist() == merge(a, merge(b, c)).tolist()
    assert merge(a, a).tolist() == a.tolist()


@settings(deadline=None)
@given(st.lists(row, max_size=8), st.randoms(use_true_random=False), st.integers(0, 8))
def test_neither_order_nor_repetition_nor_splitting_changes_coverage(rows, random, cut):
    whole = covered(*rows, start=100, end=8000)
    shuffled = rows + rows[:cut]
    random.shuffle(shuffled)
    parts = [passes(*shuffled[:cut]), passes(*shuffled[cut:])]
    assert cover_all(CELLS, parts, 100, 8000).tolist() == whole.tolist()


@settings(deadline=None)
@given(st.lists(row, max_size=8), st.randoms(use_true_random=False), st.integers(0, 8))
def test_neither_order_nor_repetition_nor_splitting_changes_what_is_in_doubt(rows, random, cut):
    shuffled = rows + rows[:cut]
    random.shuffle(shuffled)
    parts = [passes(*each, certain=False) for each in (shuffled[:cut], shuffled[cut:])]
    whole = cover_uncertain(CELLS, [passes(*rows, certain=False)], 100, 8000)
    assert cover_uncertain(CELLS, parts, 100, 8000).tolist() == whole.tolist()
    one, other = (cover_uncertain(CELLS, [part], 100, 8000) for part in parts)
    assert merge(one, other).tolist() == merge(other, one).tolist() == whole.tolist()


@settings(deadline=None)
@given(st.lists(row, max_size=8), row)
def test_another_pass_only_ever_serves_more_and_earlier(rows, another):
    assert (covered(*rows, another) <= covered(*rows)).all()


@given(st.sampled_from(["JY01", "JY02", "nobody"]), st.lists(st.integers(0, 3), max_size=6))
def test_the_place_of_a_section_is_where_it_stands_among_those_of_the_cells(grid_id, wanted):
    where = Town(
        street("丙街", (0, 0), (90, 0)),
        street("乙街", (0, 200), (90, 200), grids=["JY02"]),
        street("甲街", (0, 400), (90, 400), grids=["JY01", "JY02"]),
        street("丁街", (0, 600), (90, 600), grids=[]),
    )
    cells = lay_cells(where.network, grid_id)
    order = cells.sections.tolist()
    expected = [order.index(section) if section in order else -1 for section in wanted]
    assert places_of(cells, np.array(wanted, dtype=np.int32), np.int32(0)).tolist() == expected
