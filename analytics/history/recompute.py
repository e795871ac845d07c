"""A recorded verdict proved again: from its record alone, and from the pings of the log."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import pandas as pd

from analytics.day import judge_day
from analytics.tracking.reports import refused_frame
from analytics.verdicts.evidence import Evidence, essence_of
from analytics.verdicts.judge import JudgedCase
from analytics.verdicts.rejudge import verdict_from
from analytics.verdicts.rejudge_grid import grid_verdict_from
from geofence.network.network import build_network
from geofence.plan.plan import Plan

_TOLERANCE = 1e-9
"""Of a share: what rounding may do, as sums are taken in another order."""


@dataclass(frozen=True, slots=True)
class Recomputed:
    """One verdict, as recorded and as it comes out again; the street is empty for the grid's."""

    street: str
    recorded: str
    recorded_ratio: float
    from_record: str
    from_record_ratio: float
    from_log: str
    """Empty if the log's pings and the plan give no such verdict."""
    from_log_ratio: float
    same_evidence: bool
    """Whether the log gives the very record that is stored; for a grid, those of its streets."""

    @property
    def record_agrees(self) -> bool:
        """Whether the record alone gives the recorded verdict."""
        return self.from_record == self.recorded and (
            abs(self.from_record_ratio - self.recorded_ratio) <= _TOLERANCE
        )

    @property
    def log_agrees(self) -> bool:
        """Whether the log gives the recorded verdict."""
        return self.from_log == self.recorded and (
            abs(self.from_log_ratio - self.recorded_ratio) <= _TOLERANCE
        )


def judge_again(
    pings: pd.DataFrame, plan: Plan, service_date: date, grid_id: str, window: str
) -> JudgedCase | None:
    """Judge a grid in a window from pings; None if the plan has no such case on that date.

    Only the pings of the grid's own vehicles are looked at, as no other bears on it.
    """
    own = {
        vehicle
        for grid in plan.grids
        if grid.id == grid_id
        for vehicle in plan.vehicles_of(grid, service_date)
    }
    chosen = pings[pings["vehicle_id"].isin(own)].reset_index(drop=True)
    day = judge_day(chosen, refused_frame([]), plan, build_network(plan.sections), service_date)
    for judged in day.judgement.cases:
        if (judged.case.grid.id, judged.case.window.text) == (grid_id, window):
            return judged
    return None


def recompute(
    records: Mapping[str, Evidence],
    recorded: Mapping[str, tuple[str, float]],
    judged: JudgedCase | None,
) -> Sequence[Recomputed]:
    """Compare recorded verdicts with what comes out again.

    Parameters
    ----------
    records
        The stored evidence of each street.
    recorded
        Verdict and served ratio of each street that is to be compared; of the grid itself by the
        empty name, in which case `records` must hold all its streets.
    judged
        The same grid and window, judged again from the log.
    """
    again = {} if judged is None else {each.street: essence_of(each) for each in judged.evidence()}
    stored = {street: essence_of(record) for street, record in records.items()}
    found: list[Recomputed] = []
    for street, (verdict, ratio) in recorded.items():
        if street:
            alone = verdict_from(records[street])
            log = again.get(street)
            log_ratio = log.served_ratio if log else 0.0
            log_verdict = str(log.verdict) if log else ""
            same = log == stored[street]
            alone_verdict, alone_ratio = alone.verdict, alone.served_ratio
        else:
            grid = grid_verdict_from(list(records.values()))
            log_ratio = judged.grid.served_m / judged.grid.length_m if judged else 0.0
            log_verdict = str(judged.grid.verdict) if judged else ""
            same = again == stored
            alone_verdict, alone_ratio = grid.verdict, grid.served_ratio
        found.append(
            Recomputed(
                street=street, recorded=verdict, recorded_ratio=ratio,
                from_record=str(alone_verdict), from_record_ratio=alone_ratio,
                from_log=log_verdict, from_log_ratio=log_ratio, same_evidence=same,
            )
        )  # fmt: skip
    return found
