"""Rates of compliance: verdicts of streets counted, and what share of them was as it should be.

``unknown`` is no failure and no success: it is stated as a rate of its own and is in no denominator
of the others.
"""

from collections.abc import Sequence

import pandas as pd

from analytics.reports.tables.views import VERDICTS

FAILURES = ("skipped", "partial", "late")
"""Verdicts that went wrong, the worst first."""


def count_rates(streets: pd.DataFrame, by: Sequence[str]) -> pd.DataFrame:
    """Count the verdicts of streets by some columns, in the order in which they first occur.

    Returns
    -------
    DataFrame
        The columns `by` and those of `analytics.reports.tables.views.RATES`. ``compliance_rate`` is
        served / (served + late + partial + skipped), ``done_rate`` has served + late above,
        ``unknown_rate`` is unknown / all; missing where there is nothing to divide by.
    """
    keys = list(by)
    given = streets[keys].reset_index(drop=True)
    flags = {verdict: (streets["verdict"] == verdict).to_numpy() for verdict in VERDICTS}
    counted = pd.concat([given, pd.DataFrame(flags, index=given.index)], axis=1)
    sums = counted.groupby(keys, sort=False, dropna=False)[list(VERDICTS)].sum()
    return with_rates(sums.astype("int64").reset_index())


def with_rates(counts: pd.DataFrame) -> pd.DataFrame:
    """Add what follows from the counts of each verdict."""
    decided = counts["served"] + counts["late"] + counts["partial"] + counts["skipped"]
    judged = decided + counts["unknown"]
    return counts.assign(
        judged=judged,
        compliance_rate=_share(counts["served"], decided),
        done_rate=_share(counts["served"] + counts["late"], decided),
        unknown_rate=_share(counts["unknown"], judged),
    )


def _share(part: "pd.Series[int]", whole: "pd.Series[int]") -> "pd.Series[float]":
    return part.astype("float64") / whole.where(whole > 0).astype("float64")
