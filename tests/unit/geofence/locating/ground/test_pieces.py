"""Pieces are cut where a quantity changes its sign, and never into slivers."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geofence.locating.ground.measured_map import MeasuredMap
from geofence.locating.ground.pieces import SLIVER_M, united, where, whole
from geofence.locating.resolution import Piece
from tests.fixtures.drawn_map import draw_map, road

STREET = MeasuredMap(draw_map(road("甲路", (0, 0), (400, 0))))


def beyond(metres: float, measured: MeasuredMap = STREET) -> list[Piece]:
    shares, places = measured.sampled(0, 10.0)
    del places
    return where(measured, 0, shares, shares * measured.length_m[0] - metres)


def test_a_section_is_cut_where_the_quantity_is_zero():
    (piece,) = beyond(130.0)
    assert piece.from_share == pytest.approx(130 / 400, abs=1e-3)
    assert piece.to_share == 1.0


def test_a_cut_near_an_end_is_no_cut():
    assert beyond(SLIVER_M - 1) == [Piece(0)]
    assert beyond(400 - SLIVER_M + 1) == []


def test_a_short_section_goes_where_most_of_it_is():
    short = MeasuredMap(draw_map(road("甲路", (0, 0), (30, 0))))
    assert beyond(10.0, short) == [Piece(0)]
    assert beyond(20.0, short) == []


def test_several_pieces_of_one_section_stay_apart():
    shares, _ = STREET.sampled(0, 5.0)
    pieces = where(STREET, 0, shares, np.abs(shares - 0.5) - 0.2)
    assert [round(piece.from_share, 2) for piece in pieces] == [0.0, 0.7]
    assert [round(piece.to_share, 2) for piece in pieces] == [0.3, 1.0]


@given(st.floats(0, 400))
def test_both_sides_of_a_cut_share_the_section_without_gap_or_overlap(metres):
    shares, _ = STREET.sampled(0, 10.0)
    along = shares * STREET.length_m[0] - metres
    one, other = where(STREET, 0, shares, along), where(STREET, 0, shares, -along)
    lengths = sum(piece.to_share - piece.from_share for piece in [*one, *other])
    assert lengths == pytest.approx(1.0, abs=1e-6)


def test_pieces_that_touch_or_overlap_are_united():
    pieces = [Piece(1), Piece(0, 0.5, 0.7), Piece(0, 0.0, 0.5), Piece(0, 0.6, 0.65), Piece(0, 0.9)]
    assert united(pieces) == (Piece(0, 0.0, 0.7), Piece(0, 0.9, 1.0), Piece(1))
    assert whole([3, 1, 3]) == (Piece(1), Piece(3))
