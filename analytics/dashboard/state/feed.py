"""The live feed: a thread that follows the ping log and tells what changes.

New positions are told at once. Matching and judging take turns with looking at the log, so that
they never hold a position up for long and never take more than about half of a core.

While the database is away it waits, and the state is as old as its clock says. Anything else that
goes wrong ends it, and so does standing still, for what it showed from then on would be wrong and
look right: readers are sent home, nobody is shown the state any more, and whoever runs it is told,
to end and begin anew.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

import structlog

from analytics.coverage.windows import local_instant
from analytics.dashboard.documents.alert_documents import Alerts, changed_alerts
from analytics.dashboard.documents.documents import AlertDoc, ClockDoc, StateDoc
from analytics.dashboard.state.beginning import (
    Beginning,
    begin,
    latest_reception_ms,
    sequence_of,
)
from analytics.dashboard.state.event_history import EventHistory
from analytics.dashboard.state.live_state import LiveState
from analytics.dashboard.state.shown_date import service_date_at
from analytics.dashboard.state.state_changes import Changes
from analytics.forecast.habits import Habits
from geofence.network.network import Network
from geofence.plan.plan import Plan
from ingest.fault import IngestError, LogError
from ingest.log.pinglog import PingLog

POLL_S = 0.025
SLICE_S = 0.02
"""How long vehicles are matched before the log is looked at again."""
UPDATE_S = 1.0
ALERTS_S = 1.0
AWAY_S = 1.0
"""Between two tries while the database is away."""
STALLED_S = 120.0
"""A round takes milliseconds, reading a day anew seconds: who takes so long stands still."""
WATCH_S = 1.0
END_S = 5.0

program_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Reading:
    """The state and the number of the last event that is in it."""

    state: StateDoc
    number: int


class FeedEndedError(IngestError):
    """The feed has ended, or stands still: there is no live state any more."""


class Feed:
    """A context in which the log is followed.

    Parameters
    ----------
    clock_ms
        Gives the time as epoch milliseconds.
    service_date
        Shows this date, with the latest ping as its clock; None shows today by the real one.
    """

    def __init__(
        self,
        log: PingLog,
        plan: Plan,
        network: Network,
        history: EventHistory,
        clock_ms: Callable[[], int],
        service_date: date | None = None,
    ) -> None:
        self.plan = plan
        self.network = network
        self.history = history
        self.alerts = Alerts(log, plan.timezone)
        self.plan_refused = False
        """Whether the plan was changed and cannot be used as it is now."""
        self.coming_plan_refused = False
        """Whether a plan that is to follow at a date cannot be used as it is now."""
        self._log = log
        self._clock_ms = clock_ms
        self._fixed_date = service_date
        self._lock = threading.RLock()
        self._stop = threading.Event()
        self._failure: Exception | None = None
        self._when_it_fails: Callable[[], None] = lambda: None
        self._habits: Habits | None = None
        self._sequence = 0
        self._judged_sequence = 0
        self._received_ms: int | None = None
        self._read_s = time.monotonic()
        self._updated_s = 0.0
        self._alerted_s = 0.0
        self._told_alerts: list[AlertDoc] = []
        self._offered: tuple[Beginning, Callable[[], None]] | None = None
        self._go_on_from(self.begin(plan, network))
        self._turned_s = time.monotonic()
        self._thread = threading.Thread(target=self._run, name="feed", daemon=True)
        self._watchdog = threading.Thread(target=self._watch, name="feed-watch", daemon=True)

    def __enter__(self) -> "Feed":
        """Begin to follow."""
        self._turned_s = time.monotonic()
        self._thread.start()
        self._watchdog.start()
        return self

    def __exit__(self, *_: object) -> None:
        """End."""
        self._stop.set()
        self.history.close()
        self._thread.join(None if self._failure is None else END_S)
        self._watchdog.join()

    @property
    def service_date(self) -> date:
        """The date shown."""
        return self._state.service_date

    @property
    def state(self) -> LiveState:
        """The live state; use it within `reading` only."""
        return self._state

    @property
    def reading(self) -> threading.RLock:
        """Hold this while looking at `state`."""
        return self._lock

    def now_ms(self) -> int:
        """Give the instant shown: now, or of a date given, that of its latest ping."""
        if self._fixed_date is None:
            return self._clock_ms()
        return self._state.latest_ms or local_instant(
            self._fixed_date, 0, ZoneInfo(self.plan.timezone)
        )

    def learn(self, habits: Habits) -> None:
        """Forecast by the habits of earlier days from now on."""
        with self._lock:
            self._habits = habits
            self._state.learn(habits)

    def when_it_fails(self, call: Callable[[], None]) -> None:
        """Have it call this, on a thread of its own, should it end of a mistake."""
        self._when_it_fails = call

    def check(self) -> None:
        """See that it lives.

        Raises
        ------
        FeedEndedError
            If it has ended, or stands still.
        """
        if self._failure is not None:
            raise FeedEndedError(
                f"the live feed has ended, which is a mistake in the program: {self._failure!r}; "
                "see the log above"
            )

    def read(self) -> Reading:
        """Give the state, and from which event on it changes.

        Raises
        ------
        FeedEndedError
            If it has ended, or stands still.
        """
        self.check()
        with self._lock:
            document = self._state.document(self.now_ms(), self._judged_sequence, live=True)
            return Reading(document, self.history.last)

    def clock(self) -> ClockDoc:
        """Tell how late it is and how old the log is."""
        return ClockDoc(
            now_ms=self.now_ms(),
            log_ms=self._received_ms,
            log_age_s=round(time.monotonic() - self._read_s, 1),
            streets_fault=self._state.streets_fault,
            plan_refused=self.plan_refused,
        )

    def begin(self, plan: Plan, network: Network) -> Beginning:
        """Judge the date to be shown by a plan, as far as the log has it; from any thread.

        Raises
        ------
        LogError
            If the log cannot be read.
        """
        now_ms = self._clock_ms()
        if self._fixed_date is not None:
            return begin(self._log, (plan, network), self._fixed_date, self._habits, None)
        shown = service_date_at(plan, now_ms)
        return begin(self._log, (plan, network), shown, self._habits, now_ms)

    def offer(self, beginning: Beginning, taken: Callable[[], None]) -> None:
        """Have it go on from a beginning by another plan; from any thread.

        `taken` is called in the same moment, unless the date has turned meanwhile: then all stays
        as it is.
        """
        self._offered = (beginning, taken)

    @property
    def has_offer(self) -> bool:
        """Whether it is yet to look at what it was offered."""
        return self._offered is not None

    def _go_on_from(self, beginning: Beginning) -> None:
        self._state = beginning.state
        self._sequence = self._judged_sequence = beginning.sequence
        self._note(beginning.received_ms)

    def _take_offer(self, beginning: Beginning, taken: Callable[[], None]) -> None:
        state = beginning.state
        shown = self._fixed_date or service_date_at(state.plan, self._clock_ms())
        if shown != state.service_date:
            return
        with self._lock:
            self.plan, self.network = state.plan, state.network
            self.alerts.show_times_of(state.plan.timezone)
            if self._habits is not None:
                state.learn(self._habits)
            self._go_on_from(beginning)
            taken()
            self.history.publish([("plan", {"version": state.plan.version})])

    def _run(self) -> None:
        try:
            self._go_round()
        except Exception as error:  # noqa: BLE001 - told by check(), and on the log
            program_log.exception("the live feed has ended")
            self._fail(error)

    def _fail(self, error: Exception) -> None:
        self._failure = error
        self.history.close()
        self._when_it_fails()

    def _watch(self) -> None:
        while not self._stop.wait(WATCH_S) and self._failure is None:
            stalled_s = time.monotonic() - self._turned_s
            if stalled_s > STALLED_S:
                program_log.error("the live feed stands still", for_s=round(stalled_s))
                self._fail(TimeoutError(f"it has stood still for {stalled_s:.0f} s"))

    def _go_round(self) -> None:
        is_away = False
        while not self._stop.wait(AWAY_S if is_away else POLL_S):
            self._turned_s = time.monotonic()
            try:
                self._follow()
                if is_away:
                    program_log.info("the database is back")
                is_away = False
            except LogError as error:
                if not is_away:
                    program_log.warning("the database is away", reason=str(error))
                is_away = True
            self._work(is_away=is_away)

    def _follow(self) -> None:
        """Take in what is new in the log."""
        if self._offered is not None:
            offered, self._offered = self._offered, None
            self._take_offer(*offered)
        if self._fixed_date is None:
            today = service_date_at(self.plan, self._clock_ms())
            if today != self._state.service_date:
                self._turn_to(today)
        with self._log.transaction(write=False) as connection:
            sequence = sequence_of(connection)
        if sequence > self._sequence:
            rows, sequence = self._log.read_pings_since(self._sequence)
            with self._lock:
                moved = self._state.add(rows)
                self._sequence = sequence
                self._note(latest_reception_ms(rows))
                if moved:
                    # in the plan's order, whichever came first
                    names = [name for name in self._state.positions.ids if name in moved]
                    places = self._state.positions.positions(self.now_ms(), names)
                    self.history.publish([("vehicles", places)])
        self._read_s = time.monotonic()
        if self._read_s - self._alerted_s > ALERTS_S:
            self._alerted_s = self._read_s
            self._tell_alerts()

    def _tell_alerts(self) -> None:
        found = self.alerts.of(self._state.service_date)
        if changed := changed_alerts(self._told_alerts, found):
            self.history.publish([("alerts", changed)])
        self._told_alerts = found

    def _turn_to(self, service_date: date) -> None:
        beginning = begin(
            self._log, (self.plan, self.network), service_date, self._habits, self._clock_ms()
        )
        with self._lock:
            self._go_on_from(beginning)
            self.history.publish([("day", {"service_date": service_date.isoformat()})])

    def _work(self, *, is_away: bool) -> None:
        """Match for a slice of time, and judge once a second."""
        began_s = time.monotonic()
        while self._state.is_stale and time.monotonic() - began_s < SLICE_S:
            with self._lock:
                self._state.look_at_next()
        if began_s - self._updated_s < UPDATE_S:
            return
        self._updated_s = began_s
        with self._lock:
            changes = self._state.update(self.now_ms())
            if not self._state.is_stale and not is_away:
                self._judged_sequence = self._sequence
            self.history.publish([*events_of(changes), ("clock", self.clock())])

    def _note(self, received_ms: int | None) -> None:
        if received_ms is not None:
            self._received_ms = max(received_ms, self._received_ms or received_ms)


def events_of(changes: Changes) -> list[tuple[str, object]]:
    """Name changes as events."""
    named = (
        ("windows", changes.windows),
        ("streets", changes.streets),
        ("unserved", changes.unserved),
        ("served", changes.served),
    )
    return [(name, documents) for name, documents in named if documents]
