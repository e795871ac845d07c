"""Recorded files of events beside fixes: line by line through the checks of the wire."""

import csv
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Any

from ingest.decoding.acceptance import Acceptance
from ingest.decoding.bounds import MAX_PAYLOAD_BYTES, is_vehicle_id
from ingest.decoding.diagnosis import Refused
from ingest.decoding.dialects.dialect import an_object, write_json
from ingest.decoding.dialects.json_payload import read_json
from ingest.decoding.event_check import judge_event, without_people
from ingest.decoding.rejection import Rejection, RejectionCode, refuse
from ingest.event import Event
from ingest.fault import PingFileError
from ingest.files.formats.packing import ARCHIVES, UNREADABLE, reason_of, unpack
from ingest.files.formats.text_encoding import to_utf8
from ingest.files.kinds import kind_of

REQUIRED = ("vehicle_id", "event_time", "kind")
_NUMBERS = ("longitude", "latitude", "weight_kg")
Line = tuple[int, dict[str, Any] | RejectionCode]
"""Its number, and what it holds or why it cannot be taken apart."""


@dataclass(frozen=True, slots=True)
class EventFile:
    """What a file holds."""

    events: tuple[Event, ...]
    rejections: tuple[Rejection, ...]


def read_event_file(path: Path, acceptance: Acceptance, received_ms: int) -> EventFile:
    """Read a file of events by its suffix; ``.gz`` may follow, and ``.zip`` holds any of them.

    A line names its vehicle, and its place is in WGS 84. Nothing is kept of what may name a person.

    Raises
    ------
    PingFileError
        If the file cannot be read as events at all, such as for want of a column.
    """
    events: list[Event] = []
    rejections: list[Rejection] = []
    try:
        for member, content in unpack(path):
            is_archive = path.suffix.lower() in ARCHIVES
            name = f"{path.name}/{member}" if is_archive else path.name
            for number, element in _lines(kind_of(PurePath(member)), name, content):
                try:
                    events.append(_read(element, acceptance, received_ms))
                except Refused as refused:
                    rejections.append(_refusal(refused, f"{name}:{number}", received_ms, element))
    except UNREADABLE as error:
        raise PingFileError(f"{path}: it cannot be read ({reason_of(error)})") from error
    return EventFile(tuple(events), tuple(rejections))


def _lines(kind: str, name: str, content: bytes) -> Iterator[Line]:
    if kind not in {"csv", "ndjson"}:
        raise PingFileError(f"{name}: events are read from .csv, .ndjson or .jsonl")
    content, _ = to_utf8(content, name)
    lines = [
        (number, line.strip())
        for number, line in enumerate(content.split(b"\n"), start=1)
        if line.strip()
    ]
    if kind == "ndjson":
        yield from ((number, _element_of(line)) for number, line in lines)
        return
    heading = _cells(lines[0][1]) or [] if lines else []
    missing = [column for column in REQUIRED if column not in heading]
    if missing:
        raise PingFileError(
            f"{name}: it lacks the columns {', '.join(missing)}; those of events are "
            "vehicle_id, event_time, kind, longitude, latitude, reference, weight_kg"
        )
    for number, line in lines[1:]:
        cells = _cells(line) or []
        if len(cells) == len(heading):
            yield number, _typed(dict(zip(heading, cells, strict=True)))
        else:
            yield number, RejectionCode.NOT_AN_OBJECT


def _element_of(line: bytes) -> dict[str, Any] | RejectionCode:
    if len(line) > MAX_PAYLOAD_BYTES:
        return RejectionCode.TOO_LARGE
    try:
        return an_object(read_json(line))
    except Refused as refused:
        return refused.code


def _cells(line: bytes) -> list[str] | None:
    """Take a line apart by itself: a quote that does not close costs this line and no other."""
    try:
        return next(csv.reader([line.decode()], strict=True))
    except (UnicodeDecodeError, csv.Error):
        return None


def _typed(row: dict[str, str]) -> dict[str, Any]:
    """Turn cells into what JSON would have; what is no number stays text."""
    element: dict[str, Any] = {name: cell for name, cell in row.items() if cell}
    for name in _NUMBERS:
        with suppress(KeyError, ValueError):
            element[name] = float(element[name])
    with suppress(KeyError, ValueError):
        element["event_time"] = int(element["event_time"])
    return element


def _read(told: dict[str, Any] | RejectionCode, acceptance: Acceptance, received_ms: int) -> Event:
    if isinstance(told, RejectionCode):
        raise Refused(told)
    vehicle_id = told.get("vehicle_id")
    if not vehicle_id:
        raise Refused(RejectionCode.MISSING_FIELD, "vehicle_id")
    if not isinstance(vehicle_id, str):
        raise Refused(RejectionCode.WRONG_TYPE, "vehicle_id", vehicle_id)
    if not is_vehicle_id(vehicle_id):
        raise Refused(RejectionCode.BAD_TOPIC, "vehicle_id", vehicle_id)
    return judge_event(told, vehicle_id, received_ms, acceptance)


def _refusal(
    refused: Refused, place: str, received_ms: int, told: dict[str, Any] | RejectionCode
) -> Rejection:
    kept = without_people(told) or {}
    vehicle_id = kept.get("vehicle_id")
    named = vehicle_id if isinstance(vehicle_id, str) and is_vehicle_id(vehicle_id) else ""
    payload = write_json(kept) if kept else b""
    return refuse(refused.code, place, received_ms, payload,
                  key=refused.key, value=refused.value, vehicle_id=named)  # fmt: skip
