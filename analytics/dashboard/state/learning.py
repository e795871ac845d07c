"""Learns the habits behind forecasts from the days that a log holds, beside the feed."""

import threading
from collections.abc import Callable
from datetime import date

import pandas as pd
import structlog

from analytics.dashboard.state.stored_days import StoredDays
from analytics.forecast.curves import no_curves, progress_curves
from analytics.forecast.habits import Habits
from analytics.verdicts.evaluation import evaluate
from ingest.fault import LogError

MOST_DAYS = 7
AGAIN_S = 3600.0
"""Between two looks whether there are days to learn from that were not there before."""

program_log = structlog.get_logger(__name__)


class Learning:
    """A context in which habits are learned, and learned again when a day has gone by.

    Parameters
    ----------
    days
        Gives the days to learn from, by the plan in force.
    today
        Tells the date that forecasts are for: only earlier ones teach.
    learned
        Is given what was learned.
    """

    def __init__(
        self,
        days: Callable[[], StoredDays],
        today: Callable[[], date],
        learned: Callable[[Habits], None],
    ) -> None:
        self._days = days
        self._today = today
        self._learned = learned
        self._curves: dict[date, pd.DataFrame] = {}
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="learning", daemon=True)

    def __enter__(self) -> "Learning":
        """Begin to learn."""
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """End; a day that is being looked at is not waited for."""
        self._stop.set()

    def learn(self) -> None:
        """Learn from the last days before the date that are not known yet.

        Raises
        ------
        LogError
            If the log cannot be read.
        """
        days = self._days()
        dates = [each for each in days.dates() if each < self._today()][-MOST_DAYS:]
        fresh = [each for each in dates if each not in self._curves]
        for each in fresh:
            if self._stop.is_set():
                return
            rows = days.pings_of(each)
            self._curves[each] = progress_curves(evaluate(rows, days.plan, [each]))
        if fresh:
            known = [no_curves(), *(self._curves[each] for each in dates)]
            self._learned(Habits(pd.concat(known, ignore_index=True)))

    def _run(self) -> None:
        while True:
            try:
                self.learn()
            except LogError as error:
                program_log.warning("forecasts learn nothing new", reason=str(error))
            except Exception:  # noqa: BLE001 - the page can do without
                program_log.exception("forecasts learn nothing new")
            if self._stop.wait(AGAIN_S):
                return
