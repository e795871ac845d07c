"""The event dialect: JSON with the fields of an event, one object or an array of them."""

from collections.abc import Iterable
from typing import Any

from ingest.decoding.bounds import MAX_PAYLOAD_BYTES
from ingest.decoding.diagnosis import Refused
from ingest.decoding.dialects.dialect import Dialect, Report, an_object, write_json
from ingest.decoding.dialects.json_payload import elements_of, read_json
from ingest.decoding.event_check import without_people


class Events(Dialect):
    """Events beside fixes. What may name a person is gone before anything else is looked at."""

    names_vehicles = True
    tells_events = True

    def take_apart(self, payload: bytes) -> Iterable[Any]:
        """Split a message into elements that name nobody."""
        try:
            return [without_people(element) for element in elements_of(read_json(payload))]
        except Refused as refused:
            raise Refused(refused.code) from None  # the value may be what was sent

    def read(self, element: Any) -> Report:  # noqa: ANN401 - any JSON value
        """Pass on the fields as they are."""
        fields = an_object(element)
        return Report(fields, fields.get("vehicle_id"))


def kept(payload: bytes) -> bytes:
    """Give what may be kept of a refused message of events: nothing if it cannot be read."""
    if len(payload) > MAX_PAYLOAD_BYTES:
        return b""
    try:
        content = read_json(payload)
        elements = [without_people(element) for element in elements_of(content)]
    except Refused:
        return b""
    return write_json(elements if isinstance(content, list) else elements[0])
