"""KML: ``gx:Track``, and placemarks of a point with the time when it was there."""

from itertools import zip_longest

from ingest.fault import PingFileError
from ingest.files.formats.recorded import Recorded
from ingest.files.formats.xml_events import walk


class _Reading:
    def __init__(self, recorded: Recorded) -> None:
        self.recorded = recorded
        self.points = self.timed = self.lines = 0
        self._times: list[str] = []
        self._places: list[str] = []
        self._angles: list[str] = []
        self._open: list[str] = []
        self._when = self._point = ""

    def start(self, tag: str, _: dict[str, str]) -> None:
        self._open.append(tag)
        if tag == "Track":
            self._times, self._places, self._angles = [], [], []
        elif tag == "Placemark":
            self._when = self._point = ""

    def end(self, tag: str, text: str) -> None:
        self._open.pop()
        within = self._open[-1] if self._open else ""
        if within == "Track":
            lists = {"when": self._times, "coord": self._places, "angles": self._angles}
            if tag in lists:
                lists[tag].append(text)
        elif tag == "when" and within == "TimeStamp":
            self._when = text
        elif tag == "coordinates" and within == "Point":
            self._point = text
        elif tag == "coordinates" and within in {"LineString", "LinearRing"}:
            self.lines += 1
        elif tag == "Track":
            self._take_track()
        elif tag == "Placemark" and self._point and self._when:
            self._take(self._when, self._point.split(","), "")

    def _take_track(self) -> None:
        times, places = len(self._times), len(self._places)
        if times != places:
            raise PingFileError(
                f"{self.recorded.name}: a track has {times} times and {places} places, so nobody "
                "knows which belong together"
            )
        rows = zip_longest(self._times, self._places, self._angles[:times], fillvalue="")
        for when, place, angle in rows:
            self._take(when, place.split(), angle)

    def _take(self, when: str, place: list[str], angle: str) -> None:
        self.points += 1
        self.timed += bool(when)
        longitude, latitude = (*place, "", "")[:2]
        fix = {
            "event_time": when, "longitude": longitude.strip(), "latitude": latitude.strip(),
            "heading_deg": (angle.split() or [""])[0],
        }  # fmt: skip
        self.recorded.add(self.points, fix)


def read_kml(content: bytes, recorded: Recorded) -> None:
    """Read all tracks and placemarks that have times.

    Raises
    ------
    PingFileError
        If it is no KML, or nothing in it has a time.
    """
    reading = _Reading(recorded)
    walk(content, recorded.name, reading.start, reading.end)
    if not reading.timed:
        lines = f": {reading.lines} drawn lines have none" if reading.lines else ""
        raise PingFileError(
            f"{recorded.name}: it has no gx:Track and no point with a time{lines}; "
            "export the track with its times"
        )
    if reading.lines:
        recorded.note(f"{reading.lines} lines were left out: they are drawn and have no times")
    recorded.note("no point tells a speed: KML has no place for it; none is made up from the way")
