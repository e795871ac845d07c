"""CTWing: JT/T 808 reports as the JSON of China Telecom's platform.

Message 0x0200 is one report, 0x0704 a batch whose ``datalist`` is a text of JSON. Degrees and
tenths of km/h are integers, the time is Beijing's. The platform pushes such a body bare or in an
envelope with ``deviceId``, ``IMEI``, ``messageType`` and ``payload``.
Format: https://www.ctwing.cn/sbjr/83; status bits: JT/T 808-2019, table 24.
"""

import re
from dataclasses import dataclass
from typing import Any

from ingest.decoding.bounds import MAX_DEPTH
from ingest.decoding.diagnosis import Refused
from ingest.decoding.dialects.dialect import Dialect, Report, an_object, write_json
from ingest.decoding.dialects.json_payload import elements_of, read_json
from ingest.decoding.dialects.quantities import heading, is_number
from ingest.decoding.rejection import RejectionCode

_REPORT, _BATCH = 0x0200, 0x0704
_POSITIONED, _SOUTH, _WEST = 1 << 1, 1 << 2, 1 << 3
_DEVICE_KEYS = ("deviceId", "IMEI", "imei")
_TIME = re.compile(r"([0-9]{2})" * 6, re.ASCII)
_INNER_DEPTH = MAX_DEPTH - 2
"""Levels within a text of JSON, so that each report still fits once it is written by itself."""


@dataclass(frozen=True, slots=True)
class _Element:
    body: Any
    """A report, or another message of the platform."""
    device_id: object


class CtWing(Dialect):
    """The device is named by the envelope's ``deviceId``, or by its IMEI if that is empty."""

    device_key = "deviceId"

    def take_apart(self, payload: bytes) -> list[_Element]:
        """Open the envelope and the batch."""
        sent = an_object(read_json(payload))
        body: object = sent
        device_id: object = None
        if "msgid" not in sent:
            device_id = next((sent[key] for key in _DEVICE_KEYS if sent.get(key)), None)
            body = _opened(sent.get("payload"))
        if not isinstance(body, dict) or "msgid" not in body:
            return [_Element(sent, device_id)]
        if body["msgid"] != _BATCH:
            return [_Element(body, device_id)]
        reports = _opened(body.get("datalist"))
        if not isinstance(reports, list):
            raise Refused(RejectionCode.NOT_AN_OBJECT, "datalist", reports)
        return [
            _Element(
                {**report, "msgid": _REPORT} if isinstance(report, dict) else report, device_id
            )
            for report in elements_of(reports)
        ]

    def read(self, element: Any) -> Report:  # noqa: ANN401 - an `_Element`
        """Read a position report."""
        return report_of(an_object(element.body), element.device_id)

    def signals(self, element: Any) -> dict[str, object]:  # noqa: ANN401 - an `_Element`
        """Give the fields of the report."""
        return super().signals(element.body)

    def put_together(self, element: Any) -> bytes:  # noqa: ANN401 - an `_Element`
        """Write one report, in an envelope if that names the device."""
        body, device_id = element.body, element.device_id
        if not isinstance(body, dict):
            body = {"msgid": _BATCH, "datalist": [body]}
        return write_json(body if device_id is None else {"deviceId": device_id, "payload": body})


def report_of(sent: dict[str, Any], device_id: object) -> Report:
    """Read an object with the fields of 0x0200 in the units of the standard.

    Raises
    ------
    Refused
        If it is another message, or says itself that it has no position.
    """
    if sent.get("msgid") != _REPORT:
        key = "msgid" if "msgid" in sent else "messageType"
        raise Refused(RejectionCode.NOT_A_POSITION, key, sent.get(key))
    status = sent.get("status")
    if status is None:
        raise Refused(RejectionCode.MISSING_FIELD, "status")
    if isinstance(status, bool) or not isinstance(status, int):
        raise Refused(RejectionCode.WRONG_TYPE, "status", status)
    if not status & _POSITIONED:
        raise Refused(RejectionCode.NO_FIX, "status", status)
    return Report(
        {
            "event_time": _beijing_time(sent.get("time")),
            "longitude": _degrees(sent.get("longitude"), negative=bool(status & _WEST)),
            "latitude": _degrees(sent.get("latitude"), negative=bool(status & _SOUTH)),
            "speed_mps": _divided(sent.get("speed"), 36),
            "heading_deg": heading(sent.get("direction")),
        },
        device_id,
    )


def _opened(content: object) -> object:
    """Read JSON that travels as a text."""
    if not isinstance(content, str):
        return content
    return read_json(content.encode("utf-8", "surrogatepass"), _INNER_DEPTH)


def _beijing_time(time: object) -> object:
    """Turn YYMMDDhhmmss into RFC 3339."""
    if time is None:
        return None
    if not isinstance(time, str):
        raise Refused(RejectionCode.WRONG_TYPE, "time", time)
    digits = _TIME.fullmatch(time)
    if digits is None:
        raise Refused(RejectionCode.TIME_UNREADABLE, "time", time)
    year, month, day, hour, minute, second = digits.groups()
    return f"20{year}-{month}-{day}T{hour}:{minute}:{second}+08:00"


def _degrees(value: object, *, negative: bool) -> object:
    return _divided(value, -1_000_000 if negative else 1_000_000)


def _divided(value: object, divisor: int) -> object:
    return value / divisor if is_number(value) else value  # type: ignore[operator]
