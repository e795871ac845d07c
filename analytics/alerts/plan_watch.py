"""The plans of the days in progress, read again whenever their files have changed."""

from datetime import date
from pathlib import Path

import structlog

from geofence.installed.succession import days_in_progress
from geofence.installed.watch import watch_plans
from geofence.plan.plan import Plan

log = structlog.get_logger(__name__)


class WatchedPlans:
    """The plans in force today and yesterday, whose last windows may still go on.

    Raises
    ------
    PlanError
        If one cannot be used at first; what becomes of it later is logged.
    """

    def __init__(self, path: Path, now_ms: int) -> None:
        self._watch = watch_plans(path)
        self.today: Plan = self._watch.begin(days_in_progress(path, now_ms))
        """As it was at first."""

    def on(self, day: date) -> Plan:
        """Give the plan in force on a date in progress."""
        return self._watch.on(day)

    def look(self, now_ms: int) -> None:
        """See whether the files have changed.

        That changed ones cannot be used is logged once: the plan before goes on.
        """
        found = self._watch.look(days_in_progress(self._watch.path, now_ms))
        path = str(self._watch.path)
        if found.refused is not None:
            log.error("plan refused, the one before goes on", plan=path, reason=found.refused)
        if found.coming_refused is not None:
            log.error(
                "plan to come refused, the one in force goes on until it is mended",
                plan=path,
                reason=found.coming_refused,
            )
        for since, plan in found.coming:
            log.info("plan to come", plan=path, version=plan.version, since=since.isoformat())
        if found.changed is not None:
            log.info("plan changed", plan=path, version=found.changed.version)
