"""Requests of trackers to the HTTP gateway: sound ones of each protocol, and poison."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlencode

from ingest.ping import Ping

SETTINGS = {
    "topics": json.dumps(
        [
            {"pattern": "gateway/osmand", "dialect": "osmand"},
            {"pattern": "gateway/traccar", "dialect": "traccar"},
            {"pattern": "owntracks/+/{vehicle_id}", "dialect": "owntracks"},
        ]
    )
}
"""What ingest must be told to hear all of them."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A request, and what is to come of it."""

    target: str
    body: bytes = b""
    status: int = 200
    code: str = ""
    """Under which ingest keeps it, or the gateway refuses it; empty if it is a ping."""


def osmand(ping: Ping, **changes: str) -> Asked:
    """Write a ping as the parameters of a request."""
    fix = {
        "id": ping.vehicle_id,
        "lat": repr(ping.latitude),
        "lon": repr(ping.longitude),
        "timestamp": str(ping.event_time_ms),
    }
    return Asked(f"/osmand?{urlencode(fix | changes)}")


def traccar(ping: Ping, **changes: object) -> Asked:
    """Write a ping as Traccar forwards it."""
    when = datetime.fromtimestamp(ping.event_time_ms / 1000, UTC)
    position = {
        "fixTime": when.isoformat(timespec="milliseconds"),
        "latitude": ping.latitude,
        "longitude": ping.longitude,
        "valid": True,
    }
    sent = {"position": position | changes, "device": {"uniqueId": ping.vehicle_id}}
    return Asked("/traccar", json.dumps(sent).encode())


def owntracks(ping: Ping, **changes: object) -> Asked:
    """Write a ping as an OwnTracks app posts it; of its time the seconds."""
    sent = {
        "_type": "location",
        "tst": ping.event_time_ms // 1000,
        "lat": ping.latitude,
        "lon": ping.longitude,
    }
    target = f"/owntracks?{urlencode({'u': 'fleet', 'd': ping.vehicle_id})}"
    return Asked(target, json.dumps(sent | changes).encode())


PROTOCOLS: Sequence[Callable[[Ping], Asked]] = (osmand, traccar, owntracks)


def poison(ping: Ping) -> list[Asked]:
    """Give what can never be read, and what is read and cannot be used."""

    def kept(asked: Asked, code: str) -> Asked:
        return Asked(asked.target, asked.body, 200, code)

    return [
        Asked("/osmand?lat=1", b"", 400, "missing_field"),
        Asked("/osmand?id=%ff", b"", 400, "not_utf8"),
        Asked("/traccar", b"{", 400, "not_json"),
        Asked("/traccar", b"[" * 40 + b"]" * 40, 400, "too_deep"),
        Asked("/traccar", b"[]", 400, "not_an_object"),
        Asked("/traccar", b" " * 70_000, 413, "too_large"),
        Asked("/owntracks?u=a&d=x%20y", b"{}", 400, "bad_topic"),
        Asked("/nowhere", b"", 404, "not_found"),
        kept(osmand(ping, lat="95"), "coordinate_out_of_range"),
        kept(osmand(ping, lat="x"), "wrong_type"),
        kept(osmand(ping, timestamp="yesterday"), "time_unreadable"),
        kept(osmand(ping, id="nobody"), "unknown_vehicle"),
        kept(traccar(ping, valid=False), "no_fix"),
        kept(traccar(ping, longitude=None), "missing_field"),
        kept(owntracks(ping, _type="lwt"), "not_a_position"),
        kept(owntracks(ping, lat=0, lon=0), "null_island"),
    ]
