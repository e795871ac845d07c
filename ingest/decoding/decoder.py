"""Messages → pings or events, and rejections, whatever the dialect."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from ingest.datum import Datum
from ingest.decoding.acceptance import ANYTHING, Acceptance
from ingest.decoding.bounds import MAX_BURST, MAX_PAYLOAD_BYTES, is_vehicle_id
from ingest.decoding.devices import NO_DEVICES, Assignment, Devices, read_devices
from ingest.decoding.diagnosis import Refused, judge, judge_time
from ingest.decoding.dialects.dialect import Dialect, Report
from ingest.decoding.dialects.event import kept
from ingest.decoding.dialects.native import Native
from ingest.decoding.event_check import judge_event
from ingest.decoding.message import Message
from ingest.decoding.rejection import Rejection, RejectionCode, refuse
from ingest.decoding.routes import NATIVE_ROUTES, Routes, routes_of
from ingest.decoding.signals import NOTHING_TOLD, DeviceType, Told, types_of
from ingest.decoding.wire import decode_well_formed
from ingest.event import Event, EventKind
from ingest.ping import Ping

if TYPE_CHECKING:
    from ingest.settings.settings import Settings

Given = ParamSpec("Given")
Result = TypeVar("Result")

Reported = Sequence[Ping | Event]
"""What a message holds: pings or, by the dialect of its topic, events."""

_CHANNELS_KEPT = 50_000
_OF_PEOPLE = EventKind.DRIVER_CARD.encode()


@dataclass(frozen=True, slots=True)
class _Channel:
    """What there is to know about the messages of one topic."""

    dialect: Dialect
    name: str
    """What the topic calls the device or its vehicle; empty if it names none."""
    vehicle_id: str
    """Empty if the topic does not tell, or not without the instant."""
    datum: Datum
    is_fast: bool
    """Whether the fast way is open: native, and of a known vehicle that the topic names."""


@dataclass(frozen=True, slots=True)
class Explained:
    """How one element of a message was read."""

    owner: Assignment | None
    """Whose it is; None if it was refused before that was known."""
    signals: dict[str, object]
    told: Told
    outcome: Ping | Event | Refused
    ignored: dict[str, int]
    """Fields that were left out."""


class Decoder:
    """Reads messages on the terms of an `Acceptance`."""

    def __init__(
        self,
        routes: Routes = NATIVE_ROUTES,
        devices: Devices = NO_DEVICES,
        acceptance: Acceptance = ANYTHING,
        types: Mapping[str, DeviceType] = MappingProxyType({}),
    ) -> None:
        self._routes, self._devices, self._acceptance = routes, devices, acceptance
        self._types = types
        self._wanted = acceptance, devices
        self._in_force = self._wanted
        self._channels: dict[str, _Channel] = {}

    def accept(self, acceptance: Acceptance) -> None:
        """Take pings on other terms from the next message on; from one thread, any."""
        self._wanted = acceptance, self._wanted[1]

    def know(self, devices: Devices) -> None:
        """Know other devices from the next message on; from the same thread as `accept`."""
        self._wanted = self._wanted[0], devices

    @property
    def devices(self) -> Devices:
        """What it knows of devices."""
        return self._devices

    @property
    def topic_filters(self) -> tuple[str, ...]:
        """What to subscribe to."""
        return self._routes.topic_filters

    def decode(
        self, message: Message, ignored: Counter[str] | None = None
    ) -> tuple[Reported, list[Rejection]]:
        """Read one message; it never raises.

        Every ping or event it was meant to hold is in one of the two lists; a message that cannot
        be taken apart is one rejection. Fields that were left out of pings are counted in
        `ignored`.
        """
        if self._in_force is not self._wanted:
            # done by the thread that decodes: no message is judged by half of each
            self._in_force = self._wanted
            self._acceptance, self._devices = self._in_force
            self._channels.clear()
        channel = self._channels.get(message.topic) or self._open(message.topic)
        if channel is None:
            refused = Refused(RejectionCode.BAD_TOPIC, "topic", message.topic)
            return [], [_rejection(refused, message, _whole(message), "")]
        if channel.is_fast and not message.retained:
            pings = decode_well_formed(
                message.payload,
                channel.vehicle_id,
                message.received_ms,
                self._acceptance,
                channel.datum,
            )
            if pings is not None:
                return pings, []
        return self._diagnose(message, channel, ignored)

    def _diagnose(
        self, message: Message, channel: _Channel, ignored: Counter[str] | None
    ) -> tuple[Reported, list[Rejection]]:
        """Take a message the long way, which gives the reasons for what is refused."""
        try:
            elements = _take_apart(message, channel.dialect)
        except Refused as refused:
            payload = _whole(message, channel.dialect)
            return [], [_rejection(refused, message, payload, channel.vehicle_id)]
        reported: list[Ping | Event] = []
        rejections: list[Rejection] = []
        for element in elements:
            owner, _, outcome = self._judged(element, channel, message, ignored)
            if not isinstance(outcome, Refused):
                reported.append(outcome)
                continue
            payload = _whole(message, channel.dialect)
            if len(elements) > 1:
                payload = _put_together(element, channel.dialect, payload)
            vehicle_id = channel.vehicle_id if owner is None else owner.vehicle_id
            rejections.append(_rejection(outcome, message, payload, vehicle_id))
        return reported, rejections

    def _judged(
        self, element: object, channel: _Channel, message: Message, ignored: Counter[str] | None
    ) -> tuple[Assignment | None, Told, Ping | Event | Refused]:
        """Tell whose an element is, if that is known, what its signals say, and what came of it."""
        dialect, owner, told = channel.dialect, None, NOTHING_TOLD
        try:
            report = _guarded(dialect.read, element)
            owner = _guarded(self._assigned, report, channel, message.received_ms)
            terms = owner.vehicle_id, message.received_ms, self._acceptance, owner.datum
            if dialect.tells_events:
                return owner, told, _guarded(judge_event, report.fields, *terms)
            kind = self._types.get(owner.kind)
            if kind is not None:
                told = kind.read(_signals_of(element, dialect))
            return owner, told, _guarded(judge, told.added_to(report.fields), *terms, ignored)
        except Refused as refused:
            return owner, told, refused

    def explain(self, message: Message) -> list[Explained]:
        """Tell how each element of a message is read and why, for people.

        Raises
        ------
        Refused
            If the message as a whole cannot be taken apart.
        """
        channel = self._open(message.topic)
        if channel is None:
            raise Refused(RejectionCode.BAD_TOPIC, "topic", message.topic)
        explained = []
        for element in _take_apart(message, channel.dialect):
            ignored = Counter[str]()
            owner, told, outcome = self._judged(element, channel, message, ignored)
            # what was sent of an event may name a person
            signals = {} if channel.dialect.tells_events else _signals_of(element, channel.dialect)
            explained.append(Explained(owner, signals, told, outcome, dict(ignored)))
        return explained

    def _open(self, topic: str) -> _Channel | None:
        """Find out about a topic that was not met before; None if it is none of pings."""
        found = self._routes.find(topic)
        if found is None:
            return None
        route, name = found
        name = name or ""
        is_fixed = self._devices.is_fixed(name)
        vehicle_id = self._devices.vehicle_of(name) if is_fixed else ""
        if found[1] is not None and is_fixed and not is_vehicle_id(vehicle_id):
            return None
        known = self._acceptance.vehicles
        channel = _Channel(
            dialect=route.dialect,
            name=name,
            vehicle_id=vehicle_id,
            datum=self._devices.datum_of(vehicle_id),
            is_fast=type(route.dialect) is Native
            and vehicle_id != ""
            and (known is None or vehicle_id in known),
        )
        if len(self._channels) >= _CHANNELS_KEPT:
            self._channels.clear()  # made-up topics must not fill the memory
        self._channels[topic] = channel
        return channel

    def _assigned(self, report: Report, channel: _Channel, received_ms: int) -> Assignment:
        """Tell whose report it is, and what its degrees are in."""
        named, key = report.device_id, channel.dialect.device_key
        if named is not None and not isinstance(named, str):
            raise Refused(RejectionCode.WRONG_TYPE, key, named)
        name = channel.name or named
        if not name:
            raise Refused(RejectionCode.MISSING_FIELD, key, named)

        def when() -> int:
            return judge_time(report.fields, received_ms, self._acceptance)

        found = self._devices.at(name, when)
        if found is None:
            place = "topic" if channel.name else key
            raise Refused(RejectionCode.DEVICE_UNASSIGNED, place, name)
        if not is_vehicle_id(found.vehicle_id):
            raise Refused(RejectionCode.BAD_TOPIC, key, named)
        is_meant = channel.dialect.names_vehicles or (named and self._devices.lists(named))
        if channel.name and named is not None and is_meant and named != found.vehicle_id:
            other = self._devices.at(named, when)
            if other is None or other.vehicle_id != found.vehicle_id:
                raise Refused(RejectionCode.VEHICLE_MISMATCH, key, named)
        return found


def decoder_of(
    settings: "Settings", acceptance: Acceptance, timezone: str | None = None
) -> Decoder:
    """Make the decoder that the settings ask for; `timezone` is where dates of devices are meant.

    Raises
    ------
    SettingError
        If a topic pattern, a dialect or the devices file cannot be used.
    """
    types = types_of(settings.device_types or {})
    return Decoder(routes_in(settings), devices_in(settings, timezone), acceptance, types)


def devices_in(settings: "Settings", timezone: str | None) -> Devices:
    """Read the devices that the settings name; none if they name none.

    Raises
    ------
    SettingError
        If the file cannot be used.
    """
    if settings.devices is None:
        return NO_DEVICES
    return read_devices(settings.devices, timezone, settings.device_types or ())


def _signals_of(element: object, dialect: Dialect) -> dict[str, object]:
    signals = _guarded(dialect.signals, element)
    return signals if isinstance(signals, dict) else {}


def routes_in(settings: "Settings") -> Routes:
    """Read which topics the settings listen to.

    Raises
    ------
    SettingError
        If a topic pattern or a dialect cannot be used.
    """
    topics = settings.topics
    return routes_of(None if topics is None else [(one.pattern, one.dialect) for one in topics])


def _take_apart(message: Message, dialect: Dialect) -> list[Any]:
    if message.retained:
        raise Refused(RejectionCode.RETAINED)
    size = len(message.payload)
    if size > MAX_PAYLOAD_BYTES:
        raise Refused(RejectionCode.TOO_LARGE, value=f"{size} bytes")
    elements = _guarded(lambda: list(islice(dialect.take_apart(message.payload), MAX_BURST + 1)))
    if not elements:
        raise Refused(RejectionCode.EMPTY_BURST)
    if len(elements) > MAX_BURST:
        raise Refused(RejectionCode.BURST_TOO_LONG, value=f"more than {MAX_BURST} elements")
    return elements


def _put_together(element: object, dialect: Dialect, otherwise: bytes) -> bytes:
    try:
        payload = _guarded(dialect.put_together, element)
    except Refused:
        return otherwise
    return payload if isinstance(payload, bytes) else otherwise


def _whole(message: Message, dialect: Dialect | None = None) -> bytes:
    """Give what may be kept of a refused message: nothing that may tell who drove."""
    is_of_events = dialect is not None and dialect.tells_events
    return (
        kept(message.payload) if is_of_events or _OF_PEOPLE in message.payload else message.payload
    )


def _guarded(call: Callable[Given, Result], *args: Given.args, **kwargs: Given.kwargs) -> Result:
    """Call what a dialect made or has a hand in: its mistakes refuse and go no further."""
    try:
        return call(*args, **kwargs)
    except Refused:
        raise
    except Exception as error:
        raise Refused(RejectionCode.DIALECT_FAILED, value=type(error).__name__) from error


def _rejection(refused: Refused, message: Message, payload: bytes, vehicle_id: str) -> Rejection:
    return refuse(
        refused.code,
        message.topic,
        message.received_ms,
        payload,
        key=refused.key,
        value=refused.value,
        vehicle_id=vehicle_id,
    )
