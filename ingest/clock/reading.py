"""What the reports of a vehicle say about its clock, and from where on it is called wrong."""

from dataclasses import dataclass
from enum import StrEnum


class ClockCode(StrEnum):
    """What is wrong with a clock."""

    CLOCK_AHEAD = "clock_ahead"
    CLOCK_BEHIND = "clock_behind"
    LOCAL_AS_UTC = "local_as_utc"
    UTC_AS_LOCAL = "utc_as_local"
    WEEK_ROLLOVER = "week_rollover"
    SECONDS_AS_MILLISECONDS = "seconds_as_milliseconds"
    MILLISECONDS_AS_SECONDS = "milliseconds_as_seconds"
    CLOCK_UNSET = "clock_unset"


class ClockState(StrEnum):
    """What can be said of a clock."""

    SOUND = "sound"
    FAULTY = "faulty"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class ClockThresholds:
    """From where on a clock is called wrong."""

    ahead_s: float = 60.0
    """Seconds of floor below zero. Servers agree within one; windows are judged by the minute."""
    behind_s: float = 120.0
    """Seconds of floor above the fleet's: gateways that poll add up to a minute or so."""
    zone_tolerance_s: float = 120.0
    """Seconds by which a skew may differ from an offset of the time zone and still be one."""
    slack_s: float = 86_400.0
    """Seconds left of a wrong unit or a rollover once it is undone: delay, and a zone besides."""
    block_s: float = 1800.0
    """Seconds of reception of one block: three messages even of who reports every ten minutes."""
    floor_share: float = 0.2
    """Share of a block's messages below the floor: a few glitches neither make nor hide a fault."""
    live_spread_s: float = 30.0
    """Seconds between floor and median lag of a block at most, if its messages came live."""
    least_block_messages: int = 3
    """Fewer messages tell nothing about their block."""
    least_messages: int = 5
    """Messages that must show what no network can do, such as a lag below zero."""
    least_late_messages: int = 20
    """Messages that must show a lag which a slow network might have caused,"""
    least_late_blocks: int = 4
    """in at least this many live blocks: two hours."""
    least_fleet: int = 3
    """Vehicles whose live messages tell how fast the network is."""
    unknown_delay_s: float = 30.0
    """Seconds that a message may have been under way where no fleet tells."""
    step_s: float = 60.0
    """Seconds between the floors of blocks in a row beyond which a skew has become another."""


@dataclass(frozen=True, slots=True)
class ClockEpisode:
    """A stretch of time in which a clock was wrong in one way."""

    code: ClockCode
    since_ms: int
    until_ms: int
    """First and last reception that shows it, by the clock of ingest: the device's is wrong."""
    skew_s: float
    """Event times claimed minus true ones: positive if the clock runs ahead. NaN, like its
    uncertainty, where it is not constant: a wrong unit, or a clock that was never set."""
    uncertainty_s: float
    messages: int
    """Seconds of reception that show it."""


@dataclass(frozen=True, slots=True)
class ClockReading:
    """What the reports of one vehicle say about its clock."""

    vehicle_id: str
    state: ClockState
    reason: str
    """Why the state is unknown, else empty."""
    episodes: tuple[ClockEpisode, ...]
