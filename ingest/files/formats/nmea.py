"""NMEA 0183: what a receiver says once a second. RMC is the fix, GGA tells how good it is."""

import re
from functools import reduce
from operator import xor

from ingest.decoding.rejection import RejectionCode
from ingest.fault import PingFileError
from ingest.files.formats.recorded import Recorded

COLUMNS = (
    "event_time", "longitude_dm", "latitude_dm", "speed_knots", "heading_deg", "hdop", "satellites",
)  # fmt: skip
_SENTENCE = re.compile(rb"[$!](?P<body>[ -)+-~]*)(?:\*(?P<sum>[0-9A-Fa-f]{2}))?")
_TIME = re.compile(r"(\d\d)(\d\d)(\d\d)(\.\d+)?")
_DATE = re.compile(r"(\d\d)(\d\d)(\d\d)")
_FIRST_OF_LAST_CENTURY = 80
_FEWEST_RMC, _FEWEST_GGA = 10, 9
_LOOKED_AT = 1000
"""Bytes in which the first sentence begins."""


def looks_like_nmea(content: bytes) -> bool:
    """Tell whether a text file is one of sentences."""
    first = re.match(rb"(?:\xef\xbb\xbf)?\s*[$!][A-Z]{2}[A-Z0-9]{3},", content[:_LOOKED_AT])
    return first is not None


def read_nmea(content: bytes, recorded: Recorded) -> None:
    """Read the fixes of all RMC sentences; other sentences tell no date and are none by themselves.

    Raises
    ------
    PingFileError
        If there is no RMC among them.
    """
    recorded.columns = COLUMNS
    reading = _Reading(recorded)
    for number, line in enumerate(re.split(rb"\r\n|\n|\r", content), 1):
        if line.strip(b"\xef\xbb\xbf \t\0"):
            reading.take(number, line)
    if not reading.fixes and reading.kinds:
        others = ", ".join(sorted(reading.kinds))
        raise PingFileError(
            f"{recorded.name}: it has no RMC sentence, and no other ({others}) tells the date of "
            "its fixes; have the recorder write RMC too"
        )
    if not reading.fixes and not recorded.refused:
        raise PingFileError(f"{recorded.name}: it has no sentence of NMEA 0183")
    recorded.note("years have two digits in NMEA 0183; 00 to 79 were read as 2000 to 2079")
    if reading.unsummed:
        recorded.note(f"{reading.unsummed} sentences have no checksum and were believed")
    reading.close()


class _Reading:
    def __init__(self, recorded: Recorded) -> None:
        self.recorded = recorded
        self.fixes = self.unsummed = 0
        self.kinds: set[str] = set()
        self._gga: tuple[str, str, str] = "", "", ""
        self._waiting: tuple[int, str, dict[str, str]] | None = None

    def take(self, number: int, line: bytes) -> None:
        found = _SENTENCE.search(line)
        if found is None or not found["body"]:
            self._refuse(number, line, "no sentence of NMEA 0183")
            return
        if found["sum"] is None:
            if line[found.end() :].strip():
                self._refuse(number, line, "the sentence is broken off")
                return
            self.unsummed += 1
        elif int(found["sum"], 16) != (made := reduce(xor, found["body"])):
            told = f"the checksum is {found['sum'].decode()}, the sentence makes {made:02X}"
            self._refuse(number, line, told)
            return
        cells = found["body"].decode("ascii").split(",")
        kind = cells[0][-3:]
        self.kinds.add(kind)
        if kind == "RMC":
            self._take_rmc(number, line, cells)
        elif kind == "GGA" and len(cells) >= _FEWEST_GGA:
            self._gga = cells[1], cells[8], cells[7]
            if self._waiting is not None and self._waiting[1] == cells[1]:
                self._waiting[2].update(self._quality(cells[1]))

    def close(self) -> None:
        """Take the last fix, which has waited for its GGA."""
        if self._waiting is not None:
            number, _, fix = self._waiting
            self.recorded.add(number, fix)
            self._waiting = None

    def _take_rmc(self, number: int, line: bytes, cells: list[str]) -> None:
        self.close()
        self.fixes += 1
        if len(cells) < _FEWEST_RMC:
            self._refuse(number, line, f"RMC has {len(cells)} fields")
            return
        mode = cells[12] if len(cells) > 12 else ""
        if cells[2] != "A" or mode == "N":
            told = f"status {cells[2] or 'empty'}" + (f", mode {mode}" if mode else "")
            self.recorded.refuse(number, RejectionCode.NO_FIX, line, told)
            return
        fix = {
            "event_time": _instant(cells[9], cells[1]),
            "latitude_dm": cells[3] + cells[4],
            "longitude_dm": cells[5] + cells[6],
            "speed_knots": cells[7],
            "heading_deg": cells[8],
        }
        self._waiting = number, cells[1], fix | self._quality(cells[1])

    def _quality(self, clock: str) -> dict[str, str]:
        """Give what GGA says of the same instant."""
        at, hdop, satellites = self._gga
        return {"hdop": hdop, "satellites": satellites} if at == clock else {}

    def _refuse(self, number: int, line: bytes, told: str) -> None:
        self.recorded.refuse(number, RejectionCode.NOT_AN_OBJECT, line, told)


def _instant(date: str, clock: str) -> str:
    day, time = _DATE.fullmatch(date), _TIME.fullmatch(clock)
    if day is None or time is None:
        return f"{date} {clock}".strip()
    short = int(day[3])
    year = (1900 if short >= _FIRST_OF_LAST_CENTURY else 2000) + short
    return f"{year}-{day[2]}-{day[1]}T{time[1]}:{time[2]}:{time[3]}{time[4] or ''}Z"
