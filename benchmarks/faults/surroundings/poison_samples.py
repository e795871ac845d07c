"""Messages that must be refused, one for every code that can come over the wire."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass

from benchmarks.faults.surroundings.traffic import VEHICLES
from ingest.decoding.bounds import MAX_BURST, MAX_PAYLOAD_BYTES
from ingest.decoding.rejection import RejectionCode

MAX_AGE_DAYS = 30
SETTINGS = {
    "max_age_days": str(MAX_AGE_DAYS),
    "topics": json.dumps(
        [
            {"pattern": "fleet/{vehicle_id}/ping", "dialect": "native"},
            {"pattern": "owntracks/{vehicle_id}/phone", "dialect": "owntracks"},
            {"pattern": "traccar/{vehicle_id}/position", "dialect": "traccar"},
            {"pattern": "fleet/{vehicle_id}/event", "dialect": "event"},
        ]
    ),
}
"""What ingest must be told for all of them to be possible."""

NOT_FROM_THE_WIRE = {
    RejectionCode.RETAINED: "delivered on subscription only; see `benchmarks.faults.rows.poison`",
    RejectionCode.DIALECT_FAILED: "needs a dialect with a mistake in it",
    RejectionCode.NOT_STORABLE: "needs a database that refuses what passed all checks",
    RejectionCode.DEVICE_UNASSIGNED: "needs a devices file with dates; tests/unit/ingest/decoding",
}

_TRUCK = VEHICLES[0]
_TOPIC = f"fleet/{_TRUCK}/ping"
_OTHER_DIALECT = {
    "owntracks": f"owntracks/{_TRUCK}/phone",
    "traccar": f"traccar/{_TRUCK}/position",
    "event": f"fleet/{_TRUCK}/event",
}
_HERE = '"longitude":113.3,"latitude":40.08'
_LARGE = b'"' + b"x" * MAX_PAYLOAD_BYTES + b'"'


@dataclass(frozen=True, slots=True)
class Poison:
    """A message and the code that it must be refused under."""

    code: RejectionCode
    topic: str
    payload: bytes


def _native(text: str) -> Callable[[int], tuple[str, bytes]]:
    """Make a payload of an object's inside, in which NOW stands for the time in milliseconds."""
    return lambda now_ms: (_TOPIC, ("{" + text.replace("NOW", str(now_ms)) + "}").encode())


def _plain(payload: bytes) -> Callable[[int], tuple[str, bytes]]:
    return lambda _: (_TOPIC, payload)


def _elsewhere(topic: str, content: str) -> Callable[[int], tuple[str, bytes]]:
    return lambda now_ms: (topic, content.replace("NOW", str(now_ms)).encode())


_OLD_MS = (MAX_AGE_DAYS + 1) * 86_400_000
_MAKERS: dict[RejectionCode, Callable[[int], tuple[str, bytes]]] = {
    RejectionCode.BAD_TOPIC: _elsewhere("fleet//ping", f'{{"event_time":NOW,{_HERE}}}'),
    RejectionCode.TOO_LARGE: _plain(_LARGE),
    RejectionCode.NOT_UTF8: _plain(b"\xff\xfe\x00"),
    RejectionCode.TOO_DEEP: _plain(b"[" * 5000 + b"]" * 5000),
    RejectionCode.NOT_JSON: _plain("不是JSON".encode()),
    RejectionCode.NOT_AN_OBJECT: _plain(b"3"),
    RejectionCode.EMPTY_BURST: _plain(b"[]"),
    RejectionCode.BURST_TOO_LONG: _plain(json.dumps([0] * (MAX_BURST + 1)).encode()),
    RejectionCode.NOT_A_POSITION: _elsewhere(_OTHER_DIALECT["owntracks"], '{"_type":"lwt"}'),
    RejectionCode.NO_FIX: _elsewhere(
        _OTHER_DIALECT["traccar"], '{"position":{"valid":false},"device":{}}'
    ),
    RejectionCode.VEHICLE_MISMATCH: _native(
        f'"event_time":NOW,{_HERE},"vehicle_id":"{VEHICLES[1]}"'
    ),
    RejectionCode.UNKNOWN_VEHICLE: _elsewhere(
        "fleet/晋B99999/ping", f'{{"event_time":NOW,{_HERE}}}'
    ),
    RejectionCode.MISSING_FIELD: _native('"event_time":NOW,"latitude":40.08'),
    RejectionCode.WRONG_TYPE: _native('"event_time":NOW,"longitude":"113.3","latitude":40.08'),
    RejectionCode.NOT_FINITE: _native('"event_time":NOW,"longitude":NaN,"latitude":40.08'),
    RejectionCode.COORDINATE_OUT_OF_RANGE: _native(
        '"event_time":NOW,"longitude":40.08,"latitude":113.3'
    ),
    RejectionCode.NULL_ISLAND: _native('"event_time":NOW,"longitude":0,"latitude":0'),
    RejectionCode.TIME_WITHOUT_OFFSET: _native(f'"event_time":"2022-03-25T07:00:00",{_HERE}'),
    RejectionCode.TIME_UNREADABLE: _native(f'"event_time":"at noon",{_HERE}'),
    RejectionCode.TIME_BEFORE_2000: _native(f'"event_time":1648191600,{_HERE}'),
    RejectionCode.TIME_IN_FUTURE: lambda now_ms: _native(f'"event_time":NOW,{_HERE}')(
        now_ms + 10_000_000
    ),
    RejectionCode.OUTDATED: lambda now_ms: _native(f'"event_time":NOW,{_HERE}')(now_ms - _OLD_MS),
    RejectionCode.UNKNOWN_KIND: _elsewhere(
        _OTHER_DIALECT["event"], '{"event_time":NOW,"kind":"horn"}'
    ),
    RejectionCode.VALUE_OUT_OF_RANGE: _elsewhere(
        _OTHER_DIALECT["event"], '{"event_time":NOW,"kind":"bin_lift","weight_kg":-1}'
    ),
    RejectionCode.IMPLAUSIBLE: _native('"event_time":NOW,"longitude":13.3,"latitude":52.5'),
}


def samples() -> list[Poison]:
    """Make one message for each code.

    Raises
    ------
    KeyError
        If there is a code that this module does not know.
    """
    missing = set(RejectionCode) - set(_MAKERS) - set(NOT_FROM_THE_WIRE)
    if missing:
        raise KeyError(f"no poison for {', '.join(sorted(missing))}: add it to {__name__}")
    now_ms = time.time_ns() // 1_000_000
    return [Poison(code, *make(now_ms)) for code, make in _MAKERS.items()]
