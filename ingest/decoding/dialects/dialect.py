"""What a dialect is: from the payload of a message to reports in the words of the native one."""

import json
from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, ClassVar

from ingest.decoding.diagnosis import Refused
from ingest.decoding.dialects.json_payload import elements_of, read_json
from ingest.decoding.rejection import RejectionCode
from ingest.decoding.signals import flat


@dataclass(frozen=True, slots=True)
class Report:
    """One position, or event, as a dialect tells it, not yet judged."""

    fields: dict[str, Any]
    """Keys, units and types of the native dialect: ``event_time`` (RFC 3339 or epoch
    milliseconds), ``longitude``, ``latitude``, ``speed_mps`` and so on. What is broken is passed on
    as it is, so that the judge of all dialects refuses it."""
    device_id: object = None
    """What the payload calls the device; None if it does not say."""


class Dialect(ABC):
    """Reads the payloads of one kind of sender. It has no state and takes no argument.

    A method refuses by raising `Refused`; any other exception is caught and refuses with
    ``dialect_failed``.
    """

    device_key: ClassVar[str] = "vehicle_id"
    """The payload's name for what `Report.device_id` holds, for evidence."""
    names_vehicles: ClassVar[bool] = False
    """Whether that must agree with the topic. If not, it is a name of the sender's own choice and
    only compared with the topic if the devices file knows it."""
    tells_events: ClassVar[bool] = False
    """Whether what it reports are events beside fixes, judged as such."""

    def take_apart(self, payload: bytes) -> Iterable[Any]:
        """Split a message into elements: here a JSON object, or those of a JSON array."""
        return elements_of(read_json(payload))

    @abstractmethod
    def read(self, element: Any) -> Report:  # noqa: ANN401 - whatever `take_apart` gives
        """Read one element."""

    def signals(self, element: Any) -> dict[str, object]:  # noqa: ANN401 - of `take_apart`
        """Give what an element tells beside its fix, by name: here all of an object, with dots."""
        return flat(element) if isinstance(element, dict) else {}

    def put_together(self, element: Any) -> bytes:  # noqa: ANN401 - whatever `take_apart` gives
        """Write a message that holds this element only: what is kept of it if it is refused."""
        return write_json(element if isinstance(element, dict) else [element])


def an_object(element: object) -> dict[str, Any]:
    """Give the element if it is a JSON object.

    Raises
    ------
    Refused
        If it is not.
    """
    if not isinstance(element, dict):
        raise Refused(RejectionCode.NOT_AN_OBJECT, value=element)
    return element


def write_json(content: object) -> bytes:
    """Write JSON that reads back as the same content, lone surrogates and NaN included."""
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError:
        return json.dumps(content, separators=(",", ":")).encode("ascii")
