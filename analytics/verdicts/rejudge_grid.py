"""A grid judged again from the evidence of its streets alone."""

from collections.abc import Sequence

import msgspec

from analytics.coverage.coverage import NEVER
from analytics.coverage.prism import capacity_m
from analytics.verdicts.evidence import Evidence
from analytics.verdicts.rejudge import cells_from, unseen_from, verdict_from
from analytics.verdicts.verdict import UNPROVABLE_M, Verdict, judge_grid


class RejudgedGrid(msgspec.Struct, frozen=True):
    """What the records of a grid's streets say of the grid."""

    verdict: Verdict
    served_ratio: float
    provably_missed_m: float


def grid_verdict_from(records: Sequence[Evidence]) -> RejudgedGrid:
    """Judge a grid in a window again from the records of all its streets that were judged.

    Raises
    ------
    ValueError
        If there is none, or they are not of one grid in one window and judged by one rule.
    """
    about = {
        (each.service_date, each.grid_id, each.window, each.parameters, each.pings, each.gaps)
        for each in records
    }
    if len(about) != 1:
        raise ValueError("give the records of all streets of one grid in one window")
    ordered = sorted(records, key=lambda record: record.street)
    first = ordered[0]
    length_m = served_m = possible_m = unprovable_m = 0.0
    for record in ordered:
        cells = cells_from(record)
        length_m += float(cells.weight_m.sum())
        served_m += float(cells.weight_m[cells.earliest < NEVER].sum())
        maybe_m = float(cells.weight_m[cells.possible < NEVER].sum())
        possible_m += maybe_m
        if record.provable_m == UNPROVABLE_M:
            unprovable_m += float(cells.weight_m.sum()) - maybe_m
    held_m = capacity_m(unseen_from(first), first.start_ms, first.period_end_ms, first.parameters)
    missed_m = max(0.0, length_m - possible_m - float(held_m.sum()) - unprovable_m)
    return RejudgedGrid(
        verdict=judge_grid(
            [verdict_from(record).verdict for record in ordered],
            possible_m,
            length_m,
            missed_m,
            first.parameters,
            was_pinged=any(pings.count for pings in first.pings),
        ),
        served_ratio=served_m / length_m,
        provably_missed_m=missed_m,
    )
