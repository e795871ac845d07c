"""NDJSON files of pings, line by line through the very checks of the wire."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

import msgspec
import pandas as pd

from ingest.decoding.acceptance import Acceptance
from ingest.decoding.bounds import MAX_PAYLOAD_BYTES, is_vehicle_id
from ingest.decoding.diagnosis import Refused, judge
from ingest.decoding.dialects.json_payload import elements_of, read_json
from ingest.decoding.instant import parse_instant
from ingest.decoding.rejection import Rejection, RejectionCode, refuse
from ingest.decoding.wire import decode_well_formed
from ingest.ping import RECEIVED_COLUMN, Ping
from ingest.ping_frame import as_instants, frame_of
from ingest.tasks import mask_of_text, names_of


class _LineHead(msgspec.Struct):
    """What a line tells beside the ping itself."""

    vehicle_id: str
    received_time: str | int | None = None


class _LineName(msgspec.Struct):
    vehicle_id: str


_decode_head = msgspec.json.Decoder(_LineHead).decode
_decode_name = msgspec.json.Decoder(_LineName).decode
_UNKNOWN_MS = int(pd.NaT.value)


def check_lines(
    lines: Iterable[bytes],
    name: str,
    acceptance: Acceptance,
    received_ms: int | None,
    ignored: Counter[str] | None = None,
) -> tuple[pd.DataFrame, tuple[Rejection, ...]]:
    """Read JSON objects, one a line; blank lines are skipped.

    Returns the pings, with ``received_time`` if any line tells it, and the refused lines. Fields
    that are left out of pings are counted in `ignored`.
    """
    pings: list[Ping] = []
    receptions: list[int | None] = []
    rejections: list[Rejection] = []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            ping, reception = _read(line, acceptance, received_ms, ignored)
        except Refused as refused:
            rejections.append(
                refuse(refused.code, f"{name}:{number}", received_ms or 0, line,
                       key=refused.key, value=refused.value, vehicle_id=_named(line))
            )  # fmt: skip
            continue
        pings.append(ping)
        receptions.append(reception)
    frame = frame_of(pings)
    if any(reception is not None for reception in receptions):
        frame[RECEIVED_COLUMN] = as_instants(
            [_UNKNOWN_MS if reception is None else reception for reception in receptions]
        )
    return frame, tuple(rejections)


def _named(line: bytes) -> str:
    """Give the vehicle that a refused line names, if it can be told at all."""
    try:
        named = _decode_name(line).vehicle_id
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return ""
    return named if is_vehicle_id(named) else ""


def _read(
    line: bytes, acceptance: Acceptance, received_ms: int | None, ignored: Counter[str] | None
) -> tuple[Ping, int | None]:
    try:
        head = _decode_head(line)
        reception = _reception(head.received_time)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, Refused):
        return _diagnose(line, acceptance, received_ms, ignored)
    latest = received_ms if reception is None else reception
    known = acceptance.vehicles
    pings = (
        decode_well_formed(line, head.vehicle_id, latest, acceptance)
        if is_vehicle_id(head.vehicle_id) and (known is None or head.vehicle_id in known)
        else None
    )
    return (pings[0], reception) if pings else _diagnose(line, acceptance, received_ms, ignored)


def _diagnose(
    line: bytes, acceptance: Acceptance, received_ms: int | None, ignored: Counter[str] | None
) -> tuple[Ping, int | None]:
    """Take a line the long way, which gives the reason if it is refused."""
    if len(line) > MAX_PAYLOAD_BYTES:
        raise Refused(RejectionCode.TOO_LARGE, value=f"{len(line)} bytes")
    element = elements_of(read_json(line))[0]
    if not isinstance(element, dict) or line.lstrip().startswith(b"["):
        raise Refused(RejectionCode.NOT_AN_OBJECT, value=element)
    vehicle_id = element.get("vehicle_id")
    if vehicle_id is None or vehicle_id == "":
        raise Refused(RejectionCode.MISSING_FIELD, "vehicle_id")
    if not isinstance(vehicle_id, str):
        raise Refused(RejectionCode.WRONG_TYPE, "vehicle_id", vehicle_id)
    if not is_vehicle_id(vehicle_id):
        raise Refused(RejectionCode.BAD_TOPIC, "vehicle_id", vehicle_id)
    fault = reception = None
    try:
        reception = _reception(element.get(RECEIVED_COLUMN))
    except Refused as refused:
        fault = refused
    latest = received_ms if reception is None else reception
    left_out: Counter[str] = Counter()
    ping = judge(element, vehicle_id, latest, acceptance, ignored=left_out)
    if fault is not None:  # the faults of the fix itself come first
        raise fault
    if ignored is not None:
        ignored += left_out
    return ping, reception


def _reception(value: object) -> int | None:
    if value is None:
        return None
    instant = parse_instant(value) if isinstance(value, str) else value
    if isinstance(instant, RejectionCode):
        raise Refused(instant, RECEIVED_COLUMN, value)
    # years 1 to 9999, like text
    if not isinstance(instant, int) or isinstance(instant, bool) or abs(instant) >= 10**14 * 2.5:
        raise Refused(RejectionCode.TIME_UNREADABLE, RECEIVED_COLUMN, value)
    return instant


def write_lines(pings: pd.DataFrame) -> bytes:
    """Write a frame whose instants are text as one JSON object a line, without missing values."""
    columns = [_json_values(name, pings[name]) for name in pings.columns]
    rows = zip(*columns, strict=True)
    return msgspec.json.Encoder().encode_lines(
        [
            {name: value for name, value in zip(pings.columns, row, strict=True)
             if value is not None}
            for row in rows
        ]
    )  # fmt: skip


def _json_values(name: str, column: pd.Series) -> list[Any]:
    values = column.astype(object).where(column.notna(), None).tolist()
    if name == "working":
        return [None if value is None else value == "true" for value in values]
    if name == "tasks":
        return [None if value is None else names_of(mask_of_text(value) or 0) for value in values]
    return values
