"""Pieces that several mentions claim are cut where the claims change."""

from hypothesis import given
from hypothesis import strategies as st

from geofence.locating.resolution import (
    KIND_MEANINGS,
    MATCH_MEANINGS,
    REASON_MEANINGS,
    REMARK_MEANINGS,
    Claim,
    Located,
    Match,
    MentionKind,
    Piece,
    Remark,
    Resolution,
    Stretch,
    UnlocatedReason,
)


def resolution(grid_id: str, *pieces: Piece, mention: str = "云中街") -> Resolution:
    return Resolution(grid_id, mention, MentionKind.STREET, pieces)


def test_a_section_of_two_grids_is_one_stretch_of_both():
    located = Located((resolution("A", Piece(3)), resolution("B", Piece(3))))
    assert located.grids_of_pieces == (
        Stretch(Piece(3), (Claim("A", "云中街"), Claim("B", "云中街"))),
    )
    assert located.grids_of_pieces[0].grids == ("A", "B")


def test_a_part_that_another_grid_claims_is_cut_out():
    whole = resolution("A", Piece(0, 0.0, 1.0))
    part = resolution("B", Piece(0, 0.25, 0.5), mention="云中街西段")
    stretches = Located((whole, part)).grids_of_pieces
    assert [(s.piece.from_share, s.piece.to_share, s.grids) for s in stretches] == [
        (0.0, 0.25, ("A",)),
        (0.25, 0.5, ("A", "B")),
        (0.5, 1.0, ("A",)),
    ]


def test_pieces_of_one_claim_that_touch_are_one_stretch_and_gaps_are_nobodys():
    located = Located(
        (resolution("A", Piece(0, 0.0, 0.25), Piece(0, 0.25, 0.5), Piece(0, 0.75, 1.0)),)
    )
    assert [stretch.piece for stretch in located.grids_of_pieces] == [
        Piece(0, 0.0, 0.5),
        Piece(0, 0.75, 1.0),
    ]


def test_one_grid_that_mentions_a_street_twice_keeps_both_mentions():
    both = (resolution("A", Piece(0)), resolution("A", Piece(0), mention="云中街北段"))
    (stretch,) = Located(both).grids_of_pieces
    assert [claim.mention for claim in stretch.claims] == ["云中街", "云中街北段"]
    assert stretch.grids == ("A",)


shares = st.integers(0, 8).map(lambda eighth: eighth / 8)
pieces = st.builds(
    lambda section, one, other: Piece(section, min(one, other), max(one, other)),
    st.integers(0, 2),
    shares,
    shares,
).filter(lambda piece: piece.from_share < piece.to_share)


@given(st.lists(st.tuples(st.sampled_from("ABC"), pieces), max_size=8))
def test_at_each_point_the_claims_are_those_of_the_resolutions(claimed):
    stretches = Located(tuple(resolution(grid, piece) for grid, piece in claimed)).grids_of_pieces
    assert [stretch.piece for stretch in stretches] == sorted(s.piece for s in stretches)
    for section in range(3):
        for sixteenth in range(1, 16, 2):
            at = sixteenth / 16
            wanted = {
                grid
                for grid, piece in claimed
                if piece.section == section and piece.from_share < at < piece.to_share
            }
            here = [
                stretch.grids
                for stretch in stretches
                if stretch.piece.section == section
                and stretch.piece.from_share < at < stretch.piece.to_share
            ]
            assert [set(grids) for grids in here] == ([wanted] if wanted else [])


def test_each_code_has_a_meaning():
    assert set(KIND_MEANINGS) == set(MentionKind)
    assert set(REASON_MEANINGS) == set(UnlocatedReason)
    assert set(MATCH_MEANINGS) == set(Match)
    assert set(REMARK_MEANINGS) == set(Remark)
