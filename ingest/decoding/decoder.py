"""Messages → pings and rejections, whatever the dialect."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from ingest.decoding.acceptance import ANYTHING, Acceptance
from ingest.decoding.bounds import MAX_BURST, MAX_PAYLOAD_BYTES, is_vehicle_id
from ingest.decoding.datum import Datum
from ingest.decoding.devices import NO_DEVICES, Devices, read_devices
from ingest.decoding.diagnosis import Refused, judge
from ingest.decoding.dialects.dialect import Dialect, Report
from ingest.decoding.dialects.native import Native
from ingest.decoding.message import Message
from ingest.decoding.rejection import Rejection, RejectionCode, refuse
from ingest.decoding.routes import NATIVE_ROUTES, Routes, routes_of
from ingest.decoding.wire import decode_well_formed
from ingest.ping import Ping

if TYPE_CHECKING:
    from ingest.settings.settings import Settings

Given = ParamSpec("Given")
Result = TypeVar("Result")

_CHANNELS_KEPT = 50_000


@dataclass(frozen=True, slots=True)
class _Channel:
    """What there is to know about the messages of one topic."""

    dialect: Dialect
    vehicle_id: str
    """Empty if the topic names none."""
    datum: Datum
    is_fast: bool
    """Whether the fast way is open: native, and of a known vehicle that the topic names."""


class Decoder:
    """Reads messages on the terms of an `Acceptance`."""

    def __init__(
        self,
        routes: Routes = NATIVE_ROUTES,
        devices: Devices = NO_DEVICES,
        acceptance: Acceptance = ANYTHING,
    ) -> None:
        self._routes, self._devices, self._acceptance = routes, devices, acceptance
        self._channels: dict[str, _Channel] = {}

    @property
    def topic_filters(self) -> tuple[str, ...]:
        """What to subscribe to."""
        return self._routes.topic_filters

    def decode(self, message: Message) -> tuple[list[Ping], list[Rejection]]:
        """Read one message; it never raises.

        Every ping it was meant to hold is in one of the two lists; a message that cannot be taken
        apart is one rejection.
        """
        channel = self._channels.get(message.topic) or self._open(message.topic)
        if channel is None:
            refused = Refused(RejectionCode.BAD_TOPIC, "topic", message.topic)
            return [], [_rejection(refused, message, message.payload, "")]
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
        return self._diagnose(message, channel)

    def _diagnose(self, message: Message, channel: _Channel) -> tuple[list[Ping], list[Rejection]]:
        """Take a message the long way, which gives the reasons for what is refused."""
        try:
            elements = _take_apart(message, channel.dialect)
        except Refused as refused:
            return [], [_rejection(refused, message, message.payload, channel.vehicle_id)]
        pings: list[Ping] = []
        rejections: list[Rejection] = []
        for element in elements:
            vehicle_id = channel.vehicle_id
            try:
                report = _guarded(channel.dialect.read, element)
                vehicle_id = _guarded(self._vehicle, report, channel)
                datum = self._devices.datum_of(vehicle_id)
                pings.append(
                    _guarded(
                        judge, report.fields, vehicle_id, message.received_ms, self._acceptance,
                        datum,
                    )
                )  # fmt: skip
            except Refused as refused:
                payload = message.payload
                if len(elements) > 1:
                    payload = _put_together(element, channel.dialect, message.payload)
                rejections.append(_rejection(refused, message, payload, vehicle_id))
        return pings, rejections

    def _open(self, topic: str) -> _Channel | None:
        """Find out about a topic that was not met before; None if it is none of pings."""
        found = self._routes.find(topic)
        if found is None:
            return None
        route, name = found
        vehicle_id = "" if name is None else self._devices.vehicle_of(name)
        if name is not None and not is_vehicle_id(vehicle_id):
            return None
        known = self._acceptance.vehicles
        channel = _Channel(
            dialect=route.dialect,
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

    def _vehicle(self, report: Report, channel: _Channel) -> str:
        """Tell whose report it is."""
        named, key = report.device_id, channel.dialect.device_key
        if named is not None and not isinstance(named, str):
            raise Refused(RejectionCode.WRONG_TYPE, key, named)
        if channel.vehicle_id:
            if (
                named is not None
                and (channel.dialect.names_vehicles or named in self._devices.vehicles)
                and channel.vehicle_id not in {named, self._devices.vehicle_of(named)}
            ):
                raise Refused(RejectionCode.VEHICLE_MISMATCH, key, named)
            return channel.vehicle_id
        if not named:
            raise Refused(RejectionCode.MISSING_FIELD, key, named)
        vehicle_id = self._devices.vehicle_of(named)
        if not is_vehicle_id(vehicle_id):
            raise Refused(RejectionCode.BAD_TOPIC, key, named)
        return vehicle_id


def decoder_of(settings: "Settings", acceptance: Acceptance) -> Decoder:
    """Make the decoder that the settings ask for.

    Raises
    ------
    SettingError
        If a topic pattern, a dialect or the devices file cannot be used.
    """
    devices = NO_DEVICES if settings.devices is None else read_devices(settings.devices)
    return Decoder(routes_in(settings), devices, acceptance)


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
