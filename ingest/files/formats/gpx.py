"""GPX 1.0 and 1.1: the points of tracks, with what they tell beside place and time."""

from ingest.decoding.rejection import RejectionCode
from ingest.fault import PingFileError
from ingest.files.formats.recorded import Recorded
from ingest.files.formats.xml_events import walk

_FIELDS = {
    "time": "event_time", "speed": "speed_mps", "course": "heading_deg", "hdop": "hdop",
    "sat": "satellites",
}  # fmt: skip
"""``speed`` and ``course`` stand in GPX 1.0, and in Garmin's extension of GPX 1.1."""
_DRAWN = {"wpt": "way points", "rtept": "points of routes"}


class _Reading:
    def __init__(self, recorded: Recorded) -> None:
        self.recorded = recorded
        self.points = self.timed = self.with_speed = self.tracks = 0
        self.drawn = dict.fromkeys(_DRAWN, 0)
        self.version = ""
        self._fix: dict[str, str] | None = None

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "gpx":
            self.version = attributes.get("version", "")
        elif tag == "trkpt":
            self._fix = {
                "longitude": attributes.get("lon", ""), "latitude": attributes.get("lat", ""),
            }  # fmt: skip
        self.tracks += tag == "trk"
        if tag in self.drawn:
            self.drawn[tag] += 1

    def end(self, tag: str, text: str) -> None:
        if self._fix is None:
            return
        if tag in _FIELDS:
            self._fix[_FIELDS[tag]] = text
        elif tag == "fix":
            self._fix["fix"] = text
        elif tag == "trkpt":
            self._take(self._fix)
            self._fix = None

    def _take(self, fix: dict[str, str]) -> None:
        self.points += 1
        self.timed += bool(fix.get("event_time"))
        self.with_speed += bool(fix.get("speed_mps"))
        if fix.get("fix") == "none":
            content = repr(fix).encode()
            self.recorded.refuse(self.points, RejectionCode.NO_FIX, content, "fix none")
        else:
            self.recorded.add(self.points, fix)


def read_gpx(content: bytes, recorded: Recorded) -> None:
    """Read the points of all tracks; way points and routes are drawn, not driven.

    Raises
    ------
    PingFileError
        If it is no GPX, or no point of it has a time.
    """
    name, reading = recorded.name, _Reading(recorded)
    walk(content, name, reading.start, reading.end)
    if not reading.points:
        found = [f"{count} {_DRAWN[tag]}" for tag, count in reading.drawn.items() if count]
        has = f"; it has {', '.join(found)}, which are drawn, not driven" if found else ""
        raise PingFileError(f"{name}: it has no point of a track{has}")
    if not reading.timed:
        raise PingFileError(
            f"{name}: none of its {reading.points} points has a time, so it tells no day and no "
            "window: a planned way, or saved without times; export it with them"
        )
    if not reading.with_speed:
        lost = (
            "GPX 1.1 has no place for it, so it was lost when the file was saved"
            if reading.version == "1.1" else "the recorder left it out"
        )  # fmt: skip
        recorded.note(f"no point tells a speed: {lost}; none is made up from the way")
    for tag, count in reading.drawn.items():
        if count:
            recorded.note(f"{count} {_DRAWN[tag]} were left out: they are drawn, not driven")
    if reading.tracks > 1:
        recorded.note(f"its {reading.tracks} tracks are taken for one vehicle")
