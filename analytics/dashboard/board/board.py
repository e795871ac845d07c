"""What residents see of a street, and what the evidence says to their report.

Nothing here names a vehicle or a person.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from analytics.dashboard.documents.documents import StreetDoc, StreetState, WindowDoc

Outcome = Literal["collected", "not_yet", "missed", "unknown", "exempt"]
_OUTCOMES: dict[StreetState, Outcome] = {
    "served": "collected",
    "late": "collected",
    "partial": "missed",
    "skipped": "missed",
    "unknown": "unknown",
    "exempt": "exempt",
}


@dataclass(frozen=True, slots=True)
class StreetWindow:
    """A street in one window of today."""

    window: WindowDoc
    street: StreetDoc


@dataclass(frozen=True, slots=True)
class Finding:
    """What the evidence says: of which window, and since and until when."""

    outcome: Outcome
    window: str | None
    from_ms: int | None
    to_ms: int | None
    window_end_ms: int | None
    """Until when it may still be collected, if it is not yet."""


def of_street(
    windows: Sequence[tuple[WindowDoc, Sequence[StreetDoc]]], street: str
) -> list[StreetWindow]:
    """Choose a street from the windows of its grid, in the order in which they begin."""
    found = [
        StreetWindow(window, each)
        for window, streets in windows
        for each in streets
        if each["street"] == street
    ]
    return sorted(found, key=lambda each: (each.window["start_ms"], each.window["end_ms"]))


def check_report(windows: Sequence[StreetWindow], now_ms: int) -> Finding:
    """Check "it was not collected" against the evidence of today's latest window that has begun.

    Parameters
    ----------
    windows
        In the order in which they begin, as `of_street` gives them.
    """
    begun = [each for each in windows if each.window["start_ms"] <= now_ms]
    if not begun:
        ahead = windows[0].window["end_ms"] if windows else None
        return Finding("not_yet", None, None, None, ahead)
    last = begun[-1]
    outcome = _OUTCOMES.get(last.street["state"], "not_yet")
    if outcome == "not_yet":
        is_over = now_ms >= last.window["grace_end_ms"]
        until_ms = last.window["deadline_ms"] if is_over else last.window["end_ms"]
        return Finding("not_yet", last.window["window"], None, None, until_ms)
    if outcome == "collected":
        started_ms, completed_ms = last.street["started_ms"], last.street["completed_ms"]
        return Finding("collected", last.window["window"], started_ms, completed_ms, None)
    return Finding(outcome, last.window["window"], None, None, None)


def last_collected_ms(windows: Sequence[StreetWindow]) -> int | None:
    """Tell when a street was last seen collected in these windows."""
    done = [each.street["completed_ms"] for each in windows]
    return max((instant for instant in done if instant is not None), default=None)
