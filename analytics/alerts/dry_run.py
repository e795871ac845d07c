"""What would be said, told instead of sent: nothing is stored."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from analytics.alerts.alert import AlertKey, AlertState, Condition, Message, step
from analytics.alerts.text import text_of
from analytics.alerts.watch import RecordedDays
from analytics.coverage.windows import service_windows
from geofence.plan.plan import Plan
from ingest.log.pinglog import PingLog
from ingest.settings.alerts import AlertSettings


class DryRun:
    """Alerts in memory, going on from the states given."""

    def __init__(
        self, states: Mapping[AlertKey, AlertState], settings: AlertSettings, zone: ZoneInfo
    ) -> None:
        self._states, self._settings, self._zone = dict(states), settings, zone
        self._numbers: dict[AlertKey, int] = {}

    @property
    def waits(self) -> bool:
        """Whether something raised is not said yet, because of quiet hours."""
        states = self._states.values()
        return any(state.raised_ms is not None and state.said_ms is None for state in states)

    def advance(
        self, conditions: Sequence[Condition], watched: Collection[str], now_ms: int
    ) -> Iterator[str]:
        """Bring the alerts up to an instant and tell what would be said now."""
        self._states, messages = step(
            self._states, conditions, watched, now_ms, self._settings, self._zone
        )
        for message in messages:
            yield self._told(message, now_ms)

    def holding(self) -> Iterator[str]:
        """Tell what holds, but not for long enough to be said yet."""
        for state in self._states.values():
            if state.raised_ms is None and state.held_since_ms is not None:
                key = state.key
                since = self._clock(state.held_since_ms)
                yield f"holds since {since}, not said yet: {key.kind} {key.subject} {key.window}"

    def _told(self, message: Message, now_ms: int) -> str:
        numbers = tuple(
            self._numbers.setdefault(alert.key, len(self._numbers) + 1) for alert in message.alerts
        )
        text = text_of(message, numbers, self._zone, self._settings.language)
        body = text.body.replace("\n", "\n    ")
        return f"{self._clock(now_ms)}  {text.title}\n    {body}"

    def _clock(self, at_ms: int) -> str:
        local = datetime.fromtimestamp(at_ms / 1000, UTC).astimezone(self._zone)
        return f"{local:%Y-%m-%d %H:%M}"


def replay(
    log: PingLog,
    plan: Plan,
    day: date,
    settings: AlertSettings,
    every_ms: int,
    progress: Callable[[int], None] = lambda _: None,
) -> Iterator[str]:
    """Tell what would have been said on a stored service date, looking at it every so often.

    Parameters
    ----------
    progress
        Told how many per cent of the date are done.
    """
    zone = ZoneInfo(plan.timezone)
    windows = [
        window for grid in plan.grids for window in service_windows(grid, day, zone, plan.rules)
    ]
    if not windows:
        return
    run, recorded = DryRun({}, settings, zone), RecordedDays(log, plan, [day])
    waiting_ms = settings.silent_ms + round(plan.rules.gap_s * 1000) + settings.clear_ms
    start_ms = now_ms = min(window.start_ms for window in windows)
    last_ms = max(window.period_end_ms for window in windows) + waiting_ms + every_ms
    busy = [
        span
        for window in windows
        for span in (
            (window.start_ms, window.grace_end_ms + waiting_ms + every_ms),
            (window.period_end_ms, window.period_end_ms + waiting_ms + every_ms),
        )
    ]
    found: tuple[Condition, ...] = ()
    while now_ms <= last_ms or run.waits:
        # between windows nothing comes to hold, and to look costs most
        if any(first_ms <= now_ms <= until_ms for first_ms, until_ms in busy):
            found, _ = recorded.look(now_ms, settings)
        yield from run.advance(found, [day.isoformat()], now_ms)
        now_ms += every_ms
        progress(min(100, 100 * (now_ms - start_ms) // max(1, last_ms - start_ms)))
