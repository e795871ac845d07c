"""Traccar: JSON of its position forwarding, ``{"position": {...}, "device": {...}}``.

Knots, and times with an offset that may lack its colon. Format: https://www.traccar.org/forward
"""

import re
from typing import Any

from ingest.decoding.diagnosis import Refused
from ingest.decoding.dialects.dialect import Dialect, Report, an_object
from ingest.decoding.dialects.quantities import KNOT_MPS, heading, is_number, scaled
from ingest.decoding.rejection import RejectionCode
from ingest.decoding.signals import flat

_OFFSET = re.compile(r"([+-][0-9]{2})([0-9]{2})$")


class Traccar(Dialect):
    """The device is named by its ``uniqueId``, mostly an IMEI."""

    device_key = "uniqueId"

    def read(self, element: Any) -> Report:  # noqa: ANN401 - any JSON value
        """Read a forwarded position; a forwarded event has none."""
        sent = an_object(element)
        position = sent.get("position")
        if not isinstance(position, dict):
            raise Refused(RejectionCode.NOT_A_POSITION, "position", position)
        for key, without_fix in (("valid", False), ("outdated", True)):
            if position.get(key) is without_fix:
                raise Refused(RejectionCode.NO_FIX, key, without_fix)
        device = sent.get("device")
        attributes = position.get("attributes")
        more = attributes if isinstance(attributes, dict) else {}
        if more.get("approximate") is True:  # by a network's cells
            raise Refused(RejectionCode.NO_FIX, "approximate", True)
        return Report(
            {
                "event_time": _with_colon(position.get("fixTime")),
                "longitude": position.get("longitude"),
                "latitude": position.get("latitude"),
                "speed_mps": scaled(position.get("speed"), KNOT_MPS),
                "heading_deg": heading(position.get("course")),
                "accuracy_m": _accuracy(position.get("accuracy")),
                "hdop": more.get("hdop"),
                "satellites": more.get("sat"),
            },
            device.get("uniqueId") if isinstance(device, dict) else None,
        )

    def signals(self, element: Any) -> dict[str, object]:  # noqa: ANN401 - any JSON value
        """Give the attributes of the position by their own names, and all the rest with dots."""
        position = element.get("position") if isinstance(element, dict) else None
        attributes = position.get("attributes") if isinstance(position, dict) else None
        own = flat(attributes) if isinstance(attributes, dict) else {}
        return {**super().signals(element), **own}


def _accuracy(value: object) -> object:
    """Take 0 for unknown: Traccar writes it where the device told none."""
    return None if is_number(value) and value == 0 else value


def _with_colon(time: object) -> object:
    return _OFFSET.sub(r"\1:\2", time) if isinstance(time, str) else time
