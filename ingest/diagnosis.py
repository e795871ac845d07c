"""Judges one decoded JSON object at a time: a ping, or the first reason why it is none.

This is the meaning of the wire format; `ingest.wire` only has a faster way to the same answer for
well-formed messages. The order of the checks is part of the format: it decides which code an
object with several faults is counted under.
"""

import json
import math
import re
from collections.abc import Container
from typing import Any

from ingest.bounds import (
    LATITUDE_LIMIT_DEG,
    LONGITUDE_LIMIT_DEG,
    MAX_BURST,
    MAX_DEPTH,
    MAX_PAYLOAD_BYTES,
    OPTIONAL_NUMBERS,
)
from ingest.instant import parse_instant, time_fault
from ingest.ping import Ping
from ingest.rejection import Rejection, RejectionCode, refuse

_STRING = re.compile(r'"(?:[^"\\]|\\.)*"?', re.DOTALL)
_NOT_BRACKET = re.compile(r"[^\[\]{}]+")
_LONGEST_INT = 18


class Refused(Exception):  # noqa: N818 - not an error: it carries a code out of nested checks
    """Ends the check of one object."""

    def __init__(self, code: RejectionCode, key: str = "", value: object = None) -> None:
        super().__init__(code, key, value)
        self.code, self.key, self.value = code, key, value


def take_apart(payload: bytes) -> list[Any]:
    """Split a message into the JSON values that each should be a ping.

    Raises
    ------
    Refused
        If the message as a whole cannot be taken apart.
    """
    if len(payload) > MAX_PAYLOAD_BYTES:
        raise Refused(RejectionCode.TOO_LARGE, value=f"{len(payload)} bytes")
    try:
        text = payload.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Refused(RejectionCode.NOT_UTF8, value=f"byte {error.start}") from None
    if _depth(text) > MAX_DEPTH:
        raise Refused(RejectionCode.TOO_DEEP)
    try:
        # parse_constant is left alone: NaN and Infinity get a code that names the field
        content = json.loads(text, parse_int=_parse_int)
    except ValueError as error:
        raise Refused(RejectionCode.NOT_JSON, value=str(error)) from None
    if isinstance(content, dict):
        return [content]
    if not isinstance(content, list):
        raise Refused(RejectionCode.NOT_AN_OBJECT, value=content)
    if not content:
        raise Refused(RejectionCode.EMPTY_BURST)
    if len(content) > MAX_BURST:
        raise Refused(RejectionCode.BURST_TOO_LONG, value=f"{len(content)} elements")
    return content


def _depth(text: str) -> int:
    brackets = _NOT_BRACKET.sub("", _STRING.sub("", text))
    depth = deepest = 0
    for bracket in brackets:
        depth += 1 if bracket in "[{" else -1
        deepest = max(deepest, depth)
    return deepest


def _parse_int(digits: str) -> int | float:
    """Read a number without point; one beyond 64 bits only needs to be told as far too large."""
    return int(digits) if len(digits) <= _LONGEST_INT else float(digits)


def judge(
    element: object, vehicle_id: str, received_ms: int | None, known_vehicles: Container[str] | None
) -> Ping:
    """Make a ping of one JSON value sent for a vehicle.

    Raises
    ------
    Refused
        If it is none; the first fault found is the one told.
    """
    if not isinstance(element, dict):
        raise Refused(RejectionCode.NOT_AN_OBJECT, value=element)
    _check_vehicle(element.get("vehicle_id"), vehicle_id, known_vehicles)
    event_time_ms = _event_time_ms(element.get("event_time"), received_ms)
    longitude = _coordinate(element, "longitude", LONGITUDE_LIMIT_DEG)
    latitude = _coordinate(element, "latitude", LATITUDE_LIMIT_DEG)
    if longitude == 0 and latitude == 0:
        raise Refused(RejectionCode.NULL_ISLAND, "longitude", 0)
    optional = {key: _optional_number(element, key) for key in OPTIONAL_NUMBERS}
    satellites = optional.pop("satellites")
    working = element.get("working")
    if working is not None and not isinstance(working, bool):
        raise Refused(RejectionCode.WRONG_TYPE, "working", working)
    return Ping(
        vehicle_id=vehicle_id,
        event_time_ms=event_time_ms,
        longitude=longitude,
        latitude=latitude,
        satellites=None if satellites is None else int(satellites),
        working=working,
        **optional,
    )


def _check_vehicle(named: object, vehicle_id: str, known_vehicles: Container[str] | None) -> None:
    if named is not None and not isinstance(named, str):
        raise Refused(RejectionCode.WRONG_TYPE, "vehicle_id", named)
    if named is not None and named != vehicle_id:
        raise Refused(RejectionCode.VEHICLE_MISMATCH, "vehicle_id", named)
    if known_vehicles is not None and vehicle_id not in known_vehicles:
        raise Refused(RejectionCode.UNKNOWN_VEHICLE, "vehicle_id", vehicle_id)


def _event_time_ms(value: object, received_ms: int | None) -> int:
    if value is None:
        raise Refused(RejectionCode.MISSING_FIELD, "event_time")
    instant = parse_instant(value) if isinstance(value, str) else _number("event_time", value)
    fault = instant if isinstance(instant, RejectionCode) else time_fault(instant, received_ms)
    if fault is None and isinstance(instant, float) and not instant.is_integer():
        fault = RejectionCode.TIME_UNREADABLE
    if fault is not None:
        raise Refused(fault, "event_time", value)
    return int(instant)


def _number(key: str, value: object) -> int | float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Refused(RejectionCode.WRONG_TYPE, key, value)
    if not math.isfinite(value):
        raise Refused(RejectionCode.NOT_FINITE, key, value)
    return value


def _coordinate(element: dict[str, Any], key: str, limit_deg: float) -> float:
    value = element.get(key)
    if value is None:
        raise Refused(RejectionCode.MISSING_FIELD, key)
    degrees = _number(key, value)
    if abs(degrees) > limit_deg:
        raise Refused(RejectionCode.COORDINATE_OUT_OF_RANGE, key, value)
    return degrees + 0.0  # turns -0.0 into 0.0


def _optional_number(element: dict[str, Any], key: str) -> float | None:
    value = element.get(key)
    if value is None:
        return None
    number, bound = _number(key, value), OPTIONAL_NUMBERS[key]
    if bound.integral and number != int(number):
        raise Refused(RejectionCode.WRONG_TYPE, key, value)
    if not 0 <= number < bound.below:
        raise Refused(RejectionCode.VALUE_OUT_OF_RANGE, key, value)
    return number + 0.0


def diagnose(
    payload: bytes,
    vehicle_id: str,
    topic: str,
    received_ms: int,
    known_vehicles: Container[str] | None,
) -> tuple[list[Ping], list[Rejection]]:
    """Give the pings of one message and why the rest of it is refused, in the order sent."""
    try:
        elements = take_apart(payload)
    except Refused as refused:
        return [], [
            refuse(refused.code, topic, received_ms, payload, key=refused.key, value=refused.value)
        ]
    pings: list[Ping] = []
    rejections: list[Rejection] = []
    for element in elements:
        try:
            pings.append(judge(element, vehicle_id, received_ms, known_vehicles))
        except Refused as refused:
            shown = payload if len(elements) == 1 else _as_sent(element)
            rejections.append(
                refuse(refused.code, topic, received_ms, shown, key=refused.key,
                       value=refused.value)
            )  # fmt: skip
    return pings, rejections


def _as_sent(element: object) -> bytes:
    return json.dumps(element, ensure_ascii=False).encode("utf-8", "replace")
