"""Requests → what is to be published, and for which device; or why that can never be read.

Only what names no device, or is no request of its protocol at all, is refused here. What is wrong
with a position is for ingest to say: it keeps the evidence.
"""

from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from ingest.decoding.bounds import is_vehicle_id
from ingest.decoding.diagnosis import Refused
from ingest.decoding.dialects.dialect import write_json
from ingest.decoding.dialects.json_payload import read_json
from ingest.decoding.rejection import RejectionCode

MOST_PARAMETERS = 100
FORM = "application/x-www-form-urlencoded"
_BESIDES = frozenset({"token"})
"""Parameters that are for the gateway only."""
_NEVER_IN_A_TOPIC = frozenset("*>$")
"""They mean something to a broker, or to the one beneath it."""


@dataclass(frozen=True, slots=True)
class Topics:
    """Where to publish."""

    osmand: str = "gateway/osmand"
    traccar: str = "gateway/traccar"
    owntracks: str = "owntracks/{user}/{device}"


@dataclass(frozen=True, slots=True)
class Taken:
    """What a request holds."""

    topic: str
    payload: bytes
    device_id: str


def parameters_of(text: bytes) -> dict[str, str]:
    """Read a query or a form; the last of equal names counts.

    Raises
    ------
    Refused
        If it is not UTF-8 or holds too many.
    """
    try:
        pairs = parse_qsl(
            text.decode("utf-8"),
            keep_blank_values=True,
            errors="strict",
            max_num_fields=MOST_PARAMETERS,
        )
    except UnicodeError:
        raise Refused(RejectionCode.NOT_UTF8, "query") from None
    except ValueError:
        raise Refused(
            RejectionCode.TOO_LARGE, "query", f"more than {MOST_PARAMETERS} parameters"
        ) from None
    return dict(pairs)


def read_osmand(topic: str, query: dict[str, str], kind: str, body: bytes) -> Taken:
    """Read a request of OsmAnd's protocol: query, form, or the JSON of Traccar Client.

    Parameters
    ----------
    kind
        The content type, in small letters and without parameters.

    Raises
    ------
    Refused
        If it cannot be read or names no device.
    """
    sent: dict[str, Any] = dict(query)
    if body.lstrip()[:1] in (b"{", b"[") or kind == "application/json":
        sent |= _an_object(body)
    elif body:
        sent |= parameters_of(body.strip())
    sent = {key: value for key, value in sent.items() if key not in _BESIDES}
    key = next((name for name in ("id", "deviceid", "device_id") if name in sent), "id")
    return Taken(topic, write_json(sent), _device(key, sent.get(key)))


def read_traccar(topic: str, body: bytes) -> Taken:
    """Read what Traccar forwards, which is passed on as it is.

    Raises
    ------
    Refused
        If it is no JSON object or names no device.
    """
    device = _an_object(body).get("device")
    named = device.get("uniqueId") if isinstance(device, dict) else None
    return Taken(topic, body, _device("uniqueId", named))


def read_owntracks(pattern: str, user: str, device: str, body: bytes) -> Taken | None:
    """Read what an OwnTracks app posts, which is passed on as it is; None if it is nothing.

    Raises
    ------
    Refused
        If it is no JSON object, or user or device can be no level of a topic.
    """
    if not body.strip():
        return None  # a friend was deleted in the app
    _an_object(body)
    for key, level in (("user", user), ("device", device)):
        if not level:
            raise Refused(RejectionCode.MISSING_FIELD, key)
        if not is_vehicle_id(level) or _NEVER_IN_A_TOPIC & set(level):
            raise Refused(RejectionCode.BAD_TOPIC, key, level)
    topic = pattern.replace("{user}", user).replace("{device}", device)
    return Taken(topic, body, device)


def _an_object(body: bytes) -> dict[str, Any]:
    sent = read_json(body)
    if not isinstance(sent, dict):
        raise Refused(RejectionCode.NOT_AN_OBJECT, value=sent)
    return sent


def _device(key: str, named: object) -> str:
    if named is None or named == "":
        raise Refused(RejectionCode.MISSING_FIELD, key)
    if not isinstance(named, str):
        raise Refused(RejectionCode.WRONG_TYPE, key, named)
    return named
