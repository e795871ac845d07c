"""The table ``[alerts]`` of the settings: what is said of a day in progress, when and to whom."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Literal, Self
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator

SECRET_KEYS = frozenset({"channels", "escalation"})
"""Keys whose values are never shown: an URL of a channel is a password."""
_QUIET_HOURS = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)")


class AlertKind(StrEnum):
    """What may be said of a day in progress."""

    AT_RISK = "at_risk"
    LATE_START = "late_start"
    WINDOW_MISSED = "window_missed"
    TRACKING_LOST = "tracking_lost"


@dataclass(frozen=True, slots=True)
class QuietHours:
    """A stretch of every local day; from 22:00 to 06:00 it goes over midnight."""

    from_min: int
    """Minutes after local midnight."""
    to_min: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read ``22:00-06:00``.

        Raises
        ------
        ValueError
            If it is not written so, or is a whole day.
        """
        found = _QUIET_HOURS.fullmatch(text)
        if found is None or found[1] + found[2] == found[3] + found[4]:
            raise ValueError('write two different times such as "22:00-06:00"')
        hour, minute, to_hour, to_minute = map(int, found.groups())
        return cls(60 * hour + minute, 60 * to_hour + to_minute)

    def hold(self, minute: int) -> bool:
        """Whether a minute of the local day lies in them."""
        if self.from_min < self.to_min:
            return self.from_min <= minute < self.to_min
        return minute >= self.from_min or minute < self.to_min


class AlertSettings(BaseModel):
    """What is said, when and to whom."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    channels: tuple[SecretStr, ...] = ()
    """Apprise URLs of those who are told."""
    escalation: tuple[SecretStr, ...] = ()
    """Apprise URLs of those who are told if nobody acknowledges; none takes `channels`."""
    mqtt: bool = False
    """Whether alerts are also published to the setting broker, as ``alerts/{kind}/{grid}``."""
    broker_username: str | None = None
    """Who the alerter is at the broker."""
    broker_password_file: Path | None = None
    """A file whose first line is its password."""
    broker_certificate: Path | None = None
    """The certificate that it shows the broker."""
    broker_key: Path | None = None
    """The private key of that certificate."""
    language: Literal["zh", "en"] = "zh"
    kinds: tuple[AlertKind, ...] = tuple(AlertKind)
    """What is said at all."""
    urgent: tuple[AlertKind, ...] = ()
    """What does not wait for the end of the quiet hours."""
    quiet_hours: str = ""
    """In the plan's time zone, such as ``22:00-06:00``; empty for none."""
    hold_min: float = Field(default=3.0, ge=0, le=120)
    """Minutes a condition must hold before it is said; `window_missed` is said at once."""
    clear_min: float = Field(default=5.0, ge=0, le=120)
    """Minutes a condition must be gone before the alert has ended."""
    silent_min: float = Field(default=10.0, ge=1, le=240)
    """Minutes without a fix before a vehicle is lost."""
    escalate_min: float = Field(default=20.0, ge=0, le=1440)
    """Minutes from saying an alert to escalating it, unless acknowledged; 0 for never."""
    say_ended: bool = False
    """Whether the end of an alert is said."""
    digest_above: int = Field(default=5, ge=1, le=100)
    """More alerts than this at one instant are said in one message."""
    timeout_s: float = Field(default=15.0, gt=0, le=120)
    """Seconds a channel may take."""

    @field_validator("quiet_hours")
    @classmethod
    def _are_hours(cls, value: str) -> str:
        if value:
            QuietHours.parse(value)
        return value

    def hold_ms(self, kind: AlertKind) -> int:
        """Give how long a condition must hold before it is raised."""
        return 0 if kind is AlertKind.WINDOW_MISSED else round(self.hold_min * 60_000)

    @property
    def clear_ms(self) -> int:
        """`clear_min` in milliseconds."""
        return round(self.clear_min * 60_000)

    @property
    def silent_ms(self) -> int:
        """`silent_min` in milliseconds."""
        return round(self.silent_min * 60_000)

    def may_say(self, kind: AlertKind, now_ms: int, zone: ZoneInfo) -> bool:
        """Whether a kind may be said at an instant."""
        if not self.quiet_hours or kind in self.urgent:
            return True
        local = datetime.fromtimestamp(now_ms / 1000, UTC).astimezone(zone)
        return not QuietHours.parse(self.quiet_hours).hold(60 * local.hour + local.minute)
