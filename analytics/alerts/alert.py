"""Alerts: what is said of a day in progress, and how each goes from held to said to ended.

A *condition* holds at an instant (`analytics.alerts.rules` finds them). It becomes an alert once it
has held for ``hold_min``, and the alert ends once it has been gone for ``clear_min``. Each alert is
said once, whatever the condition does afterwards: if it comes back, the alert is open again in
silence. `step` is all there is to it: a pure function that gives the same however often it is
asked at one instant.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from zoneinfo import ZoneInfo

import msgspec

from ingest.settings.alerts import AlertKind, AlertSettings


class Event(StrEnum):
    """What of an alert is said, each once."""

    RAISED = "raised"
    ESCALATED = "escalated"
    ENDED = "ended"


@dataclass(frozen=True, slots=True, order=True)
class AlertKey:
    """What makes an alert the same alert."""

    service_date: str
    """ISO date."""
    window: str
    """As written in the plan."""
    kind: AlertKind
    subject: str
    """The vehicle of a lost tracker, else the grid."""


class Facts(msgspec.Struct, frozen=True):
    """What is known of an alert: all that its text is made of."""

    grid_id: str
    operator_id: str
    vehicles: tuple[str, ...]
    """Of the grid on that date; only the one that is lost if one is."""
    start_ms: int
    end_ms: int
    grace_end_ms: int
    due_ms: int
    """Until when streets may still be done late."""
    at_ms: int
    """When this was known."""
    streets: tuple[str, ...] = ()
    """Not done, or provably not done in time."""
    unknown: tuple[str, ...] = ()
    """Of which nobody can say."""
    lacking_m: float = 0.0
    last_seen_ms: int | None = None
    """Last fix of the vehicle on that date."""


@dataclass(frozen=True, slots=True)
class Condition:
    """What holds at an instant."""

    key: AlertKey
    facts: Facts


@dataclass(frozen=True, slots=True)
class AlertState:
    """How far an alert has come. Instants are ms since 1970, None for not yet."""

    key: AlertKey
    facts: Facts
    """As last known while the condition held."""
    held_since_ms: int | None = None
    """Since when the condition holds; None while it does not."""
    raised_ms: int | None = None
    said_ms: int | None = None
    """Later than `raised_ms` if quiet hours held it back."""
    clear_since_ms: int | None = None
    ended_ms: int | None = None
    end_said_ms: int | None = None
    escalated_ms: int | None = None
    acknowledged_ms: int | None = None
    acknowledged_by: str = ""

    @property
    def is_open(self) -> bool:
        """Whether somebody ought to do something about it."""
        is_raised = self.raised_ms is not None
        return is_raised and self.ended_ms is None and self.acknowledged_ms is None


@dataclass(frozen=True, slots=True)
class Message:
    """What is to be said at once: of one alert, or of several as a digest."""

    event: Event
    alerts: tuple[AlertState, ...]


def step(
    states: Mapping[AlertKey, AlertState],
    conditions: Iterable[Condition],
    watched: Collection[str],
    now_ms: int,
    settings: AlertSettings,
    zone: ZoneInfo,
) -> tuple[dict[AlertKey, AlertState], tuple[Message, ...]]:
    """Bring alerts up to an instant.

    Parameters
    ----------
    watched
        Service dates that the conditions were looked for on. Of others nothing is known any more:
        their alerts are over, but for windows missed, which stay so.
    zone
        The plan's, for the quiet hours.

    Returns
    -------
    The states to keep, and what is to be said now; the states count it as said.
    """
    held = {condition.key: condition.facts for condition in conditions}
    after: dict[AlertKey, AlertState] = {}
    for key in sorted(states.keys() | held.keys()):
        if key in held:
            known = states.get(key) or AlertState(key, held[key])
            state = _held(replace(known, facts=held[key]), now_ms, settings)
        elif key.service_date in watched:
            state = _clear(states[key], now_ms, settings)
        else:
            state = _forgotten(states[key], now_ms)
        if state.raised_ms is not None or state.held_since_ms is not None:
            after[key] = state
    messages: list[Message] = []
    for event in Event:
        due = [
            state
            for state in after.values()
            if _is_due(state, event, now_ms, settings)
            and settings.may_say(state.key.kind, now_ms, zone)
        ]
        after.update({state.key: _said(state, event, now_ms) for state in due})
        messages += _messages(event, due, now_ms, settings)
    return after, tuple(messages)


def _held(state: AlertState, now_ms: int, settings: AlertSettings) -> AlertState:
    since_ms = now_ms if state.held_since_ms is None else state.held_since_ms
    state = replace(state, held_since_ms=since_ms, clear_since_ms=None)
    if now_ms - since_ms < settings.hold_ms(state.key.kind):
        return state
    raised_ms = now_ms if state.raised_ms is None else state.raised_ms
    return replace(state, raised_ms=raised_ms, ended_ms=None)


def _clear(state: AlertState, now_ms: int, settings: AlertSettings) -> AlertState:
    since_ms = now_ms if state.clear_since_ms is None else state.clear_since_ms
    state = replace(state, held_since_ms=None, clear_since_ms=since_ms)
    if state.ended_ms is None and now_ms - since_ms >= settings.clear_ms:
        return replace(state, ended_ms=now_ms)
    return state


def _forgotten(state: AlertState, now_ms: int) -> AlertState:
    if state.key.kind is AlertKind.WINDOW_MISSED and state.raised_ms is not None:
        return state
    ended_ms = now_ms if state.ended_ms is None else state.ended_ms
    end_said_ms = ended_ms if state.end_said_ms is None else state.end_said_ms
    return replace(state, held_since_ms=None, ended_ms=ended_ms, end_said_ms=end_said_ms)


def _is_due(state: AlertState, event: Event, now_ms: int, settings: AlertSettings) -> bool:
    if event is Event.RAISED:
        return state.raised_ms is not None and state.said_ms is None
    if state.said_ms is None:
        return False
    if event is Event.ENDED:
        is_news = state.ended_ms is not None and state.end_said_ms is None
        return settings.say_ended and is_news
    escalate_ms = round(settings.escalate_min * 60_000)
    return (
        escalate_ms > 0
        and now_ms - state.said_ms >= escalate_ms
        and state.escalated_ms is None
        and state.acknowledged_ms is None
        and state.ended_ms is None
    )


def _said(state: AlertState, event: Event, now_ms: int) -> AlertState:
    if event is Event.RAISED:
        # what was over before it could be said is said once, as something that is over
        end_said_ms = None if state.ended_ms is None else now_ms
        return replace(state, said_ms=now_ms, end_said_ms=end_said_ms)
    if event is Event.ESCALATED:
        return replace(state, escalated_ms=now_ms)
    return replace(state, end_said_ms=now_ms)


def _messages(
    event: Event, due: Sequence[AlertState], now_ms: int, settings: AlertSettings
) -> list[Message]:
    """Say each by itself, unless they are many or come out of the quiet hours."""
    was_held_back = event is Event.RAISED and any(state.raised_ms != now_ms for state in due)
    if due and (was_held_back or len(due) > settings.digest_above):
        return [Message(event, tuple(due))]
    return [Message(event, (state,)) for state in due]
