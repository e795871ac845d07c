"""The event: something that a truck's equipment reports beside its fixes, as a value.

A set of events is a set of contents: two that agree in all that is told are one event, whatever
their order and however often they come. Nothing contests an event, and none changes another.
"""

import hashlib
from enum import StrEnum
from typing import Self

import msgspec


class EventKind(StrEnum):
    """What happened; ``meaning`` says what the reference is."""

    meaning: str

    def __new__(cls, kind: str, meaning: str) -> Self:
        """Make the member `kind` with its documentation."""
        member = str.__new__(cls, kind)
        member._value_ = kind
        member.meaning = meaning
        return member

    BIN_LIFT = "bin_lift", "A bin was lifted; the reference is its tag."
    WEIGHBRIDGE = "weighbridge", "The truck was weighed; the reference is the ticket's number."
    PHOTO = "photo", "A photograph was taken; the reference is its address or number."
    DRIVER_CARD = (
        "driver_card",
        "A driver's card was read. It names a person: that there was one is all that is kept.",
    )


class Event(msgspec.Struct, frozen=True):
    """One event of one vehicle; its time is in milliseconds since 1970 (UTC)."""

    vehicle_id: str
    event_time_ms: int
    kind: EventKind
    longitude: float | None = None
    """Degrees WGS 84; None, as latitude, if the event has no place of its own."""
    latitude: float | None = None
    reference: str | None = None
    """None of a driver's card."""
    weight_kg: float | None = None

    @property
    def id(self) -> bytes:
        """Stands for the whole content, by which the event is known again."""
        content = repr((*msgspec.structs.astuple(self)[:2], str(self.kind), *self._details))
        return hashlib.blake2b(content.encode(), digest_size=16).digest()

    @property
    def _details(self) -> tuple[float | str | None, ...]:
        return self.longitude, self.latitude, self.reference, self.weight_kg


Received = tuple[Event, int]
"""An event and the epoch millisecond of its reception."""
