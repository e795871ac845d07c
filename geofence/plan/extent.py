"""Where the streets of a plan lie, read without making sections of them."""

from pathlib import Path

import msgspec

Extent = tuple[float, float, float, float]
"""West, south, east and north in degrees."""


class _Line(msgspec.Struct):
    coordinates: list[list[float]]


class _Feature(msgspec.Struct):
    geometry: _Line


class _Streets(msgspec.Struct):
    features: list[_Feature]


def streets_extent(path: Path) -> Extent | None:
    """Give the rectangle around all lines of a GeoJSON file of streets.

    None if no such rectangle can be told: the faults of the file are for the plan's check to find.
    """
    try:
        content = path.read_bytes().removeprefix(b"\xef\xbb\xbf")
        streets = msgspec.json.decode(content, type=_Streets)
    except (OSError, ValueError, RecursionError, msgspec.MsgspecError):  # a name may hold a NUL
        return None
    positions = [
        position for feature in streets.features for position in feature.geometry.coordinates
    ]
    if not positions or min(map(len, positions)) < 2:
        return None
    longitudes = [position[0] for position in positions]
    latitudes = [position[1] for position in positions]
    west, south, east, north = min(longitudes), min(latitudes), max(longitudes), max(latitudes)
    if west < -180 or east > 180 or south < -90 or north > 90:
        return None
    return west, south, east, north
