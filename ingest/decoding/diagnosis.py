"""Judges one object at a time: a ping, or the first reason why it is none.

This is the meaning of the wire format; `ingest.decoding.wire` only has a faster way to the same
answer for well-formed messages of the native dialect. The order of the checks is part of the
format: it decides which code an object with several faults is counted under.
"""

import math
from collections.abc import Container
from typing import Any

from ingest.decoding.acceptance import Acceptance, Area
from ingest.decoding.bounds import (
    FASTEST_MPS,
    LATITUDE_LIMIT_DEG,
    LONGITUDE_LIMIT_DEG,
    OPTIONAL_NUMBERS,
)
from ingest.decoding.datum import Datum, to_wgs84
from ingest.decoding.instant import parse_instant, time_fault
from ingest.decoding.rejection import RejectionCode
from ingest.ping import Ping


class Refused(Exception):  # noqa: N818 - not an error: it carries a code out of nested checks
    """Ends the check of one object."""

    def __init__(self, code: RejectionCode, key: str = "", value: object = None) -> None:
        super().__init__(code, key, value)
        self.code, self.key, self.value = code, key, value


def judge(
    fields: dict[str, Any],
    vehicle_id: str,
    received_ms: int | None,
    acceptance: Acceptance,
    datum: Datum = Datum.WGS84,
) -> Ping:
    """Make a ping of a vehicle out of the fields of the native dialect.

    `datum` is what longitude and latitude are in.

    Raises
    ------
    Refused
        If it is none; the first fault found is the one told.
    """
    check_known(vehicle_id, acceptance.vehicles)
    event_time_ms = _event_time_ms(fields.get("event_time"), received_ms, acceptance.max_age_ms)
    longitude = _coordinate(fields, "longitude", LONGITUDE_LIMIT_DEG)
    latitude = _coordinate(fields, "latitude", LATITUDE_LIMIT_DEG)
    if longitude == 0 and latitude == 0:
        raise Refused(RejectionCode.NULL_ISLAND, "longitude", 0)
    optional = {key: _optional_number(fields, key) for key in OPTIONAL_NUMBERS}
    satellites = optional.pop("satellites")
    working = fields.get("working")
    if working is not None and not isinstance(working, bool):
        raise Refused(RejectionCode.WRONG_TYPE, "working", working)
    speed_mps = optional["speed_mps"]
    if speed_mps is not None and speed_mps > FASTEST_MPS:
        raise Refused(RejectionCode.IMPLAUSIBLE, "speed_mps", speed_mps)
    longitude, latitude = to_wgs84(longitude, latitude, datum)
    _check_place(longitude, latitude, acceptance.area)
    return Ping(
        vehicle_id=vehicle_id,
        event_time_ms=event_time_ms,
        longitude=longitude,
        latitude=latitude,
        satellites=None if satellites is None else int(satellites),
        working=working,
        **optional,
    )


def check_known(vehicle_id: str, known_vehicles: Container[str] | None) -> None:
    """Refuse a vehicle that the plan does not have.

    Raises
    ------
    Refused
        If it is none of `known_vehicles`; None knows any.
    """
    if known_vehicles is not None and vehicle_id not in known_vehicles:
        raise Refused(RejectionCode.UNKNOWN_VEHICLE, "vehicle_id", vehicle_id)


def _event_time_ms(value: object, received_ms: int | None, max_age_ms: int | None) -> int:
    if value is None:
        raise Refused(RejectionCode.MISSING_FIELD, "event_time")
    instant = parse_instant(value) if isinstance(value, str) else _number("event_time", value)
    if isinstance(instant, RejectionCode):
        raise Refused(instant, "event_time", value)
    fault = time_fault(instant, received_ms)
    if fault is None and not float(instant).is_integer():
        fault = RejectionCode.TIME_UNREADABLE
    if fault is not None:
        raise Refused(fault, "event_time", value)
    if max_age_ms is not None and received_ms is not None and instant < received_ms - max_age_ms:
        raise Refused(RejectionCode.OUTDATED, "event_time", value)
    return int(instant)


def _number(key: str, value: object) -> int | float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Refused(RejectionCode.WRONG_TYPE, key, value)
    if not math.isfinite(value):
        raise Refused(RejectionCode.NOT_FINITE, key, value)
    return value


def _coordinate(fields: dict[str, Any], key: str, limit_deg: float) -> float:
    value = fields.get(key)
    if value is None:
        raise Refused(RejectionCode.MISSING_FIELD, key)
    degrees = _number(key, value)
    if abs(degrees) > limit_deg:
        raise Refused(RejectionCode.COORDINATE_OUT_OF_RANGE, key, value)
    return degrees + 0.0  # turns -0.0 into 0.0


def _optional_number(fields: dict[str, Any], key: str) -> float | None:
    value = fields.get(key)
    if value is None:
        return None
    number, bound = _number(key, value), OPTIONAL_NUMBERS[key]
    if bound.integral and number != int(number):
        raise Refused(RejectionCode.WRONG_TYPE, key, value)
    if not 0 <= number < bound.below:
        raise Refused(RejectionCode.VALUE_OUT_OF_RANGE, key, value)
    return number + 0.0


def _check_place(longitude: float, latitude: float, area: Area | None) -> None:
    if abs(longitude) > LONGITUDE_LIMIT_DEG:  # a shift may carry it across the date line
        raise Refused(RejectionCode.COORDINATE_OUT_OF_RANGE, "longitude", longitude)
    if abs(latitude) > LATITUDE_LIMIT_DEG:
        raise Refused(RejectionCode.COORDINATE_OUT_OF_RANGE, "latitude", latitude)
    if area is None:
        return
    if not area.west <= longitude <= area.east:
        raise Refused(RejectionCode.IMPLAUSIBLE, "longitude", longitude)
    if not area.south <= latitude <= area.north:
        raise Refused(RejectionCode.IMPLAUSIBLE, "latitude", latitude)
