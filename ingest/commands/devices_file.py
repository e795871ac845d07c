"""The devices file while ingest runs: a change of it counts without a restart."""

import time
from typing import TYPE_CHECKING, Protocol

import structlog

from ingest.fault import DevicesError, LogError
from ingest.file_stamp import stamp_of

if TYPE_CHECKING:
    from ingest.decoding.decoder import Decoder
    from ingest.decoding.devices import Devices
    from ingest.log.pinglog import PingLog
    from ingest.settings.settings import Settings

LOOK_S = 2.0
"""Between two looks whether the file has changed."""

program_log = structlog.get_logger(__name__)


class Fleet(Protocol):
    """What a plan says, as it is now."""

    @property
    def vehicles(self) -> frozenset[str]:
        """Of others it is not remembered that a device is there."""

    @property
    def timezone(self) -> str:
        """Where the file's dates are meant."""


class DevicesFollower:
    """Has a decoder know the devices of the file as it is; one that cannot be used changes nothing.

    Parameters
    ----------
    log
        Remembers where devices are, so that none is elsewhere all at once without a date.

    Raises
    ------
    DevicesError
        If a device is elsewhere than before and its row has no date.
    LogError
        If the log cannot be read or written.
    """

    def __init__(
        self, settings: "Settings", log: "PingLog", decoder: "Decoder", fleet: Fleet
    ) -> None:
        self._settings, self._log, self._decoder, self._fleet = settings, log, decoder, fleet
        self._refused: DevicesError | None = None
        self._seen = self._met = self._state()
        self._looked_s = time.monotonic()
        if settings.devices is not None:
            self._note(decoder.devices)

    @property
    def fault(self) -> str | None:
        """Why the file cannot be used as it is now; None if it can."""
        return None if self._refused is None else str(self._refused)

    def warnings(self) -> list[str]:
        """Say what is to be known of the file, for the health page, without naming a vehicle."""
        if self._refused is None:
            return []
        first, *others = self._refused.unnamed.splitlines()
        more = f" (and {len(others)} more)" if others else ""
        return [f"the devices file cannot be used, the one before goes on: {first}{more}"]

    def look_sometimes(self) -> None:
        """Look at the file, unless that was done just before."""
        if time.monotonic() - self._looked_s >= LOOK_S:
            self.look()
            self._looked_s = time.monotonic()

    def look(self) -> None:
        """Look at the file; what has changed of it counts from the decoder's next message on.

        It is read once it is the same at two looks: before, somebody may still be writing it.
        """
        from ingest.decoding.decoder import devices_in

        state = self._state()
        if state == self._seen or state != self._met:
            self._met = state
            return
        try:
            devices = devices_in(self._settings, self._fleet.timezone)
            if self._decoder.devices.rows and not devices.rows:
                told = "it has no row any more; write those that hold"
                raise DevicesError(
                    f"{self._settings.devices}: {told}", f"{_name(self._settings)}: {told}"
                )
            self._note(devices)
        except DevicesError as error:
            self._seen, self._refused = state, error
            program_log.error("devices refused, those before go on", reason=error.unnamed)
        except LogError as error:  # it is looked at again
            program_log.warning("devices not read yet", reason=str(error))
        else:
            self._seen, self._refused = state, None
            self._tell(devices)
            self._decoder.know(devices)

    def _state(self) -> tuple[object, str]:
        path = self._settings.devices
        return None if path is None else stamp_of(path), self._fleet.timezone

    def _note(self, devices: "Devices") -> None:
        from ingest.recovery.device_moves import note_places

        name = _name(self._settings)
        note_places(self._log, devices, name, time.time_ns() // 1_000_000, self._fleet.vehicles)

    def _tell(self, devices: "Devices") -> None:
        """Count, without names, what a mistake would look like."""
        gone = self._decoder.devices.rows.keys() - devices.rows.keys()
        if gone:  # they are called by their own name from now on, and report in WGS 84
            program_log.warning("devices are not in the file any more", count=len(gone))
        vehicles = {row.vehicle_id for rows in devices.rows.values() for row in rows}
        if strange := vehicles - self._fleet.vehicles:
            program_log.warning(
                "devices are in vehicles that the plan does not know", count=len(strange)
            )
        program_log.info("devices changed", devices=len(devices.rows))


def _name(settings: "Settings") -> str:
    return settings.devices.name if settings.devices is not None else ""
