"""Topic patterns: which topic speaks which dialect, and where it names the vehicle."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import combinations, zip_longest

from ingest.decoding.dialects.dialect import Dialect
from ingest.decoding.dialects.registry import NATIVE, load_dialect
from ingest.fault import SettingError

VEHICLE = "{vehicle_id}"
NATIVE_PATTERN = f"fleet/{VEHICLE}/ping"
EVENT_PATTERN = f"fleet/{VEHICLE}/event"
"""Where events belong; listened to if the settings say so."""
_LONGEST_TOPIC_BYTES = 65_535


@dataclass(frozen=True, slots=True)
class Route:
    """Topics of one pattern and the dialect of their payloads."""

    pattern: str
    dialect: Dialect

    @property
    def topic_filter(self) -> str:
        """The pattern as an MQTT subscription."""
        return self.pattern.replace(VEHICLE, "+")

    def match(self, topic: str) -> tuple[bool, str | None]:
        """Tell whether the pattern takes a topic, and what that calls the vehicle, if anything."""
        levels = self.pattern.split("/")
        given = topic.split("/")
        if topic.startswith("$") and levels[0] != given[0]:
            return False, None  # MQTT keeps these from wildcards
        name = None
        for level, one in zip_longest(levels, given):
            if level == "#":
                return True, name
            if level is None or (one is None and level is not None):
                return False, None
            if level == VEHICLE:
                name = one
            elif level not in {"+", one}:
                return False, None
        return True, name


class Routes:
    """Patterns of which no two take the same topic.

    Raises
    ------
    SettingError
        If a pattern is broken or two overlap.
    """

    def __init__(self, routes: Iterable[Route]) -> None:
        self._routes = tuple(routes)
        if not self._routes:
            raise SettingError("no topic pattern is given; write at least one [[topics]]")
        for route in self._routes:
            fault = _pattern_fault(route.pattern)
            if fault:
                raise SettingError(f"topic pattern {route.pattern!r}: {fault}")
        for one, other in combinations(self._routes, 2):
            if _overlap(one.topic_filter.split("/"), other.topic_filter.split("/")):
                raise SettingError(
                    f"the topic patterns {one.pattern!r} and {other.pattern!r} can take the same "
                    "topic; write them so that they cannot"
                )

    def __iter__(self) -> Iterator[Route]:
        """Go through them in their order."""
        return iter(self._routes)

    @property
    def topic_filters(self) -> tuple[str, ...]:
        """What to subscribe to."""
        return tuple(route.topic_filter for route in self._routes)

    def find(self, topic: str) -> tuple[Route, str | None] | None:
        """Give the route of a topic and what the topic calls the vehicle; None if none takes it."""
        for route in self._routes:
            taken, name = route.match(topic)
            if taken:
                return route, name
        return None


def routes_of(topics: Iterable[tuple[str, str]] | None) -> Routes:
    """Make routes of patterns and names of dialects; None gives those of the native dialect.

    Raises
    ------
    SettingError
        If a pattern is broken, two overlap, or a dialect is not there.
    """
    if topics is None:
        topics = [(NATIVE_PATTERN, NATIVE)]
    return Routes([Route(pattern, load_dialect(name)) for pattern, name in topics])


def _pattern_fault(pattern: str) -> str:
    """Say what is wrong with a pattern; empty if nothing is."""
    levels = pattern.split("/")
    fault = ""
    if not pattern:
        fault = "it is empty; write a topic such as " + NATIVE_PATTERN
    elif "\0" in pattern or len(pattern.encode("utf-8", "replace")) > _LONGEST_TOPIC_BYTES:
        fault = "MQTT allows no NUL and no more than 65,535 bytes"
    elif levels.count(VEHICLE) > 1:
        fault = f"it has {VEHICLE} more than once; one level names the vehicle"
    elif "#" in pattern[:-1] or (pattern[-1] == "#" and levels[-1] != "#"):
        fault = "# stands for all that follows: write it once, as the last level"
    elif any("+" in level and level != "+" for level in levels):
        fault = "+ stands for one whole level: write it between slashes"
    else:
        odd = [level for level in levels if level != VEHICLE and ("{" in level or "}" in level)]
        if odd:
            fault = (
                f"{odd[0]!r} is no level of it; only {VEHICLE} may be in braces, as a whole level"
            )
    return fault


def _overlap(one: list[str], other: list[str]) -> bool:
    for left, right in zip_longest(one, other):
        if "#" in {left, right}:
            return True
        if left is None or right is None or (left != right and "+" not in {left, right}):
            return False
    return True


NATIVE_ROUTES = routes_of(None)
