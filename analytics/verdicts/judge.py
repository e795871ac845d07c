"""A service date judged: the tables of streets and grids, and the evidence behind them."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from analytics.coverage.case import Case, cases_of
from analytics.coverage.unseen import observed_share
from analytics.coverage.windows import ServiceWindow
from analytics.verdicts.evidence import Evidence, record_of
from analytics.verdicts.flags import flags_of
from analytics.verdicts.outcome import GridOutcome, StreetOutcome, grid_outcome, street_outcomes
from geofence.kernels import aside
from geofence.network.network import Network
from geofence.plan.plan import Plan
from geofence.seen.misfit import Misfit
from geofence.seen.observation import Observation

STREET_DTYPES: dict[str, str] = {
    "service_date": "str",
    "grid_id": "str",
    "window": "str",
    "street": "str",
    "verdict": "str",
    "served_ratio": "float64",
    "started_at": "datetime64[ms, UTC]",
    "completed_at": "datetime64[ms, UTC]",
    "schedule_deviation_s": "Int64",
    "observed_share": "float64",
    "length_m": "float64",
}
GRID_DTYPES: dict[str, str] = {
    "service_date": "str",
    "grid_id": "str",
    "operator": "str",
    "window": "str",
    "verdict": "str",
    "served_ratio": "float64",
    "started_at": "datetime64[ms, UTC]",
    "completed_at": "datetime64[ms, UTC]",
    "schedule_deviation_s": "Int64",
    "observed_share": "float64",
    "provably_missed_m": "float64",
    "flags": "str",
}


@dataclass(frozen=True, slots=True, eq=False)
class JudgedCase:
    """A case with what came out of it."""

    case: Case
    grid: GridOutcome
    streets: tuple[StreetOutcome, ...]

    @aside
    def evidence(self) -> list[Evidence]:
        """Write the record of each street."""
        return [record_of(self.case, number, street) for number, street in enumerate(self.streets)]


@dataclass(frozen=True, slots=True, eq=False)
class Judgement:
    """The verdicts of one or more service dates."""

    streets: pd.DataFrame
    """Columns of `STREET_DTYPES`; by date, grid and window in the plan's order, and street."""
    grids: pd.DataFrame
    """Columns of `GRID_DTYPES`, in the same order."""
    cases: tuple[JudgedCase, ...]
    outlier_count: int
    """Fixes that were dropped because no truck could have reached and left them."""
    unbelieved: Mapping[str, int]
    """How many others were dropped, by reason: ``no_fix``, ``stale`` or ``two_receivers``."""
    misfits: tuple[tuple[str, Mapping[str, Misfit]], ...] = ()
    """Service dates on which the streets do not fit some vehicles, see `analytics.tracking.fleet`:
    of these nothing was believed."""

    def evidence(self) -> Iterator[Evidence]:
        """Write the record of each street's verdict, in the order of `streets`."""
        for case in self.cases:
            yield from case.evidence()


@aside
def judge(
    observations: Sequence[Observation],
    plan: Plan,
    network: Network,
    service_date: date,
    misfits: Mapping[str, Misfit] | None = None,
    grid_ids: Collection[str] | None = None,
) -> Judgement:
    """Judge every grid and street that has service on a date.

    Unlocated streets, and with them grids that have no other, get no verdict: `Plan.unlocated`
    names them.

    Parameters
    ----------
    observations
        What may be believed of each vehicle, see `analytics.verdicts.fleet`.
    misfits
        By vehicle why nothing may be, to be told.
    grid_ids
        Grids to judge; all by default. Of them come out the same rows and evidence as of all.
    """
    cases = []
    for case in cases_of(observations, plan, network, service_date, grid_ids):
        streets = street_outcomes(case)
        cases.append(JudgedCase(case, grid_outcome(case, streets), streets))
    return Judgement(
        streets=_frame(STREET_DTYPES, (row for case in cases for row in _street_rows(case))),
        grids=_frame(GRID_DTYPES, (_grid_row(case) for case in cases)),
        cases=tuple(cases),
        outlier_count=sum(len(observation.outlier_ms) for observation in observations),
        unbelieved=count_unbelieved(observations),
        misfits=((service_date.isoformat(), misfits),) if misfits else (),
    )


def count_unbelieved(observations: Sequence[Observation]) -> dict[str, int]:
    """Count the fixes that were dropped for another reason than being outliers, by reason."""
    return {
        "no_fix": sum(len(observation.no_fix_ms) for observation in observations),
        "stale": sum(len(observation.stale_ms) for observation in observations),
        "two_receivers": sum(len(observation.doubted_ms) for observation in observations),
    }


def join(judgements: Sequence[Judgement]) -> Judgement:
    """Put the judgements of several dates, ascending, into one."""
    return Judgement(
        streets=pd.concat(
            [_frame(STREET_DTYPES, ()), *(each.streets for each in judgements)], ignore_index=True
        ),
        grids=pd.concat(
            [_frame(GRID_DTYPES, ()), *(each.grids for each in judgements)], ignore_index=True
        ),
        cases=tuple(case for each in judgements for case in each.cases),
        outlier_count=sum(each.outlier_count for each in judgements),
        unbelieved={
            why: sum(each.unbelieved.get(why, 0) for each in judgements)
            for why in ("no_fix", "stale", "two_receivers")
        },
        misfits=tuple(found for each in judgements for found in each.misfits),
    )


def _street_rows(judged: JudgedCase) -> Iterator[tuple[object, ...]]:
    window = judged.case.window
    share = observed_share(window, judged.case.duties)
    for street in judged.streets:
        yield (
            window.service_date.isoformat(),
            window.grid_id,
            window.text,
            street.street,
            street.verdict.value,
            street.service.served_m / street.service.length_m,
            street.started_ms,
            street.completed_ms,
            _deviation_s(street.completed_ms, window),
            share,
            street.service.length_m,
        )


def _grid_row(judged: JudgedCase) -> tuple[object, ...]:
    window, grid = judged.case.window, judged.grid
    return (
        window.service_date.isoformat(),
        window.grid_id,
        judged.case.grid.operator_id,
        window.text,
        grid.verdict.value,
        grid.served_m / grid.length_m,
        grid.started_ms,
        grid.completed_ms,
        _deviation_s(grid.completed_ms, window),
        observed_share(window, judged.case.duties),
        grid.provably_missed_m,
        "|".join(flags_of(judged.case, grid)),
    )


def _deviation_s(completed_ms: int | None, window: ServiceWindow) -> int | None:
    """Whole seconds after the window's end; negative if early."""
    return None if completed_ms is None else (completed_ms - window.end_ms) // 1000


def _frame(dtypes: dict[str, str], rows: Iterable[tuple[object, ...]]) -> pd.DataFrame:
    columns = list(zip(*rows, strict=True)) or [()] * len(dtypes)
    return pd.DataFrame(
        {
            name: _instants(values)
            if dtype.startswith("datetime")
            else pd.Series(values, dtype=dtype)
            for (name, dtype), values in zip(dtypes.items(), columns, strict=True)
        }
    )


def _instants(values: Sequence[int | None]) -> "pd.Series[pd.Timestamp]":
    milliseconds = np.array(
        [np.datetime64("NaT") if value is None else np.datetime64(value, "ms") for value in values],
        dtype="datetime64[ms]",
    )
    return pd.Series(milliseconds).dt.tz_localize("UTC")
