"""The native dialect fast: topics ⇄ vehicles, pings → payloads, sound payloads → pings.

A payload is a JSON object or an array of them, a burst that a device kept while it had no network.
The topic is the authority on the vehicle; fields that a ping does not have are ignored.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Literal

import msgspec
from msgspec import Meta

from ingest.datum import Datum, to_wgs84
from ingest.decoding.acceptance import Acceptance
from ingest.decoding.bounds import (
    EARLIEST_EVENT_MS,
    FASTEST_MPS,
    FUTURE_TOLERANCE_MS,
    LATEST_EVENT_MS,
    MAX_BURST,
    MAX_DEPTH,
    MAX_PAYLOAD_BYTES,
    UNKNOWN_HDOP,
    is_vehicle_id,
)
from ingest.decoding.instant import format_instant, parse_instant
from ingest.ping import Ping
from ingest.tasks import BITS, is_work, mask_of, names_of

TOPIC_FILTER = "fleet/+/ping"
"""What takes the topics of all vehicles."""

_PREFIX, _SUFFIX = "fleet/", "/ping"

_Positive = Annotated[float, Meta(ge=0)]
if TYPE_CHECKING:
    _TaskName = str
else:
    _TaskName = Literal[tuple(BITS)]


class _WirePing(msgspec.Struct, omit_defaults=True, gc=False):
    """A ping as it is written; bounds as in `ingest.decoding.bounds`, checked while decoding."""

    event_time: str | int
    longitude: Annotated[float, Meta(ge=-180, le=180)]
    latitude: Annotated[float, Meta(ge=-90, le=90)]
    vehicle_id: str | None = None
    speed_mps: Annotated[float, Meta(ge=0, le=FASTEST_MPS)] | None = None
    heading_deg: Annotated[float, Meta(ge=0, lt=360)] | None = None
    accuracy_m: _Positive | None = None
    hdop: Annotated[float, Meta(ge=0, lt=UNKNOWN_HDOP)] | None = None
    satellites: Annotated[int, Meta(ge=0, lt=1000)] | None = None
    working: bool | None = None
    tasks: Sequence[_TaskName] | None = None


_decode_one = msgspec.json.Decoder(_WirePing).decode
_decode_burst = msgspec.json.Decoder(list[_WirePing]).decode
_encode = msgspec.json.Encoder().encode


def topic_of(vehicle_id: str) -> str:
    """Name the topic that carries a vehicle's pings.

    Raises
    ------
    ValueError
        If no topic can carry the id.
    """
    if not is_vehicle_id(vehicle_id):
        raise ValueError(f"no MQTT topic can carry the vehicle id {vehicle_id!r}")
    return f"{_PREFIX}{vehicle_id}{_SUFFIX}"


def vehicle_of(topic: str) -> str | None:
    """Read the vehicle's id off a topic; None if it is not a topic of pings."""
    if not (topic.startswith(_PREFIX) and topic.endswith(_SUFFIX)):
        return None
    vehicle_id = topic[len(_PREFIX) : -len(_SUFFIX)]
    return vehicle_id if is_vehicle_id(vehicle_id) else None


def encode(pings: Sequence[Ping]) -> bytes:
    """Write the pings of one vehicle as a payload: an object, or an array if there are several.

    Raises
    ------
    ValueError
        If there is none, more than a burst may hold, or more than one vehicle.
    """
    if not 0 < len(pings) <= MAX_BURST:
        raise ValueError(f"a message holds 1 to {MAX_BURST} pings, not {len(pings)}")
    if any(ping.vehicle_id != pings[0].vehicle_id for ping in pings):
        raise ValueError("a message holds pings of one vehicle only")
    written = [
        _WirePing(
            event_time=format_instant(ping.event_time_ms),
            longitude=ping.longitude,
            latitude=ping.latitude,
            speed_mps=ping.speed_mps,
            heading_deg=ping.heading_deg,
            accuracy_m=ping.accuracy_m,
            hdop=ping.hdop,
            satellites=ping.satellites,
            working=ping.working,
            tasks=None if ping.tasks is None else names_of(ping.tasks),
        )
        for ping in pings
    ]
    return _encode(written[0] if len(written) == 1 else written)


def decode_well_formed(
    payload: bytes,
    vehicle_id: str,
    received_ms: int | None,
    acceptance: Acceptance,
    datum: Datum = Datum.WGS84,
) -> list[Ping] | None:
    """Read a message of a known vehicle that has nothing wrong at all; else None.

    Whether the vehicle is known is for the caller to check.
    """
    written = _read(payload)
    if written is None:
        return None
    earliest_ms, latest_ms = _span(received_ms, acceptance.max_age_ms)
    area, is_shifted = acceptance.area, datum is not Datum.WGS84
    pings: list[Ping] = []
    for one in written:
        instant = one.event_time
        if isinstance(instant, str):
            instant = parse_instant(instant)
        longitude, latitude = one.longitude + 0.0, one.latitude + 0.0  # turns -0.0 into 0.0
        if (
            not isinstance(instant, int)
            or not earliest_ms <= instant <= latest_ms
            or (longitude == 0 and latitude == 0)
            or (one.vehicle_id is not None and one.vehicle_id != vehicle_id)
        ):
            return None
        if is_shifted:
            longitude, latitude = to_wgs84(longitude, latitude, datum)
        if not (
            area.west <= longitude <= area.east and area.south <= latitude <= area.north
            if area is not None
            else -180 <= longitude <= 180 and -90 <= latitude <= 90
        ):
            return None
        working, tasks = one.working, None
        if one.tasks is not None:
            tasks = mask_of(one.tasks)
            working = is_work(tasks)
        speed, heading, accuracy, hdop = one.speed_mps, one.heading_deg, one.accuracy_m, one.hdop
        pings.append(
            Ping(
                vehicle_id=vehicle_id,
                event_time_ms=instant,
                longitude=longitude,
                latitude=latitude,
                speed_mps=None if speed is None else speed + 0.0,
                heading_deg=None if heading is None else heading + 0.0,
                accuracy_m=None if accuracy is None else accuracy + 0.0,
                hdop=None if hdop is None else hdop + 0.0,
                satellites=one.satellites,
                working=working,
                tasks=tasks,
            )
        )
    return pings


def _read(payload: bytes) -> list[_WirePing] | None:
    if len(payload) > MAX_PAYLOAD_BYTES:
        return None
    try:
        written = _decode_burst(payload) if payload[:1] == b"[" else [_decode_one(payload)]
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return None
    count = len(written)
    # a level of nesting needs an opening bracket of its own
    opened = payload.count(b"{") + payload.count(b"[")
    if opened >= count + MAX_DEPTH:
        opened -= sum(one.tasks is not None for one in written)  # these are flat
    return written if 0 < count <= MAX_BURST and opened < count + MAX_DEPTH else None


def _span(received_ms: int | None, max_age_ms: int | None) -> tuple[int, int]:
    """Give the first and last millisecond at which a fix may have been made."""
    if received_ms is None:
        return EARLIEST_EVENT_MS, LATEST_EVENT_MS - 1
    latest_ms = min(received_ms + FUTURE_TOLERANCE_MS, LATEST_EVENT_MS - 1)
    if max_age_ms is None:
        return EARLIEST_EVENT_MS, latest_ms
    return max(received_ms - max_age_ms, EARLIEST_EVENT_MS), latest_ms
