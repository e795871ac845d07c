"""What a method came to: counts of verdicts against the truth, added up over seeds."""

from collections import Counter
from dataclasses import dataclass, field

import pandas as pd

from analytics.verdicts.judge import Judgement
from benchmarks.verdicts.scoring import score_judgement
from geofence.plan.plan import Plan
from simulators.receivers.scenario import Kind
from simulators.truth.score import is_borderline


@dataclass(slots=True)
class Figures:
    """Counts by name."""

    counts: Counter[str] = field(default_factory=Counter)

    def add(self, judgement: Judgement, truth: pd.DataFrame, plan: Plan) -> None:
        """Score one case; what lies within 0.03 of a threshold is left out."""
        rules = plan.rules
        score = score_judgement(judgement, truth, plan)
        table, errors = score.confusion, score.errors
        hidden = errors["fault"] == Kind.GAP.value
        wrong = ~errors["verdict"].isin(["unknown", "missing"]) & errors["verdict"].notna()
        ratios = zip(
            truth["fault"], truth["ratio_in_window"], truth["ratio_by_deadline"], strict=True
        )
        done = table.loc[["served", "late"]]
        self.counts.update(score.counts())
        self.counts.update(
            hidden=sum(
                fault == Kind.GAP.value and not is_borderline(now, later, rules)
                for fault, now, later in ratios
            ),
            wrong_hidden=int((hidden & wrong).sum()),
            accused=int(done[["partial", "skipped"]].to_numpy().sum()),
            done=int(done.to_numpy().sum()),
            not_done=int(table.loc[["partial", "skipped"]].to_numpy().sum()),
        )

    @property
    def decided(self) -> int:
        """Verdicts other than unknown."""
        return self.counts["right"] + self.counts["wrong"]

    @property
    def scored(self) -> int:
        """All but the borderline ones."""
        counts = self.counts
        return self.decided + counts["unknown"] + counts["unknown_without_gap"] + counts["missing"]

    @property
    def unknown_hidden(self) -> int:
        """Called unknown behind a silence made on purpose."""
        return self.counts["unknown"]


def percent(part: int, whole: int) -> str:
    """Write a share with two decimals."""
    return f"{100 * part / whole:.2f}" if whole else "-"
