"""Which ways of OpenStreetMap a collection truck drives: a rule that is printed and can be changed.

A value stands in lists of words, each a key of the table ``[drivable]`` of a TOML file. A list
replaces the default; one whose every word begins with ``+`` or ``-`` adds to it or takes away.
"""

import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

from geofence.streetmap.fault import StreetMapError, meant

LINK = "_link"
"""Ends the class of a ramp, which counts as its road."""

_CLASSES = frozenset((
    "motorway", "trunk", "primary", "secondary", "tertiary", "unclassified", "residential",
    "living_street", "service", "pedestrian", "track", "road", "busway", "bus_guideway", "escape",
    "raceway", "footway", "bridleway", "steps", "corridor", "path", "cycleway", "via_ferrata",
    "proposed", "construction", "platform", "rest_area", "services", "emergency_bay",
    "emergency_access_point", "ladder", "elevator", "crossing", "abandoned", "disused", "razed",
))  # fmt: skip
"""Values of ``highway`` that lines bear: another one in a rule is a slip of the pen."""


@dataclass(frozen=True, slots=True)
class DrivableRules:
    """Which ways are streets. The first condition that a way fails is the reason it is left out."""

    highway: tuple[str, ...] = (
        "motorway", "trunk", "primary", "secondary", "tertiary", "unclassified", "residential",
        "living_street", "service", "road",
    )  # fmt: skip
    """Classes that trucks drive, with their ``_link`` forms."""
    highway_if_open: tuple[str, ...] = ("pedestrian", "track")
    """Classes that they drive only where a key of motor traffic opens them."""
    access_keys: tuple[str, ...] = ("motor_vehicle", "vehicle", "access")
    """Who may enter: the first of these that says open or closed decides."""
    opening_keys: tuple[str, ...] = ("hgv",)
    """Looked at before those, but only to open: a ban on lorries spares who collects there."""
    open_access: tuple[str, ...] = (
        "yes", "permissive", "designated", "official", "destination", "delivery",
    )  # fmt: skip
    """What opens a way."""
    exclude_access: tuple[str, ...] = (
        "no", "private", "military", "emergency", "agricultural", "forestry",
    )  # fmt: skip
    """What closes it. Where trucks collect inside compounds: ``exclude_access = ["-private"]``."""
    exclude_service: tuple[str, ...] = ("driveway", "parking_aisle", "drive-through")
    """Kinds of ``service`` that are yards and no streets."""
    include_ways: tuple[int, ...] = ()
    """Numbers of ways that are streets whatever they bear."""
    exclude_ways: tuple[int, ...] = ()
    """And of such that are none."""

    def reason_against(self, tags: Mapping[str, str]) -> str | None:
        """Tell why a way with `highway` is no street; None if it is one.

        The reason is a tag such as ``access=private``, or for a class that nothing opens
        ``highway=track``.
        """
        kind = tags["highway"]
        for key, value in (("area", "yes"), ("route", "ferry")):
            if tags.get(key) == value:
                return f"{key}={value}"
        decided = self._access(tags)
        road = kind.removesuffix(LINK)
        if road not in self.highway and not (
            road in self.highway_if_open and decided and decided[1] and decided[0] != "access"
        ):
            return f"highway={kind}"
        if tags.get("service") in self.exclude_service:
            return f"service={tags['service']}"
        if decided and not decided[1]:
            return f"{decided[0]}={tags[decided[0]]}"
        return None

    def _access(self, tags: Mapping[str, str]) -> tuple[str, bool] | None:
        """Find the key that decides who may enter, and whether it opens the way."""
        for key in (*self.opening_keys, *self.access_keys):
            if key not in tags:
                continue
            values = [value.strip() for value in tags[key].split(";")]
            if any(value in self.open_access for value in values):
                return key, True
            if key in self.access_keys and all(value in self.exclude_access for value in values):
                return key, False
        return None

    def describe(self) -> tuple[str, ...]:
        """Say the rule in lines for a terminal, each with the key that changes it."""
        keys = (*self.opening_keys, *(key for key in self.access_keys if key != "access"))
        opened = f"one of {_listed(keys)} says {_listed(self.open_access)} [open_access]"
        decides = f"{_listed(self.access_keys)} (the first that is there decides)"
        lines = [
            f"streets are highway = {_listed(self.highway)}, and their {LINK} [highway]",
            f"and where {opened}: {_listed(self.highway_if_open)} [highway_if_open]",
            f"not where {decides} says {_listed(self.exclude_access)} [exclude_access]",
            f"nor service = {_listed(self.exclude_service)} [exclude_service]",
            "nor areas, ferries, and what has no highway, such as railways",
        ]
        for ways, word in ((self.include_ways, "always"), (self.exclude_ways, "never")):
            if ways:
                key = "include_ways" if word == "always" else "exclude_ways"
                lines.append(f"{word} the ways {_listed([str(way) for way in ways])} [{key}]")
        return tuple(lines)


def _listed(words: Collection[str]) -> str:
    return ", ".join(words) or "nothing"


def read_drivable_rules(path: Path, rules: DrivableRules | None = None) -> DrivableRules:
    """Read the table ``[drivable]`` of a TOML file; it changes `rules`, else the default.

    Raises
    ------
    StreetMapError
        If the file or the table cannot be read, or the table says something that is no rule.
    """
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise StreetMapError(f"{path}: cannot be read, {reason}") from error
    except tomllib.TOMLDecodeError as error:
        raise StreetMapError(f"{path}: is not TOML, {error}; mend it there") from error
    if "drivable" not in document:
        raise StreetMapError(f"{path}: has no table [drivable]; write one with the keys to change")
    return changed_rules(document["drivable"], str(path), rules)


def changed_rules(table: object, file: str, rules: DrivableRules | None = None) -> DrivableRules:
    """Change `rules`, else the default, by the table ``[drivable]`` of a file.

    Raises
    ------
    StreetMapError
        If a key is unknown or a value is no rule; names file, key and value.
    """
    rules = rules or DrivableRules()
    if not isinstance(table, Mapping):
        raise StreetMapError(f"{file}: drivable = {table!r}: must be a table, write [drivable]")
    known = [field.name for field in fields(DrivableRules)]
    for key in table:
        if key not in known:
            raise StreetMapError(
                f"{file}: drivable.{key}: is no key of the rule{meant(key, known)}; "
                f"there are {', '.join(known)}"
            )
    changes: dict[str, Any] = {}
    for key, value in table.items():
        where = f"{file}: drivable.{key}"
        if key.endswith("_ways"):
            changes[key] = _ways(value, where)
        else:
            changes[key] = _words(value, where, getattr(rules, key), key)
    return replace(rules, **changes)


def _ways(value: object, where: str) -> tuple[int, ...]:
    if not isinstance(value, list):
        raise StreetMapError(f"{where} = {value!r}: must be a list of numbers of ways, as [12, 34]")
    for each in value:
        if not isinstance(each, int) or isinstance(each, bool):
            raise StreetMapError(f"{where}: {each!r}: is no number of a way; write it as 123456")
    return tuple(value)


def _words(value: object, where: str, before: tuple[str, ...], key: str) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise StreetMapError(f'{where} = {value!r}: must be a list of words, as ["track"]')
    for each in value:
        if not isinstance(each, str) or not each.strip("+- "):
            raise StreetMapError(f'{where}: {each!r}: is no word; write it as "track"')
    changes = [each for each in value if each[0] in "+-"]
    if changes and len(changes) < len(value):
        raise StreetMapError(
            f"{where} = {value!r}: must begin all its words with + or -, which change the default, "
            "or none, which replace it"
        )
    for each in value:
        word = each.lstrip("+-")
        if key.startswith("highway") and word not in _CLASSES:
            raise StreetMapError(
                f"{where}: {each!r}: is no class of road of OpenStreetMap{meant(word, _CLASSES)}"
            )
        if each[0] == "-" and word not in before:
            raise StreetMapError(
                f"{where}: {each!r}: takes away what is not there{meant(word, before)}; "
                f"there are {_listed(before)}"
            )
    if not changes:
        return tuple(dict.fromkeys(value))
    added = [each[1:] for each in changes if each[0] == "+"]
    gone = {each[1:] for each in changes if each[0] == "-"}
    return tuple(dict.fromkeys(word for word in (*before, *added) if word not in gone))
