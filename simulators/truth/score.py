"""Verdicts scored against the truth: who was called what, and what really happened."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

import pandas as pd

from geofence.plan.plan import ServiceRules
from ingest.plain_text import harmless
from simulators.receivers.scenario import Kind
from simulators.truth.truth import TRUTH_COLUMNS

TrueVerdict = Literal["served", "late", "partial", "skipped"]

TRUE_VERDICTS: tuple[TrueVerdict, ...] = ("served", "late", "partial", "skipped")
VERDICTS = (*TRUE_VERDICTS, "unknown")
KEY = ["service_date", "grid_id", "window", "street"]
BORDER = 0.03
"""A true ratio this near a threshold may fall on either side of it in the verdict."""


class ScoreError(ValueError):
    """A file that cannot be scored; the message names it and says how to mend it."""


@dataclass(frozen=True, slots=True, eq=False)
class Score:
    """The outcome. Every street and window of the truth falls under exactly one of the first six.

    `false_skip` and `false_served` are those of the wrong ones that do harm.
    """

    right: int
    wrong: int
    borderline: int
    """Left out: the true ratio lies within `BORDER` of a threshold that matters."""
    unknown: int
    """Called unknown while the tracker was silent, as it should be."""
    unknown_without_gap: int
    missing: int
    """In the truth, but without a verdict."""
    false_skip: int
    """Called skipped, though really served or late."""
    false_served: int
    """Called served or late, though it was not: served but not in time, or late but never."""
    confusion: pd.DataFrame
    """Counts by true verdict (rows) and verdict (columns), without the borderline."""
    errors: pd.DataFrame
    """The rows that are wrong, unknown without a gap or missing, with both ratios."""

    @property
    def passed(self) -> bool:
        """Tell whether nothing was judged wrong."""
        return not (self.wrong or self.unknown_without_gap or self.missing)

    def counts(self) -> dict[str, int]:
        """Give the counts by name."""
        return {name: value for name, value in asdict(self).items() if isinstance(value, int)}


def true_verdict(
    ratio_in_window: float, ratio_by_deadline: float, rules: ServiceRules
) -> TrueVerdict:
    """Judge a street by what was really served."""
    if ratio_in_window >= rules.served_ratio:
        return "served"
    if ratio_by_deadline >= rules.served_ratio:
        return "late"
    return "partial" if ratio_by_deadline > rules.skipped_ratio else "skipped"


def is_borderline(ratio_in_window: float, ratio_by_deadline: float, rules: ServiceRules) -> bool:
    """Tell whether a true ratio lies so near a threshold that it must not be scored."""
    if abs(ratio_in_window - rules.served_ratio) <= BORDER:
        return True
    if ratio_in_window > rules.served_ratio:
        return False
    return any(
        abs(ratio_by_deadline - threshold) <= BORDER
        for threshold in (rules.served_ratio, rules.skipped_ratio)
    )


def score(streets_csv: Path, truth_csv: Path, rules: ServiceRules | None = None) -> Score:
    """Compare the verdicts of ``streets.csv`` with a truth file of `simulators.truth.truth`.

    Verdicts on streets and windows that the truth does not name are left alone.

    Raises
    ------
    ScoreError
        If a file is absent, lacks a column or names a street and window twice.
    """
    rules = rules or ServiceRules()
    truth = _read(truth_csv, list(TRUTH_COLUMNS))
    verdicts = _read(streets_csv, [*KEY, "verdict"])[[*KEY, "verdict"]]
    rows = truth.merge(verdicts, on=KEY, how="left")
    ratios = list(zip(rows["ratio_in_window"], rows["ratio_by_deadline"], strict=True))
    rows["truth"] = [true_verdict(now, later, rules) for now, later in ratios]
    border = pd.Series([is_borderline(now, later, rules) for now, later in ratios], dtype=bool)
    called = rows["verdict"].fillna("missing")
    gap = rows["fault"] == Kind.GAP.value
    missing = (called == "missing") & ~border
    unknown = (called == "unknown") & ~border
    right = (called == rows["truth"]) & ~border
    wrong = ~(border | missing | unknown | right)
    done = rows["truth"].isin(["served", "late"])
    errors = wrong | missing | (unknown & ~gap)
    return Score(
        right=int(right.sum()),
        wrong=int(wrong.sum()),
        borderline=int(border.sum()),
        unknown=int((unknown & gap).sum()),
        unknown_without_gap=int((unknown & ~gap).sum()),
        missing=int(missing.sum()),
        false_skip=int((wrong & (called == "skipped") & done).sum()),
        false_served=int((wrong & ((called == "served") | ((called == "late") & ~done))).sum()),
        confusion=pd.crosstab(rows["truth"][~border], called[~border]).reindex(
            index=list(TRUE_VERDICTS), columns=[*VERDICTS, "missing"], fill_value=0
        ),
        errors=rows.loc[errors, [*KEY, "verdict", "truth", *TRUTH_COLUMNS[5:]]],
    )


def _read(path: Path, columns: list[str]) -> pd.DataFrame:
    try:
        table = pd.read_csv(
            path, dtype=dict.fromkeys([*KEY, "verdict", "fault"], "str"), keep_default_na=False
        )
    except FileNotFoundError:
        raise ScoreError(f"{path}: no such file") from None
    except (ValueError, OSError) as error:
        raise ScoreError(f"{path}: not a readable CSV file ({error})") from error
    absent = [name for name in columns if name not in table.columns]
    if absent:
        raise ScoreError(f"{path}: no column {', '.join(absent)}")
    for name in KEY:  # a file that others wrote, or an older one, may hold texts as they are
        table[name] = table[name].map(harmless)
    repeated = table[table.duplicated(KEY)]
    if len(repeated):
        first = ", ".join(repeated.iloc[0][KEY])
        raise ScoreError(f"{path}: named more than once: {first}")
    return table
