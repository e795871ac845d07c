"""Judges one event at a time, and takes out of what was sent what may name a person.

Time, place and vehicle are held to the bounds of a ping. The order of the checks is part of the
format, as it is for pings.
"""

from typing import Any

from ingest.datum import Datum
from ingest.decoding.acceptance import Acceptance
from ingest.decoding.diagnosis import (
    Refused,
    check_known,
    finite_number,
    judge_place,
    judge_time,
)
from ingest.decoding.rejection import RejectionCode
from ingest.event import Event, EventKind

LONGEST_REFERENCE = 200
HEAVIEST_KG = 200_000.0
"""No road takes a heavier truck."""
_KINDS = {str(kind): kind for kind in EventKind}
_OF_THINGS = frozenset(_KINDS) - {EventKind.DRIVER_CARD}
_ABOUT_NOBODY = ("vehicle_id", "event_time", "kind", "longitude", "latitude")
_FIELDS = (*_ABOUT_NOBODY, "reference", "weight_kg")


def judge_event(
    fields: dict[str, Any],
    vehicle_id: str,
    received_ms: int | None,
    acceptance: Acceptance,
    datum: Datum = Datum.WGS84,
) -> Event:
    """Make an event of a vehicle out of the fields of the event dialect.

    Raises
    ------
    Refused
        If it is none; the first fault found is the one told.
    """
    check_known(vehicle_id, acceptance.vehicles)
    event_time_ms = judge_time(fields, received_ms, acceptance)
    kind = _kind(fields.get("kind"))
    longitude, latitude = judge_place(fields, acceptance, datum) or (None, None)
    is_of_person = kind is EventKind.DRIVER_CARD
    return Event(
        vehicle_id=vehicle_id,
        event_time_ms=event_time_ms,
        kind=kind,
        longitude=longitude,
        latitude=latitude,
        reference=None if is_of_person else _reference(fields.get("reference")),
        weight_kg=None if is_of_person else _weight_kg(fields.get("weight_kg")),
    )


def without_people(element: object) -> dict[str, Any] | None:
    """Leave of an element what is documented and names nobody; None of what is no object.

    The reference stays only where the kind says that it is no person's: whoever misspells
    ``driver_card`` sends a card all the same.
    """
    if not isinstance(element, dict):
        return None
    kind = element.get("kind")
    is_of_thing = isinstance(kind, str) and kind in _OF_THINGS
    return {name: element[name] for name in (_FIELDS if is_of_thing else _ABOUT_NOBODY)
            if name in element}  # fmt: skip


def _kind(value: object) -> EventKind:
    if value is None:
        raise Refused(RejectionCode.MISSING_FIELD, "kind")
    if not isinstance(value, str):
        raise Refused(RejectionCode.WRONG_TYPE, "kind", value)
    if value not in _KINDS:
        raise Refused(RejectionCode.UNKNOWN_KIND, "kind", value)
    return _KINDS[value]


def _reference(value: object) -> str | None:
    if value is None or value == "":
        return None
    if not isinstance(value, str):
        raise Refused(RejectionCode.WRONG_TYPE, "reference", value)
    if len(value) > LONGEST_REFERENCE or not value.isprintable():
        raise Refused(RejectionCode.VALUE_OUT_OF_RANGE, "reference", value)
    return value


def _weight_kg(value: object) -> float | None:
    if value is None:
        return None
    weight_kg = finite_number("weight_kg", value)
    if not 0 <= weight_kg < HEAVIEST_KG:
        raise Refused(RejectionCode.VALUE_OUT_OF_RANGE, "weight_kg", value)
    return weight_kg + 0.0
