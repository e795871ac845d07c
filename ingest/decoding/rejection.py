"""Why a message is refused: one code per reason, with the evidence.

Codes of what cannot be taken apart refuse a whole message, which counts as one; every other code
refuses one ping and leaves its neighbours in a burst alone.
"""

import json
from dataclasses import dataclass
from enum import StrEnum
from typing import Self

LONGEST_VALUE = 200
"""Characters of an offending value that are kept."""
LONGEST_PAYLOAD = 16 * 1024
"""Bytes of a refused payload that are kept."""


class RejectionCode(StrEnum):
    """A reason to refuse; ``meaning`` says what it is and what usually causes it."""

    meaning: str

    def __new__(cls, code: str, meaning: str) -> Self:
        """Make the member `code` with its documentation."""
        member = str.__new__(cls, code)
        member._value_ = code
        member.meaning = meaning
        return member

    BAD_TOPIC = (
        "bad_topic",
        (
            "No topic pattern takes the topic, or the vehicle id is empty, longer than 128 "
            "characters, or holds a space, an invisible character or one of / + #."
        ),
    )
    RETAINED = (
        "retained",
        (
            "The broker kept the message and hands it to every new subscriber: it tells where a "
            "vehicle once was, not that it has just reported."
        ),
    )
    TOO_LARGE = ("too_large", "The payload is larger than 256 KiB.")
    NOT_UTF8 = ("not_utf8", "The payload, or a field of a recorded file, is not UTF-8.")
    TOO_DEEP = ("too_deep", "Objects or arrays are nested more than 32 levels deep.")
    NOT_JSON = ("not_json", "The payload is not JSON.")
    NOT_AN_OBJECT = (
        "not_an_object",
        (
            "The JSON is neither an object nor an array, or an element of a burst is no object, or "
            "a row of a CSV file has too few or too many fields, or one that does not end on its "
            "line, or a sentence of NMEA 0183 is torn, or a gateway could not read a frame of "
            "JT/T 808."
        ),
    )
    EMPTY_BURST = ("empty_burst", "The array holds no ping.")
    BURST_TOO_LONG = (
        "burst_too_long",
        "The array holds more than 1,000 pings: a device must send a long buffer in parts.",
    )
    DIALECT_FAILED = (
        "dialect_failed",
        (
            "The dialect of the topic broke down over the message, which is a mistake in the "
            "program; the value names the exception's class."
        ),
    )
    NOT_A_POSITION = (
        "not_a_position",
        "Another kind of message of the dialect: a heartbeat, a last will, an event, telemetry.",
    )
    NO_FIX = ("no_fix", "The device itself says that it had no valid position.")
    VEHICLE_MISMATCH = (
        "vehicle_mismatch",
        "The payload names another vehicle than its topic, and the topic is the authority.",
    )
    DEVICE_UNASSIGNED = (
        "device_unassigned",
        (
            "The devices file lists the device with dates, and says of none of its vehicles that "
            "it was there at event_time."
        ),
    )
    UNKNOWN_VEHICLE = ("unknown_vehicle", "The plan has no such vehicle.")
    MISSING_FIELD = (
        "missing_field",
        (
            "event_time, longitude or latitude, or the vehicle where no topic tells it, is absent, "
            "empty or null; or the kind of an event, or one of its two degrees."
        ),
    )
    UNKNOWN_KIND = (
        "unknown_kind",
        "An event is of no kind that there is: bin_lift, weighbridge, photo, driver_card.",
    )
    WRONG_TYPE = (
        "wrong_type",
        ("Time, place or name has the wrong type: a number in quotes, a truth value for a number."),
    )
    NOT_FINITE = (
        "not_finite",
        (
            "Time or place is NaN or infinite, or too large to be held (1e999): a device without a "
            "fix."
        ),
    )
    COORDINATE_OUT_OF_RANGE = (
        "coordinate_out_of_range",
        (
            "Longitude is outside [-180, 180] or latitude outside [-90, 90]: often the two "
            "swapped, or degrees multiplied by a power of ten."
        ),
    )
    NULL_ISLAND = ("null_island", "Longitude and latitude are both 0: a device without a fix.")
    TIME_WITHOUT_OFFSET = (
        "time_without_offset",
        "event_time names no offset from UTC, so it could be any of many instants.",
    )
    TIME_UNREADABLE = (
        "time_unreadable",
        "event_time, or received_time in a file, is neither RFC 3339 nor epoch milliseconds.",
    )
    TIME_BEFORE_2000 = (
        "time_before_2000",
        (
            "event_time lies before the year 2000: a device clock that was never set, or seconds "
            "sent as milliseconds."
        ),
    )
    TIME_IN_FUTURE = (
        "time_in_future",
        "event_time lies more than 5 minutes after the time of reception, or after 2099.",
    )
    OUTDATED = (
        "outdated",
        "event_time lies further before the time of reception than the setting max_age_days.",
    )
    VALUE_OUT_OF_RANGE = (
        "value_out_of_range",
        (
            "An event has a weight outside [0, 200000) kg, or a reference longer than 200 "
            "characters or with an invisible one. In logs of older versions also: an optional "
            "field of a ping was impossible, which today is left out; pingcheng quarantine release "
            "takes such pings in."
        ),
    )
    IMPLAUSIBLE = (
        "implausible",
        (
            "No vehicle of the fleet can be there or be that fast: the speed is above 70 m/s, or "
            "the fix lies more than 200 km beyond the streets of the plan."
        ),
    )
    NOT_STORABLE = (
        "not_storable",
        "The database refuses it for good. It is kept here so that it does not hold up the rest.",
    )


@dataclass(frozen=True, slots=True)
class Rejection:
    """One refused message or ping, with what proves the refusal."""

    code: RejectionCode
    topic: str
    """MQTT topic; for a recorded file its name and line, ``polls.csv:17``."""
    received_time_ms: int
    key: str
    """The field at fault; empty when it is the message as a whole."""
    value: str
    """The offending value as JSON, at most 200 characters."""
    payload: bytes
    """What was sent, at most its first 16 KiB. Of a burst it is the one refused element, so that it
    can be decoded again by itself."""
    payload_bytes: int
    """How much was sent."""
    vehicle_id: str = ""
    """Whose it would have been; empty if nothing tells."""


def refuse(
    code: RejectionCode,
    topic: str,
    received_time_ms: int,
    payload: bytes,
    *,
    key: str = "",
    value: object = None,
    vehicle_id: str = "",
) -> Rejection:
    """Make a rejection, clipped to what is worth keeping and safe to store as text."""
    return Rejection(
        code=code,
        topic=_storable(topic[:LONGEST_VALUE]),
        received_time_ms=received_time_ms,
        key=key,
        value=_storable(_shown(value)[:LONGEST_VALUE]),
        payload=bytes(payload[:LONGEST_PAYLOAD]),
        payload_bytes=len(payload),
        vehicle_id=_storable(vehicle_id[:LONGEST_VALUE]),
    )


def _shown(value: object) -> str:
    if value is None:
        return ""
    try:
        return json.dumps(value, ensure_ascii=False, default=str)
    except (TypeError, ValueError, RecursionError):  # a dialect may give any value
        return type(value).__name__


def _storable(text: str) -> str:
    """Replace what no database text can hold: NUL and halves of surrogate pairs."""
    return text.replace("\0", "\N{SYMBOL FOR NULL}").encode("utf-8", "replace").decode("utf-8")
