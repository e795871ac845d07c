"""Judges one object at a time: a ping, or the first reason why it is none.

This is the meaning of the wire format; `ingest.decoding.wire` only has a faster way to the same
answer for well-formed messages of the native dialect. The order of the checks is part of the
format: it decides which code an object with several faults is counted under.
"""

import math
from collections import Counter
from collections.abc import Container
from typing import Any

from ingest.datum import Datum, to_wgs84
from ingest.decoding.acceptance import Acceptance, Area
from ingest.decoding.bounds import (
    FASTEST_MPS,
    LATITUDE_LIMIT_DEG,
    LONGITUDE_LIMIT_DEG,
    OPTIONAL_NUMBERS,
)
from ingest.decoding.instant import parse_instant, time_fault
from ingest.decoding.rejection import RejectionCode
from ingest.ping import Ping
from ingest.tasks import is_work, mask_of


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
    ignored: Counter[str] | None = None,
) -> Ping:
    """Make a ping of a vehicle out of the fields of the native dialect.

    `datum` is what longitude and latitude are in. An optional field that tells nothing which can
    be is left out, and counted in `ignored` if it is a ping all the same.

    Raises
    ------
    Refused
        If it is none; the first fault found is the one told.
    """
    check_known(vehicle_id, acceptance.vehicles)
    event_time_ms = judge_time(fields, received_ms, acceptance)
    longitude = _coordinate(fields, "longitude", LONGITUDE_LIMIT_DEG)
    latitude = _coordinate(fields, "latitude", LATITUDE_LIMIT_DEG)
    if longitude == 0 and latitude == 0:
        raise Refused(RejectionCode.NULL_ISLAND, "longitude", 0)
    optional = {key: _optional_number(fields, key) for key in OPTIONAL_NUMBERS}
    working = fields.get("working")
    if not isinstance(working, bool):
        working = None
    tasks = _tasks(fields.get("tasks"))
    told = {**optional, "working": working, "tasks": tasks}
    satellites = optional.pop("satellites")
    if tasks is not None:
        working = is_work(tasks)
    speed_mps = optional["speed_mps"]
    if speed_mps is not None and speed_mps > FASTEST_MPS:
        raise Refused(RejectionCode.IMPLAUSIBLE, "speed_mps", speed_mps)
    longitude, latitude = to_wgs84(longitude, latitude, datum)
    _check_place(longitude, latitude, acceptance.area)
    if ignored is not None:
        ignored.update(
            key for key, kept in told.items() if kept is None and fields.get(key) is not None
        )
    return Ping(
        vehicle_id=vehicle_id,
        event_time_ms=event_time_ms,
        longitude=longitude,
        latitude=latitude,
        satellites=None if satellites is None else int(satellites),
        working=working,
        tasks=tasks,
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
    """Give an optional number; None where nothing is told, or nothing that can be."""
    value, bound = fields.get(key), OPTIONAL_NUMBERS[key]
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    if bound.wraps and value == bound.below:
        return 0.0
    if not 0 <= value < bound.below or (bound.integral and value != int(value)):
        return None
    return value + 0.0


def _tasks(value: object) -> int | None:
    if not isinstance(value, list | tuple) or not all(isinstance(name, str) for name in value):
        return None
    try:
        return mask_of(value)
    except KeyError:  # what a part of a set tells is not what was meant
        return None


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


def judge_time(fields: dict[str, Any], received_ms: int | None, acceptance: Acceptance) -> int:
    """Read ``event_time`` as that of a ping is read: epoch milliseconds.

    Raises
    ------
    Refused
        If it is none that can be taken.
    """
    return _event_time_ms(fields.get("event_time"), received_ms, acceptance.max_age_ms)


def judge_place(
    fields: dict[str, Any], acceptance: Acceptance, datum: Datum
) -> tuple[float, float] | None:
    """Read longitude and latitude as those of a ping are read, in degrees WGS 84.

    None if both are absent, or 0, which is what a receiver without a fix tells.

    Raises
    ------
    Refused
        If they are no place that can be taken.
    """
    if fields.get("longitude") is None and fields.get("latitude") is None:
        return None
    longitude = _coordinate(fields, "longitude", LONGITUDE_LIMIT_DEG)
    latitude = _coordinate(fields, "latitude", LATITUDE_LIMIT_DEG)
    if longitude == 0 and latitude == 0:
        return None
    longitude, latitude = to_wgs84(longitude, latitude, datum)
    _check_place(longitude, latitude, acceptance.area)
    return longitude, latitude


def finite_number(key: str, value: object) -> int | float:
    """Give a number that is one.

    Raises
    ------
    Refused
        If it is of another type, NaN or infinite.
    """
    return _number(key, value)
