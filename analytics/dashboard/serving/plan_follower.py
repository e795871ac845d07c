"""Has the page go on by a changed plan, without a restart and without losing a reader.

All that takes long, reading the plan, drawing its network and judging the day so far by it, is
done on a thread of its own while the page goes on by the plan before.
"""

import threading

import structlog

from analytics.dashboard.routes.dashboard import Dashboard
from geofence.installed.watch import PlanWatch
from geofence.network.network import build_network
from geofence.plan.plan import Plan
from ingest.fault import LogError

LOOK_S = 2.0
"""Between two looks at the files of the plan."""

program_log = structlog.get_logger(__name__)


class PlanFollower:
    """A context in which a plan.toml is followed.

    Parameters
    ----------
    watch
        Has begun with the plan that is shown.
    """

    def __init__(self, watch: PlanWatch[Plan], dashboard: Dashboard) -> None:
        self._watch, self._dashboard, self._feed = watch, dashboard, dashboard.feed
        self._unfit: Plan | None = None
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="plan", daemon=True)

    def __enter__(self) -> "PlanFollower":
        """Begin to follow."""
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """End; a plan that is being read is not waited for."""
        self._stop.set()

    def look(self) -> None:
        """Look whether another plan is in force on the date shown; if so, offer it to the feed.

        Raises
        ------
        LogError
            If the day cannot be read; the next look tries again.
        """
        day = self._feed.service_date
        found = self._watch.look([day])
        if found.refused is not None:
            self._say_refused(found.refused)
        if found.coming_refused is not None:
            program_log.error(
                "plan to come refused, the one in force goes on until it is mended",
                plan=str(self._watch.path),
                reason=found.coming_refused,
            )
        for since, coming in found.coming:
            program_log.info(
                "plan to come",
                plan=str(self._watch.path),
                version=coming.version,
                since=since.isoformat(),
            )
        self._feed.coming_plan_refused = self._watch.coming_fault is not None
        plan = self._watch.on(day)
        is_unfit = plan is self._unfit
        self._feed.plan_refused = self._watch.fault is not None or is_unfit
        if is_unfit or plan.version == self._feed.plan.version or self._feed.has_offer:
            return
        try:
            self._offer(plan)
        except LogError:
            raise
        # whatever a plan holds that reads without fault, the page goes on by the one before
        except Exception as error:  # noqa: BLE001
            self._unfit, self._feed.plan_refused = plan, True
            program_log.exception("plan cannot be drawn")
            self._say_refused(f"{type(error).__name__}: {error}")

    def _offer(self, plan: Plan) -> None:
        network = build_network(plan.sections)
        view = self._dashboard.view_of(plan, network)
        beginning = self._feed.begin(plan, network)

        def taken() -> None:
            self._dashboard.show(view)
            program_log.info(
                "plan changed",
                plan=str(self._watch.path),
                version=plan.version,
                effective_from=plan.effective_from.isoformat(),
            )

        self._feed.offer(beginning, taken)

    def _say_refused(self, reason: str) -> None:
        program_log.error(
            "plan refused, the one before goes on", plan=str(self._watch.path), reason=reason
        )

    def _run(self) -> None:
        while not self._stop.wait(LOOK_S):
            try:
                self.look()
            except LogError as error:
                program_log.warning("the plan is taken later", reason=str(error))
            except Exception:  # noqa: BLE001 - the page can do without
                program_log.exception("the plan cannot be looked at")
