"""OsmAnd: what OsmAnd, Traccar Client and many small trackers ask a server by HTTP.

The parameters of a request as a JSON object, their values texts: knots, and times as epoch seconds,
epoch milliseconds or ISO 8601. Newer versions of Traccar Client send JSON of another shape instead,
``{"location": {"timestamp": …, "coords": {…}}, "device_id": …}``, in metres a second.
Format: https://www.traccar.org/osmand
"""

import re
from typing import Any

from ingest.decoding.diagnosis import Refused
from ingest.decoding.dialects.dialect import Dialect, Report, an_object
from ingest.decoding.dialects.quantities import KNOT_MPS, heading, is_number, milliseconds, scaled
from ingest.decoding.rejection import RejectionCode

_NUMBER = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]{1,4})?")
_OFFSET = re.compile(r"([ +-])([0-9]{2}):?([0-9]{2})$")
"""Of a time; a plus that was not written as %2B has become a space."""
_LONGEST_NUMBER = 40
_SECONDS_BELOW = 2**31 - 1
"""A smaller number is a time in seconds, as Traccar tells them apart; a larger in milliseconds."""


class OsmAnd(Dialect):
    """The device is named by ``id``, ``deviceid`` or ``device_id``."""

    device_key = "id"

    def read(self, element: Any) -> Report:  # noqa: ANN401 - any JSON value
        """Read the parameters of a request, or a location of Traccar Client."""
        sent = an_object(element)
        if isinstance(sent.get("location"), dict):
            return _location(sent, sent["location"])
        if str(sent.get("valid", "")).lower() in {"false", "0"}:
            raise Refused(RejectionCode.NO_FIX, "valid", sent["valid"])
        latitude, longitude = _place(sent)
        return Report(
            {
                "event_time": _instant(sent.get("timestamp")),
                "longitude": longitude,
                "latitude": latitude,
                "speed_mps": scaled(_known(sent.get("speed")), KNOT_MPS),
                "heading_deg": heading(_known(sent.get("bearing", sent.get("heading")))),
                "accuracy_m": _told(sent.get("accuracy")),
                "hdop": _told(sent.get("hdop")),
                "satellites": _told(sent.get("sat")),
            },
            device_of(sent),
        )


def device_of(sent: dict[str, Any]) -> object:
    """Give what a request calls its device; None if it does not say."""
    for key in ("id", "deviceid", "device_id"):
        if key in sent:
            return sent[key]
    return None


def _location(sent: dict[str, Any], location: dict[str, Any]) -> Report:
    coords = location.get("coords")
    if not isinstance(coords, dict):
        raise Refused(RejectionCode.NOT_A_POSITION, "coords", coords)
    return Report(
        {
            "event_time": _instant(location.get("timestamp")),
            "longitude": coords.get("longitude"),
            "latitude": coords.get("latitude"),
            "speed_mps": _known(coords.get("speed")),
            "heading_deg": heading(_known(coords.get("heading"))),
            "accuracy_m": _told(coords.get("accuracy")),
        },
        device_of(sent),
    )


def _place(sent: dict[str, Any]) -> tuple[object, object]:
    """Give latitude and longitude, which may stand in one parameter with a comma between them."""
    both = sent.get("location")
    if isinstance(both, str) and "lat" not in sent and "lon" not in sent:
        latitude, comma, longitude = both.partition(",")
        if not comma:
            raise Refused(RejectionCode.WRONG_TYPE, "location", both)
        return _number(latitude.strip()), _number(longitude.strip())
    if "lat" not in sent and "lon" not in sent:
        raise Refused(RejectionCode.NOT_A_POSITION, "lat")
    return _number(sent.get("lat")), _number(sent.get("lon"))


def _number(value: object) -> object:
    """Read a number that came as text; what is none comes back as it is."""
    if not isinstance(value, str) or len(value) > _LONGEST_NUMBER:
        return value
    if _NUMBER.fullmatch(value):
        return float(value)
    return float(value) if value.lower() in {"nan", "infinity", "-infinity"} else value


def _told(value: object) -> object:
    """Read a number that may be left empty."""
    return None if value == "" else _number(value)


def _known(value: object) -> object:
    """Read a speed or heading; -1 is how phones say that they do not know."""
    number = _told(value)
    return None if number == -1 else number


def _instant(value: object) -> object:
    """Turn epoch seconds into milliseconds, and what ISO 8601 allows into RFC 3339."""
    number = _number(value)
    if isinstance(number, str) and "T" in number:
        return _OFFSET.sub(lambda found: f"{_sign(found[1])}{found[2]}:{found[3]}", number)
    if isinstance(number, float) and number.is_integer() and abs(number) < 2**53:
        number = int(number)
    return milliseconds("timestamp", number) if _is_seconds(number) else number


def _sign(written: str) -> str:
    return written.replace(" ", "+")


def _is_seconds(number: object) -> bool:
    return is_number(number) and abs(number) < _SECONDS_BELOW  # type: ignore[arg-type]
