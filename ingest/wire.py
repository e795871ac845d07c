"""Topics and payloads ⇄ pings: native JSON on ``fleet/{vehicle_id}/ping``.

A payload is a JSON object or an array of them, a burst that a device kept while it had no network.
The topic is the authority on the vehicle; fields that a ping does not have are ignored.
"""

from collections.abc import Container, Sequence
from typing import Annotated

import msgspec
from msgspec import Meta

from ingest.bounds import MAX_BURST, MAX_DEPTH, MAX_PAYLOAD_BYTES, is_vehicle_id
from ingest.diagnosis import diagnose
from ingest.instant import format_instant, parse_instant, time_fault
from ingest.ping import Ping
from ingest.rejection import Rejection, RejectionCode, refuse

TOPIC_FILTER = "fleet/+/ping"
"""What ingest subscribes to."""

_PREFIX, _SUFFIX = "fleet/", "/ping"

Positive = Annotated[float, Meta(ge=0)]


class _WirePing(msgspec.Struct, omit_defaults=True):
    """A ping as it is written; bounds as in `ingest.bounds`, checked while decoding."""

    event_time: str | int
    longitude: Annotated[float, Meta(ge=-180, le=180)]
    latitude: Annotated[float, Meta(ge=-90, le=90)]
    vehicle_id: str | None = None
    speed_mps: Positive | None = None
    heading_deg: Annotated[float, Meta(ge=0, lt=360)] | None = None
    accuracy_m: Positive | None = None
    hdop: Positive | None = None
    satellites: Annotated[int, Meta(ge=0, lt=1000)] | None = None
    working: bool | None = None


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
        )
        for ping in pings
    ]
    return _encode(written[0] if len(written) == 1 else written)


def decode(
    topic: str, payload: bytes, received_ms: int, known_vehicles: Container[str] | None
) -> tuple[list[Ping], list[Rejection]]:
    """Read one message.

    Every ping it was meant to hold is in one of the two lists; a message that cannot be taken
    apart is one rejection. `known_vehicles` None takes any vehicle.
    """
    vehicle_id = vehicle_of(topic)
    if vehicle_id is None:
        refused = refuse(
            RejectionCode.BAD_TOPIC, topic, received_ms, payload, key="topic", value=topic
        )
        return [], [refused]
    pings = decode_well_formed(payload, vehicle_id, received_ms, known_vehicles)
    if pings is not None:
        return pings, []
    return diagnose(payload, vehicle_id, topic, received_ms, known_vehicles)


def decode_well_formed(
    payload: bytes, vehicle_id: str, received_ms: int | None, known_vehicles: Container[str] | None
) -> list[Ping] | None:
    """Read a message that has nothing wrong at all; None if there is anything to look into."""
    if len(payload) > MAX_PAYLOAD_BYTES or (
        known_vehicles is not None and vehicle_id not in known_vehicles
    ):
        return None
    try:
        written = _decode_burst(payload) if payload[:1] == b"[" else [_decode_one(payload)]
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return None
    opened = payload.count(b"{") + payload.count(b"[")
    if not 0 < len(written) <= MAX_BURST or opened >= len(written) + MAX_DEPTH:
        return None
    pings = [_ping(one, vehicle_id, received_ms) for one in written]
    return None if None in pings else pings  # type: ignore[return-value]


def _ping(written: _WirePing, vehicle_id: str, received_ms: int | None) -> Ping | None:
    instant = written.event_time
    if isinstance(instant, str):
        instant = parse_instant(instant)
    if (
        isinstance(instant, RejectionCode)
        or time_fault(instant, received_ms) is not None
        or (written.longitude == 0 and written.latitude == 0)
        or written.vehicle_id not in {None, vehicle_id}
    ):
        return None
    return Ping(
        vehicle_id=vehicle_id,
        event_time_ms=instant,
        longitude=written.longitude + 0.0,  # turns -0.0 into 0.0
        latitude=written.latitude + 0.0,
        speed_mps=_unsigned(written.speed_mps),
        heading_deg=_unsigned(written.heading_deg),
        accuracy_m=_unsigned(written.accuracy_m),
        hdop=_unsigned(written.hdop),
        satellites=written.satellites,
        working=written.working,
    )


def _unsigned(number: float | None) -> float | None:
    return None if number is None else number + 0.0
