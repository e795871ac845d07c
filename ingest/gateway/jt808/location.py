"""Bodies of 0x0200 and 0x0704 → objects of JSON, nearly raw: units and bits are the standard's.

The fixed fields of a report (JT/T 808-2019, table 23): alarm DWORD, status DWORD, latitude and
longitude DWORD in 10⁻⁶ degrees, altitude WORD in metres, speed WORD in 0.1 km/h, direction WORD in
degrees, time BCD[6] as YYMMDDhhmmss at GMT+8. Items of one byte id, one byte length and a value
follow (table 27).
"""

import struct
from typing import Any

from ingest.gateway.jt808.fault import FaultCode

Content = dict[str, Any]
REPORT, BATCH = 0x0200, 0x0704
_FIXED = struct.Struct(">IIIIHHH6s")
_NUMBERS: dict[int, tuple[str, int]] = {
    0x01: ("mileage", 4),  # 0.1 km, as the odometer
    0x02: ("fuel", 2),  # 0.1 l
    0x03: ("recorder_speed", 2),  # 0.1 km/h
    0x25: ("ext", 4),  # bits: signals of the vehicle
    0x2A: ("io", 2),  # bits: deep sleep, sleep
    0x30: ("signal_strength", 1),
    0x31: ("satellites", 1),
}
"""Items that are one number: their name and how many bytes they have."""
_ANALOG = 0x2B
"""Two inputs: AD0 in bits 0 to 15, AD1 in 16 to 31."""
_BLIND = 1
_MOST_FAULTS = 16
"""Reports of a batch that may be broken one by one; what follows is one fault."""


def report_of(body: bytes) -> Content | FaultCode:
    """Read the body of a position report.

    An item that is cut short costs no fix: it, and what follows, is kept as it is under ``rest``,
    as items without a name are under ``items``.
    """
    if len(body) < _FIXED.size:
        return FaultCode.BAD_BODY
    alarm, status, latitude, longitude, altitude, speed, direction, time = _FIXED.unpack_from(body)
    report: Content = {
        "alarm": alarm, "status": status, "latitude": latitude, "longitude": longitude,
        "altitude": altitude, "speed": speed, "direction": direction, "time": time.hex(),
    }  # fmt: skip
    unknown: dict[str, str] = {}
    place = _FIXED.size
    while place < len(body):
        value = body[place + 2 : place + 2 + body[place + 1]] if place + 1 < len(body) else b""
        if place + 1 >= len(body) or len(value) < body[place + 1]:
            report["rest"] = body[place:].hex()
            break
        name, length = _NUMBERS.get(body[place], ("", 0))
        if body[place] == _ANALOG and len(value) == 4:
            report["ad1"], report["ad0"] = struct.unpack(">HH", value)
        elif length and length == len(value):
            report[name] = int.from_bytes(value)
        else:
            unknown[f"{body[place]:02x}"] = value.hex()
        place += 2 + len(value)
    if unknown:
        report["items"] = unknown
    return report


def batch_of(body: bytes) -> list[Content | tuple[FaultCode, bytes]] | FaultCode:
    """Read the body of a batch: WORD count, BYTE kind, then WORD length and body of each report.

    A report that cannot be read comes as its fault and its bytes; reports that were stored where
    there was no network have ``blind`` set.
    """
    if len(body) < 3:
        return FaultCode.BAD_BODY
    count, kind = struct.unpack_from(">HB", body)
    found: list[Content | tuple[FaultCode, bytes]] = []
    place, faults = 3, 0
    while place < len(body):
        length = int.from_bytes(body[place : place + 2])
        piece = body[place + 2 : place + 2 + length]
        if place + 2 > len(body) or len(piece) < length or faults == _MOST_FAULTS:
            found.append((FaultCode.BAD_BODY, body[place:]))
            break
        report = report_of(piece)
        if isinstance(report, FaultCode):
            found.append((report, piece))
            faults += 1
        else:
            found.append({**report, "blind": True} if kind == _BLIND else report)
        place += 2 + length
    if not found or count > len(found):
        # what is counted and not there must not seem to have been taken
        found.append((FaultCode.BAD_BODY, body))
    return found
