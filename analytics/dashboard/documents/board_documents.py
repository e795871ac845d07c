"""The JSON documents of the public board; `docs/live.md` tells what they mean."""

from typing import Literal

from typing_extensions import TypedDict  # before 3.12, pydantic reads no other

from analytics.dashboard.documents.documents import StreetState


class BoardAboutDoc(TypedDict):
    """What the board needs to know of the plan."""

    name: str
    timezone: str
    utc_offsets: list[list[int]]
    language: str
    schematic: bool


class BoardStreetDoc(TypedDict):
    """A street that residents may ask about."""

    grid: str
    street: str


class BoardSpanDoc(TypedDict):
    """A window that is yet to come."""

    start_ms: int
    end_ms: int


class BoardWindowDoc(TypedDict):
    """A window of today."""

    window: str
    start_ms: int
    end_ms: int
    state: StreetState


class BoardDayDoc(TypedDict):
    """What residents see of a street."""

    grid: str
    operator: str
    street: str
    windows: list[BoardWindowDoc]
    last_collected_ms: int | None
    next_window: BoardSpanDoc | None


class ReportDoc(TypedDict):
    """What the evidence says to a resident's report."""

    outcome: Literal["collected", "not_yet", "missed", "unknown", "exempt"]
    from_ms: int | None
    to_ms: int | None
    window_end_ms: int | None
    reference: str | None
