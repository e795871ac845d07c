"""Devices that the devices file has moved to another vehicle without saying when.

What such a device still holds is of the vehicle before, and would be taken for the other's. So the
log remembers where each was, and nothing is taken in until the file says since when that changed.
"""

from collections.abc import Container, Sequence

import sqlalchemy as sa

from ingest.decoding.devices import Assignment, Devices
from ingest.fault import DevicesError
from ingest.log.pinglog import PingLog
from ingest.log.rivals import put
from ingest.log.tables import device_places

_MOST_TOLD = 20
_MOVED = (
    "what it has still to send may be of either; write two rows, until when it was there and from "
    "when it is here (if it never was there, one with from 2000-01-01)"
)
_NEVER_ELSEWHERE_MS = 946_771_200_000
"""2000-01-02: a row that begins before says that the device never was elsewhere."""


def note_places(
    log: PingLog,
    devices: Devices,
    name: str,
    now_ms: int,
    known: Container[str] | None = None,
) -> None:
    """Remember where devices are by the file of a name; not of vehicles that are not `known`.

    Raises
    ------
    DevicesError
        If one was elsewhere before, and its rows do not say until when; it tells how to mend each.
    LogError
        If the log cannot be read or written.
    """
    now = {device: _place(rows, now_ms) for device, rows in devices.rows.items()}
    columns = device_places.c.device_id, device_places.c.vehicle_id, device_places.c.noted_ms
    with log.transaction(write=False) as connection:
        before = {
            row.device_id: (row.vehicle_id, row.noted_ms)
            for row in connection.execute(sa.select(*columns))
        }
    moved = [
        f"{name}: {device!r}: it was in {before[device][0]} and is in {vehicle} now, and {_MOVED}"
        for device, vehicle in now.items()
        if vehicle is not None
        and device in before
        and _is_undated_move(devices.rows[device], vehicle, before[device])
    ]
    if moved:
        told = moved[:_MOST_TOLD]
        if moved[_MOST_TOLD:]:
            told.append(f"and {len(moved) - _MOST_TOLD} more")
        count = "1 device is" if len(moved) == 1 else f"{len(moved)} devices are"
        raise DevicesError("\n".join(told), f"{name}: {count} in another vehicle now, and {_MOVED}")
    rows = [
        {"device_id": device, "vehicle_id": vehicle, "noted_ms": now_ms}
        for device, vehicle in now.items()
        if vehicle is not None
        and (known is None or vehicle in known)
        and (device not in before or before[device][0] != vehicle)
    ]
    if rows:
        with log.transaction(write=True) as connection:
            put(connection, device_places, rows)


def _place(rows: Sequence[Assignment], now_ms: int) -> str | None:
    """Give the vehicle that a device is in now, or was in last; None if it is in none yet."""
    begun = [row for row in rows if row.from_ms is None or row.from_ms <= now_ms]
    return max(begun, key=lambda row: row.from_ms or 0).vehicle_id if begun else None


def _is_undated_move(rows: Sequence[Assignment], vehicle: str, before: tuple[str, int]) -> bool:
    """Tell whether fixes of a time when it was known to be elsewhere are to be of a vehicle."""
    earlier, noted_ms = before
    if earlier == vehicle or any(row.vehicle_id == earlier for row in rows):
        return False
    begins = [row.from_ms for row in rows if row.vehicle_id == vehicle]
    return any(begin is None or _NEVER_ELSEWHERE_MS < begin < noted_ms for begin in begins)
