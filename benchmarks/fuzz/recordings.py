"""Damaged recordings: tables of vendors, GPX, KML and KMZ, NMEA 0183, packed and not."""

import gzip
import io
import random
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import ClassVar, NamedTuple

from benchmarks.fuzz.laws import check_seen
from benchmarks.fuzz.names import hostile_name
from benchmarks.fuzz.subject import Subject, ThroughError
from benchmarks.ingest.fuzz_decoders import BYTE_DAMAGES
from ingest.fault import PingFileError
from ingest.files.first_look import look_at
from ingest.files.mapping.file_format import FileFormat
from ingest.files.ping_file import PingFile, read_ping_file
from ingest.plain_text import plain
from tests.fixtures.vendor_files import LAYOUTS, write_vendor_file

_GPX = """<?xml version="1.0" encoding="UTF-8"?>
<gpx version="1.0" creator="x" xmlns="http://www.topografix.com/GPX/1/0"><trk><name>晋BQ0384</name>
<trkseg>{}</trkseg></trk></gpx>
"""
_KML = """<?xml version="1.0" encoding="UTF-8"?>
<kml xmlns="http://www.opengis.net/kml/2.2" xmlns:gx="http://www.google.com/kml/ext/2.2"><Document>
<Placemark><name>晋BQ0384</name><gx:Track>{}</gx:Track></Placemark></Document></kml>
"""
_FIXES = 12
_TOLD = FileFormat(vehicle="晋BQ0384")
_LONGEST = 5000


class Damage(NamedTuple):
    """What is done to a recording."""

    name: str
    inserted: str
    """A text that is put somewhere into it."""
    seed: int
    times: int
    packed: str
    """Ending of what it is packed into once damaged; empty if it is not."""


class Recordings(Subject):
    """A recording is read, its bad rows are refused one by one, or it is refused in a line."""

    name: ClassVar[str] = "recordings"
    share: ClassVar[float] = 0.005

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._sound: dict[str, tuple[bytes, str | None]] = {}
        """Content and time zone by name."""
        for layout in LAYOUTS:
            path, _, _, zone = write_vendor_file(folder, layout)
            self._sound[path.name] = (path.read_bytes(), zone)
        for name, content in _tracks().items():
            self._sound[name] = (content.encode(), None)
        with io.BytesIO() as kmz:
            with zipfile.ZipFile(kmz, "w", zipfile.ZIP_DEFLATED) as archive:
                archive.writestr("doc.kml", _tracks()["track.kml"])
            self._sound["track.kmz"] = (kmz.getvalue(), None)

    def make(self, chance: random.Random) -> Damage:
        """Choose what is damaged, and how."""
        return Damage(
            chance.choice(sorted(self._sound)),
            hostile_name(chance) if chance.random() < 0.3 else "",
            chance.randrange(1 << 32),
            chance.choice((0, 1, 1, 2, 5)),
            chance.choice(("", "", "", ".gz", ".zip")),
        )

    def throw(self, made: object) -> bool:
        """Damage a copy, look at it and read it."""
        assert isinstance(made, Damage)
        content, zone = self._sound[made.name]
        path = self.folder / f"copy-{made.name}"
        if made.packed and path.suffix != ".kmz":
            packed = _pack[made.packed](made.name, _damaged(made, content))
            path = path.with_name((path.name if made.packed == ".gz" else path.stem) + made.packed)
            path.write_bytes(packed)
        else:
            path.write_bytes(_damaged(made, content))
        try:
            look = look_at(path, _TOLD, zone)
            reading = read_ping_file(path, file_format=look.file_format(_TOLD) if look else _TOLD)
        except PingFileError as error:
            if len(str(error)) > _LONGEST:
                raise ThroughError(f"a refusal of {len(str(error))} characters") from None
            check_seen(plain(str(error), keep="\n"), "a refusal")
            return True
        finally:
            path.unlink()
        _check(reading)
        return bool(reading.rejections)


def _tracks() -> dict[str, str]:
    instants = [f"2022-03-28T07:03:{2 * k:02}Z" for k in range(_FIXES)]
    points = "".join(
        f'<trkpt lat="{40.08 + k / 5000:.6f}" lon="113.3"><time>{instant}</time>'
        "<speed>8.0</speed><course>0</course><hdop>0.9</hdop><sat>9</sat></trkpt>\n"
        for k, instant in enumerate(instants)
    )
    track = "".join(f"<when>{instant}</when>\n" for instant in instants)
    track += "".join(
        f"<gx:coord>113.3 {40.08 + k / 5000:.6f} 0</gx:coord>\n" for k in range(_FIXES)
    )
    sentences = "".join(
        _sentence(
            f"GNRMC,0703{2 * k:02}.00,A,40{4.8 + k / 100:07.4f},N,11318.0000,E,15.5,0.0,280322"
        )
        for k in range(_FIXES)
    )
    return {"track.gpx": _GPX.format(points), "track.kml": _KML.format(track),
            "track.nmea": sentences}  # fmt: skip


def _sentence(body: str) -> str:
    check = 0
    for letter in body.encode():
        check ^= letter
    return f"${body}*{check:02X}\r\n"


def _zipped(name: str, content: bytes) -> bytes:
    with io.BytesIO() as whole:
        with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(name, content)
        return whole.getvalue()


_pack: dict[str, Callable[[str, bytes], bytes]] = {
    ".gz": lambda _, content: gzip.compress(content, 1),
    ".zip": _zipped,
}


def _damaged(made: Damage, content: bytes) -> bytes:
    chance = random.Random(made.seed)
    if made.inserted:
        at = chance.randrange(len(content) + 1)
        text = made.inserted.encode(chance.choice(("utf-8", "gb18030")), "surrogatepass")
        content = content[:at] + text + content[at + chance.choice((0, len(text))) :]
    for _ in range(made.times):
        content = chance.choice(BYTE_DAMAGES)(chance, content)
    return content


def _check(reading: PingFile) -> None:
    pings = reading.pings
    for column, most in (("longitude", 180), ("latitude", 90)):
        if not pings[column].abs().le(most).all():
            raise ThroughError(f"a ping has a {column} that is none")
    if pings["event_time"].isna().any() or pings["vehicle_id"].isna().any():
        raise ThroughError("a ping has no time or no vehicle")
    if pings["speed_mps"].lt(0).any() or not pings["heading_deg"].dropna().between(0, 360).all():
        raise ThroughError("a ping has a speed or heading that is none")
    for note in reading.notes:
        check_seen(plain(note), "a note")
