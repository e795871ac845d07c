"""devices.csv: what a topic or payload calls a device → the plan's vehicle and its datum."""

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ingest.decoding.bounds import is_vehicle_id
from ingest.decoding.datum import Datum
from ingest.fault import SettingError

COLUMNS = ("device_id", "vehicle_id", "datum")
_REQUIRED = COLUMNS[:2]
_FAULTS_TOLD = 50


@dataclass(frozen=True, slots=True)
class Devices:
    """Names of devices and datums of vehicles; who is not listed is called what it is called."""

    vehicles: Mapping[str, str] = field(default_factory=dict)
    """Vehicle by what its device is called."""
    datums: Mapping[str, Datum] = field(default_factory=dict)
    """Datum by vehicle, where it is not WGS 84."""

    def vehicle_of(self, name: str) -> str:
        """Give the vehicle of a device, or the name itself if no device is called so."""
        return self.vehicles.get(name, name)

    def datum_of(self, vehicle_id: str) -> Datum:
        """Give what a vehicle's degrees are in."""
        return self.datums.get(vehicle_id, Datum.WGS84)


NO_DEVICES = Devices()


def read_devices(path: Path) -> Devices:
    """Read a devices file, as Excel saves it: UTF-8 with or without BOM, or GB18030.

    Raises
    ------
    SettingError
        If it cannot be read or anything in it is wrong; it tells every fault, one a line.
    """
    rows = csv.reader(io.StringIO(_text(path), newline=""))
    try:
        header = [name.strip().lower() for name in next(rows, [])]
        _check_header(path, header)
        reading = _Reading(path.name)
        for cells in rows:
            if any(cell.strip() for cell in cells):
                reading.add(rows.line_num, header, [cell.strip() for cell in cells])
    except csv.Error as error:
        raise SettingError(f"{path.name}:{rows.line_num}: it is no CSV: {error}") from error
    if reading.faults:
        told = reading.faults[:_FAULTS_TOLD]
        if len(reading.faults) > len(told):
            told.append(f"and {len(reading.faults) - len(told)} more")
        raise SettingError("\n".join(told))
    return Devices(
        reading.vehicles,
        {vehicle: datum for vehicle, datum in reading.datums.items() if datum is not Datum.WGS84},
    )


def _text(path: Path) -> str:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise SettingError(
            f"devices file {path}: it cannot be read ({error.strerror}); change the setting devices"
        ) from error
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise SettingError(f"devices file {path}: it is neither UTF-8 nor GB18030; save it as UTF-8")


def _check_header(path: Path, header: list[str]) -> None:
    missing = [name for name in _REQUIRED if name not in header]
    unknown = [name for name in header if name and name not in COLUMNS]
    repeated = [name for name in COLUMNS if header.count(name) > 1]
    if missing or unknown or repeated:
        raise SettingError(
            f"{path.name}:1: {','.join(header)!r}: the columns must be "
            f"{', '.join(COLUMNS)}, separated by commas (datum may be left out)"
        )


class _Reading:
    """The rows so far, and what is wrong with them."""

    def __init__(self, name: str) -> None:
        self._name = name
        self.vehicles: dict[str, str] = {}
        self.datums: dict[str, Datum] = {}
        self.faults: list[str] = []
        self._line_of: dict[str, int] = {}

    def add(self, line: int, header: list[str], cells: list[str]) -> None:
        """Take one row."""
        if len(cells) > len(header):
            self._fault(line, ",".join(cells), f"it has {len(cells)} cells, not {len(header)}")
            return
        row = dict(zip(header, cells, strict=False))
        device, vehicle = row.get("device_id", ""), row.get("vehicle_id", "")
        if not device:
            self._fault(line, device, "write the device_id, or the vehicle's own id if it has none")
        elif device in self.vehicles:
            first = self._line_of[device]
            self._fault(line, device, f"line {first} has this device too; list each device once")
        if not is_vehicle_id(vehicle):
            self._fault(
                line, vehicle,
                "no vehicle can have this vehicle_id: 1 to 128 characters, no space, none of / + #",
            )  # fmt: skip
        datum = self._datum(line, vehicle, row.get("datum", ""))
        if device and datum is not None:
            self.vehicles.setdefault(device, vehicle)
            self._line_of.setdefault(device, line)

    def _datum(self, line: int, vehicle: str, text: str) -> Datum | None:
        try:
            datum = Datum(text.lower() or Datum.WGS84)
        except ValueError:
            self._fault(line, text, f"there is no such datum; write {', '.join(Datum)}")
            return None
        earlier = self.datums.setdefault(vehicle, datum)
        if earlier is not datum:
            self._fault(
                line, text or datum.value,
                f"an earlier line says {earlier.value} for {vehicle}; a vehicle has one datum",
            )  # fmt: skip
        return datum

    def _fault(self, line: int, value: str, remedy: str) -> None:
        self.faults.append(f"{self._name}:{line}: {value!r}: {remedy}")
