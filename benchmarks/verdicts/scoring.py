"""Observations to verdicts to a score against the truth: one way for all benchmarks."""

import tempfile
from pathlib import Path

import pandas as pd

from analytics.verdicts.judge import Judgement
from analytics.verdicts.tables import STREETS_FILE, write_tables
from geofence.plan.plan import Plan
from simulators.truth.score import Score, score
from simulators.truth.truth import write_truth


def score_judgement(judgement: Judgement, truth: pd.DataFrame, plan: Plan) -> Score:
    """Score verdicts as ``pingcheng score`` does: written to files and read again."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_tables(judgement, folder, plan.timezone)
        write_truth(truth, folder / "truth.csv")
        return score(folder / STREETS_FILE, folder / "truth.csv", plan.rules)
