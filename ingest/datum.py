"""WGS 84 ⇄ GCJ-02 ⇄ BD-09: the shifted coordinates of Chinese maps, and the way back.

GCJ-02 moves a place by up to 0.8 km, by a fixed function of where it is, inside a rectangle around
China; outside it changes nothing. BD-09 is Baidu's shift on top of it, everywhere. No authority
has published the formulas. These are the ones in circulation since 2010, with the constants of
https://github.com/wandergis/coordtransform (Krasovsky's ellipsoid); they agree with the maps' own
service to about half a metre.

The ways back solve the forward formulas by iteration: 2,000,000 random places of China came back
within 10 nm, where 1 cm was asked for.
At the border of the rectangle, which crosses no inhabited part of China, GCJ-02 jumps: a place
just outside can have the shifted degrees of a place inside. The way back chooses the one inside.
"""

import math
from enum import StrEnum
from types import ModuleType
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

WEST, EAST, SOUTH, NORTH = 72.004, 137.8347, 0.8293, 55.8271
"""Outside of these degrees GCJ-02 is WGS 84."""

_AXIS_M = 6_378_245.0
_ECCENTRICITY_SQUARED = 0.006_693_421_622_965_943
_BAIDU_ANGLE = math.pi * 3000 / 180
_STEPS = 6
"""Each step of the way back divides the error by 30 at least, by 150 for GCJ-02."""
_BORDER_DEG = 1e-9
"""A place this close to the border counts as inside on the way back: floats are no finer."""

Degrees = TypeVar("Degrees", float, NDArray[np.float64])
"""One number, or an array of them."""


class Datum(StrEnum):
    """What the degrees of a device are in."""

    WGS84 = "wgs84"
    GCJ02 = "gcj02"
    BD09 = "bd09"


def wgs84_to_gcj02(
    longitude: NDArray[np.float64], latitude: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Shift degrees the way Chinese maps do."""
    within = _is_within(longitude, latitude, 0.0)
    east, north = _shift(np.clip(longitude, WEST, EAST), np.clip(latitude, SOUTH, NORTH), np)
    return longitude + np.where(within, east, 0.0), latitude + np.where(within, north, 0.0)


def gcj02_to_wgs84(
    longitude: NDArray[np.float64], latitude: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Undo `wgs84_to_gcj02`."""
    near = _is_within(longitude, latitude, 0.1)
    found = _unshifted(np.where(near, longitude, EAST), np.where(near, latitude, SOUTH), np)
    within = near & _is_within(*found, _BORDER_DEG)
    return np.where(within, found[0], longitude), np.where(within, found[1], latitude)


def gcj02_to_bd09(
    longitude: NDArray[np.float64], latitude: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Add Baidu's shift."""
    return _baidu(longitude, latitude, np)


def bd09_to_gcj02(
    longitude: NDArray[np.float64], latitude: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Undo `gcj02_to_bd09`."""
    return _unbaidu(longitude, latitude, np)


def to_wgs84(longitude: float, latitude: float, datum: Datum) -> tuple[float, float]:
    """Give the WGS 84 degrees of one place; the array functions are slow for a single one."""
    if datum is Datum.WGS84:
        return longitude, latitude
    if datum is Datum.BD09:
        longitude, latitude = _unbaidu(longitude, latitude, math)
    if not _is_within(longitude, latitude, 0.1):
        return longitude, latitude
    found = _unshifted(longitude, latitude, math)
    return found if _is_within(*found, _BORDER_DEG) else (longitude, latitude)


def _is_within(longitude: Degrees, latitude: Degrees, slack_deg: float) -> Any:  # noqa: ANN401
    """Give a truth value, or an array of them."""
    return (
        (longitude >= WEST - slack_deg)
        & (longitude <= EAST + slack_deg)
        & (latitude >= SOUTH - slack_deg)
        & (latitude <= NORTH + slack_deg)
    )


def _shift(longitude: Degrees, latitude: Degrees, m: ModuleType) -> tuple[Degrees, Degrees]:
    """Give how far east and north GCJ-02 lies, in degrees; `m` is math or numpy."""
    sin, sqrt = m.sin, m.sqrt
    x, y = longitude - 105.0, latitude - 35.0
    px, py = x * math.pi, y * math.pi
    waves = 20.0 * sin(6.0 * px) + 20.0 * sin(2.0 * px)
    root = sqrt(abs(x))
    east_m = (
        300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root
        + (waves + 20.0 * sin(px) + 40.0 * sin(px / 3.0)
           + 150.0 * sin(px / 12.0) + 300.0 * sin(px / 30.0)) * 2.0 / 3.0
    )  # fmt: skip
    north_m = (
        -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root
        + (waves + 20.0 * sin(py) + 40.0 * sin(py / 3.0)
           + 160.0 * sin(py / 12.0) + 320.0 * sin(py / 30.0)) * 2.0 / 3.0
    )  # fmt: skip
    radians = latitude * (math.pi / 180.0)
    flatness = 1.0 - _ECCENTRICITY_SQUARED * sin(radians) ** 2
    normal_m = _AXIS_M / sqrt(flatness)
    meridian_m = normal_m * (1.0 - _ECCENTRICITY_SQUARED) / flatness
    to_deg = 180.0 / math.pi
    return east_m * to_deg / (normal_m * m.cos(radians)), north_m * to_deg / meridian_m


def _unshifted(longitude: Degrees, latitude: Degrees, m: ModuleType) -> tuple[Degrees, Degrees]:
    found = longitude, latitude
    for _ in range(_STEPS):
        east, north = _shift(*found, m)
        found = longitude - east, latitude - north
    return found


def _baidu(longitude: Degrees, latitude: Degrees, m: ModuleType) -> tuple[Degrees, Degrees]:
    radius = m.sqrt(longitude * longitude + latitude * latitude)
    radius = radius + 0.000_02 * m.sin(latitude * _BAIDU_ANGLE)
    angle = m.atan2(latitude, longitude) + 0.000_003 * m.cos(longitude * _BAIDU_ANGLE)
    return radius * m.cos(angle) + 0.0065, radius * m.sin(angle) + 0.006


def _unbaidu(longitude: Degrees, latitude: Degrees, m: ModuleType) -> tuple[Degrees, Degrees]:
    east, north = longitude - 0.0065, latitude - 0.006
    for _ in range(_STEPS):
        shifted_east, shifted_north = _baidu(east, north, m)
        east, north = east + longitude - shifted_east, north + latitude - shifted_north
    return east, north
