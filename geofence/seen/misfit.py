"""From where on streets are said not to be those that trucks drive on, and in what way."""

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class MisfitThresholds:
    """From where on streets are said not to be those that a fleet, or a vehicle, drove on."""

    cap_m: float = 60.0
    """Metres that count for a fix at this distance or more from any street."""
    cell_m: float = 100.0
    """Side of the cells that count as one witness each."""
    most_cells: int = 250
    """Cells that are looked at."""
    most_cells_searched: int = 150
    """Those of which are tried at every move."""
    most_cells_of_none: int = 1_600
    """Cells that are looked at before it is said that nothing fits: a few streets that are drawn
    among many that are not show only in many."""
    most_of_cell: int = 3
    """Squares of a cell that are looked at."""
    least_cells: int = 20
    """Cells without which nothing is said."""
    fit_m: float = 0.0
    """Metres from a street, on average, up to which fixes as sent fit, and nothing else is tried.
    """
    on_street_m: float = 45.0
    """Metres from a street, on average, that moved fixes may lie at most; some streets are drawn in
    no plan."""
    least_gain_m: float = 4.0
    """Metres by which moved fixes must lie nearer."""
    least_score: float = 5.0
    """Standard errors that the gain of a datum must be worth."""
    least_score_of_move: float = 5.0
    """The same of a move that no datum explains: the best of many."""
    least_rival_score: float = 2.5
    """Standard errors by which a datum must beat moves as far in any other direction."""
    least_rival_score_of_move: float = 2.5
    """The same of a move that no datum explains, against the best other."""
    rivals: int = 11
    """Other directions."""
    fit_score: float = 6.0
    """Standard errors by which fixes lie nearer than moved ones, from where on they surely fit."""
    no_fit_score: float = 2.0
    """Below this nothing shows that they fit at all."""
    least_cells_of_move: int = 40
    """Cells without which no move is looked for that no datum explains."""
    least_cells_of_none: int = 20
    """Cells without which it is not said that nothing fits."""
    least_move_m: float = 60.0
    """Moves shorter than this are errors of drawing and of receivers."""
    most_move_m: float = 800.0
    """As far as moves are looked for."""
    move_step_m: float = 40.0
    """Between the moves that are tried first."""
    proof_m: float = 10.0
    """Metres from a street, on average, up to which fixes show that streets lie where they are,
    although their coordinates are coarse."""
    least_cells_of_proof: int = 8
    """Cells without which that is not shown."""
    worst_error_m: float = 20.0
    """Metres from their street, on average, of fixes of the worst receivers."""
    least_share: float = 0.5
    """Of fixes that surely lie on streets to a lesser share, most lie on none."""


OF_FLEET = MisfitThresholds()
OF_VEHICLE = MisfitThresholds(
    most_of_cell=4,
    least_cells=8,
    least_cells_of_move=20,
    fit_m=12.0,
    on_street_m=30.0,
    least_score=3.0,
    least_rival_score=1.5,
)
"""One vehicle leaves fewer cells."""
IN_DOUBT = replace(OF_VEHICLE, least_score=1.0, rivals=0)
"""Of a vehicle of which nothing shows that it fits, it is enough that a datum may explain it."""


@dataclass(frozen=True, slots=True)
class Misfit:
    """In what way the streets are not those that a fleet, or a vehicle, drove on."""

    datum: str | None
    """Name of the conversion that brings fixes onto the streets; None if none does."""
    east_m: float
    north_m: float
    """By how much fixes must be moved, in the median; NaN if nothing brings them onto streets."""
    cells: int
    """Cells that testify."""
    sent_m: float
    """Mean distance of the fixes to the nearest street, each counting 60 m at most."""
    moved_m: float
    """The same of the moved fixes; NaN if nothing brings them onto streets."""
    coarse_m: float = 0.0
    """How far a street may lie from where it is, if its coordinates are too coarse to tell."""
    in_place_of: str = ""
    """The grid whose work a vehicle did for none of its own, though its fixes lie on streets."""
