"""devices.csv: what a topic or payload calls a device → the plan's vehicle at an instant."""

import csv
import io
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ingest.datum import Datum
from ingest.decoding.bounds import is_vehicle_id
from ingest.decoding.local_instant import read_local
from ingest.fault import DevicesError

COLUMNS = ("device_id", "vehicle_id", "datum", "type", "from", "until")
_REQUIRED = COLUMNS[:2]
_FAULTS_TOLD = 50
_MOST_ROWS = 1_000
"""Of one device and of one vehicle: each is compared with all others of it."""


@dataclass(frozen=True, slots=True)
class Assignment:
    """Where a device is, from an instant until another, and how it reports there."""

    vehicle_id: str
    datum: Datum = Datum.WGS84
    from_ms: int | None = None
    """None for ever before."""
    until_ms: int | None = None
    """The first instant at which it is not there any more; None for ever after."""
    kind: str = ""
    """The type of the device, which tells what its signals mean; empty if none does."""

    @property
    def is_dated(self) -> bool:
        """Whether it depends on the instant."""
        return self.from_ms is not None or self.until_ms is not None

    def holds(self, at_ms: int) -> bool:
        """Tell whether the device is there at an instant."""
        begun = self.from_ms is None or self.from_ms <= at_ms
        return begun and (self.until_ms is None or at_ms < self.until_ms)

    def overlaps(self, other: "Assignment") -> bool:
        """Tell whether both hold at any instant."""
        latest = max(self.from_ms or 0, other.from_ms or 0)
        ends = [each for each in (self.until_ms, other.until_ms) if each is not None]
        return all(latest < end for end in ends)


@dataclass(frozen=True, slots=True)
class Devices:
    """Names of devices and datums of vehicles; who is not listed is called what it is called."""

    vehicles: Mapping[str, str] = field(default_factory=dict)
    """Vehicle by what its device is called, where that never changes."""
    datums: Mapping[str, Datum] = field(default_factory=dict)
    """Datum by vehicle, where it is not WGS 84 and never changes."""
    rows: Mapping[str, tuple[Assignment, ...]] = field(default_factory=dict)
    """By what a device is called, all there is of it; no two overlap."""
    periods: Mapping[str, tuple[Assignment, ...]] = field(default_factory=dict)
    """By vehicle, where its datum depends on the instant."""

    def vehicle_of(self, name: str) -> str:
        """Give the vehicle of a device, or the name itself if no device is called so."""
        return self.vehicles.get(name, name)

    def datum_of(self, vehicle_id: str) -> Datum:
        """Give what a vehicle's degrees are in."""
        return self.datums.get(vehicle_id, Datum.WGS84)

    def lists(self, name: str) -> bool:
        """Tell whether a device is called so."""
        return name in self.vehicles or name in self.rows

    def is_fixed(self, name: str) -> bool:
        """Tell whether nothing about what is called so depends on the instant or on signals."""
        if any(row.is_dated or row.kind for row in self.rows.get(name, ())):
            return False
        return self.vehicle_of(name) not in self.periods

    def at(self, name: str, when: Callable[[], int]) -> Assignment | None:
        """Tell where the device of a name is; None if it is listed, and in no vehicle then.

        `when` gives the instant; it is asked only if that matters.
        """
        rows = self.rows.get(name)
        if rows is None:
            vehicle = self.vehicle_of(name)
            return Assignment(vehicle, self._datum_at(vehicle, when))
        if not rows[0].is_dated:
            return rows[0]
        at_ms = when()
        return next((row for row in rows if row.holds(at_ms)), None)

    def _datum_at(self, vehicle_id: str, when: Callable[[], int]) -> Datum:
        periods = self.periods.get(vehicle_id)
        if periods is None:
            return self.datum_of(vehicle_id)
        at_ms = when()
        return next((row.datum for row in periods if row.holds(at_ms)), Datum.WGS84)


NO_DEVICES = Devices()


def read_devices(path: Path, timezone: str | None = None, types: Collection[str] = ()) -> Devices:
    """Read a devices file, as Excel saves it: UTF-8 with or without BOM, or GB18030.

    `timezone` is where its dates are meant; None if no plan tells. `types` are those that the
    settings know.

    Raises
    ------
    DevicesError
        If it cannot be read or anything in it is wrong; it tells every fault, one a line.
    """
    rows = csv.reader(io.StringIO(_text(path), newline=""))
    try:
        header = [name.strip().lower() for name in next(rows, [])]
        _check_header(path, header)
        reading = _Reading(path.name, timezone, types)
        for cells in rows:
            if any(cell.strip() for cell in cells):
                reading.add(rows.line_num, header, [cell.strip() for cell in cells])
    except csv.Error as error:
        reason = f"{path.name}:{rows.line_num}: it is no CSV: {error}"
        raise DevicesError(reason, reason) from error
    if reading.faults:
        raise DevicesError(*map(_told, zip(*reading.faults, strict=True)))
    return reading.devices()


def _told(faults: Sequence[str]) -> str:
    told = list(faults[:_FAULTS_TOLD])
    if len(faults) > len(told):
        told.append(f"and {len(faults) - len(told)} more")
    return "\n".join(told)


def _text(path: Path) -> str:
    try:
        content = path.read_bytes()
    except OSError as error:
        why, remedy = error.strerror, "change the setting devices"
        if isinstance(error, FileNotFoundError):
            why, remedy = "no such file", "put it back, or take out the setting devices"
        told = f"it cannot be read ({why}); {remedy}"
        raise DevicesError(f"devices file {path}: {told}", f"{path.name}: {told}") from error
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    told = "it is neither UTF-8 nor GB18030; save it as UTF-8"
    raise DevicesError(f"devices file {path}: {told}", f"{path.name}: {told}")


def _check_header(path: Path, header: list[str]) -> None:
    missing = [name for name in _REQUIRED if name not in header]
    unknown = [name for name in header if name and name not in COLUMNS]
    repeated = [name for name in COLUMNS if header.count(name) > 1]
    if missing or unknown or repeated:
        told = (
            f"the columns must be {', '.join(COLUMNS)}, separated by commas "
            f"({_listed(COLUMNS[2:])} may be left out)"
        )
        raise DevicesError(f"{path.name}:1: {','.join(header)!r}: {told}", f"{path.name}:1: {told}")


def _listed(names: Collection[str]) -> str:
    *first, last = names
    return f"{', '.join(first)} and {last}"


class _Reading:
    """The rows so far, and what is wrong with them."""

    def __init__(self, name: str, timezone: str | None, types: Collection[str]) -> None:
        self._name, self._timezone, self._types = name, timezone, types
        self.faults: list[tuple[str, str]] = []
        """Each as it is told to whoever may read the file, and to others."""
        self._of_device: dict[str, list[tuple[int, Assignment]]] = {}
        self._of_vehicle: dict[str, list[tuple[int, Assignment]]] = {}

    def add(self, line: int, header: list[str], cells: list[str]) -> None:
        """Take one row."""
        if len(cells) > len(header):
            self._fault(line, ",".join(cells), f"it has {len(cells)} cells, not {len(header)}")
            return
        row = dict(zip(header, cells, strict=False))
        device, vehicle = row.get("device_id", ""), row.get("vehicle_id", "")
        if not device:
            self._fault(line, device, "write the device_id, or the vehicle's own id if it has none")
        if not is_vehicle_id(vehicle):
            self._fault(
                line, vehicle,
                "no vehicle can have this vehicle_id: 1 to 128 characters, no space, none of / + #",
            )  # fmt: skip
        datum = self._datum(line, row.get("datum", ""))
        from_ms = self._instant(line, row.get("from", ""))
        until_ms = self._instant(line, row.get("until", ""))
        if from_ms is not None and until_ms is not None and from_ms >= until_ms:
            self._fault(line, row["until"], "until must be later than from")
            return
        kind = row.get("type", "")
        if kind and kind not in self._types:
            known = ", ".join(sorted(self._types)) or "none"
            self._fault(
                line, kind,
                f"pingcheng.toml has no table [device_types.{kind}]; there are {known}",
                f"pingcheng.toml has no such table of [device_types]; there are {known}",
            )  # fmt: skip
        if datum is None:
            return
        found = Assignment(vehicle, datum, from_ms, until_ms, kind)
        for name, told in ((vehicle, self._of_vehicle), (device, self._of_device)):
            if len(told.get(name, ())) >= _MOST_ROWS:
                self._fault(line, name, f"it has over {_MOST_ROWS} rows; delete those of the past")
                return
        self._check_datum(line, row.get("datum", ""), found)
        self._of_vehicle.setdefault(vehicle, []).append((line, found))
        if device:
            self._check_device(line, device, found)
            self._of_device.setdefault(device, []).append((line, found))

    def devices(self) -> Devices:
        """Give what was read."""
        rows = {name: tuple(row for _, row in told) for name, told in self._of_device.items()}
        of_vehicles = {name: tuple(row for _, row in told)
                       for name, told in self._of_vehicle.items()}  # fmt: skip
        shifted = {
            name: told
            for name, told in of_vehicles.items()
            if any(row.datum is not Datum.WGS84 for row in told)
        }
        return Devices(
            vehicles={name: row.vehicle_id for name, [row, *_] in rows.items() if not row.is_dated},
            datums={name: told[0].datum for name, told in shifted.items()
                    if not any(row.is_dated for row in told)},
            rows=rows,
            periods={name: told for name, told in shifted.items()
                     if any(row.is_dated for row in told)},
        )  # fmt: skip

    def _check_device(self, line: int, device: str, found: Assignment) -> None:
        for earlier, other in self._of_device.get(device, ()):
            if found.overlaps(other):
                self._fault(
                    line, device,
                    f"line {earlier} has this device too, and for some time both hold; write until "
                    "when it was there and from when it is here, or list it once",
                )  # fmt: skip
                return

    def _check_datum(self, line: int, text: str, found: Assignment) -> None:
        for earlier, other in self._of_vehicle.get(found.vehicle_id, ()):
            if other.datum is not found.datum and found.overlaps(other):
                self._fault(
                    line, text or found.datum.value,
                    f"line {earlier} says {other.datum.value} for {found.vehicle_id}, and for some "
                    "time both hold; a vehicle has one datum at a time",
                    f"line {earlier} says {other.datum.value} for the same vehicle, which has one "
                    "datum at a time",
                )  # fmt: skip
                return

    def _datum(self, line: int, text: str) -> Datum | None:
        try:
            return Datum(text.lower() or Datum.WGS84)
        except ValueError:
            self._fault(line, text, f"there is no such datum; write {', '.join(Datum)}")
            return None

    def _instant(self, line: int, text: str) -> int | None:
        if not text:
            return None
        try:
            return read_local(text, self._timezone)
        except ValueError as error:
            self._fault(line, text, str(error))
            return None

    def _fault(self, line: int, value: str, remedy: str, unnamed: str = "") -> None:
        place = f"{self._name}:{line}"
        self.faults.append((f"{place}: {value!r}: {remedy}", f"{place}: {unnamed or remedy}"))
