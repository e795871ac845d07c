"""Coordinates of any reference system → longitude and latitude in WGS 84, or a reason why not.

PROJ gives degrees for every system, also where it knows no way from its datum to WGS 84: then it
takes them as they are, which it calls a ballpark, and may be a hundred metres off. Of CGCS2000,
too, it knows no way; but that lies within decimetres of WGS 84 by definition.
"""

import re
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from pyproj import CRS, Geod, Transformer
from pyproj.aoi import AreaOfInterest
from pyproj.exceptions import CRSError, ProjError
from pyproj.transformer import TransformerGroup

from geofence.streetmap.fault import StreetMapError
from geofence.streetmap.noding.flat_lines import Floats

_WGS84 = "EPSG:4326"
_WITHIN_DECIMETRES = re.compile(
    r"china.?(geodetic.coordinate.system.)?2000|cgcs.?2000|"
    r"world geodetic system 1984|wgs.?(19)?84|international terrestrial reference frame|itrf",
    re.IGNORECASE,
)
"""Names of datums that are WGS 84 for streets, whatever PROJ knows of them."""
_OLD_CHINESE = re.compile(r"xian.?(19)?80|beijing.?(19)?54|new beijing", re.IGNORECASE)
_POOR_M = 5.0
"""A way to WGS 84 that is known no better is told as a warning."""
_SAME_M = 1.0
"""Two systems that put streets so near are one under two names."""
_EARTH = Geod(ellps="WGS84")
_WIDEST_DEG = 20.0
"""Numbers of a city in degrees lie closer together."""
_ZONES_3 = {zone: 4513 + zone - 25 for zone in range(25, 46)}
_ZONES_6 = {zone: 4491 + zone - 13 for zone in range(13, 24)}
"""EPSG codes of CGCS2000 by the zone that eastings begin with."""


@dataclass(frozen=True, slots=True)
class Placed:
    """Coordinates in WGS 84, and how they came there."""

    spots: Floats
    """(n, 2) longitude and latitude."""
    told: str
    warning: str | None = None


def placed(path: Path, spots: Floats, system: str | None, *, is_chosen: bool = False) -> Placed:
    """Take coordinates to WGS 84.

    Parameters
    ----------
    spots
        (n, 2) of the file, in any order of axes that its format has; x first.
    system
        What the file says, or who reads it; None if nobody does.

    Raises
    ------
    StreetMapError
        If the system is unknown, or no sound way leads from it to WGS 84.
    """
    if system is None:
        return _assumed(path, spots)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            crs = CRS.from_user_input(system)
    except CRSError as error:
        whose = "--crs" if is_chosen else "its reference system"
        raise StreetMapError(
            f"{path}: {whose} is none that PROJ knows; name one such as EPSG:4547 with --crs"
        ) from error
    if crs.geodetic_crs is None:
        raise StreetMapError(
            f"{path}: {crs.name} is no place on earth but a drawing of its own; export the lines "
            "in WGS 84 (EPSG:4326)"
        )
    datum = _datum_name(crs)
    if _OLD_CHINESE.search(datum):
        raise StreetMapError(
            f"{path}: it is in {crs.name}, from which no public parameters lead to WGS 84 within a "
            "street's width (PROJ has a ballpark there, some 100 m off, or values for oil fields); "
            "have the survey office convert it to CGCS2000 and export that"
        )
    if _WITHIN_DECIMETRES.search(datum):
        # PROJ takes the degrees as they are, which is right here
        way, accuracy = Transformer.from_crs(crs, _WGS84, always_xy=True), 1.0
    else:
        way, accuracy = _way(path, crs, spots)
    moved = _moved(path, crs, way, spots)
    told = crs.name if _is_plain(crs) else f"{crs.name}, converted to WGS 84"
    warning = None
    if accuracy > _POOR_M:
        warning = (
            f"from {crs.name} PROJ knows the way to WGS 84 to {accuracy:.0f} m only; compare the "
            "streets with a map before judging anybody"
        )
    return Placed(moved, told, warning)


def _datum_name(crs: CRS) -> str:
    geodetic = crs.geodetic_crs
    return "" if geodetic is None else f"{geodetic.name} {geodetic.datum.name}"  # type: ignore[union-attr]


def contradiction(spots: Floats, said: str, chosen: str) -> str | None:
    """Give a warning if the system that somebody chose is another than the file says.

    Systems that put streets at the same places are the same, whatever they are called. None too
    if the numbers are no place in what the file says, so that it cannot be true.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            theirs, ours = CRS.from_user_input(said), CRS.from_user_input(chosen)
            at = np.median(spots, axis=0).tolist()
            there, here = _roughly(theirs, at), _roughly(ours, at)
    except (CRSError, ProjError):
        return None
    if not (np.isfinite([*there, *here]).all() and max(abs(there[1]), abs(here[1])) <= 90.0):
        return None
    where = ""
    # PROJ takes places in an old Chinese datum as they are, so they say nothing
    if (_OLD_CHINESE.search(_datum_name(theirs)) is None) == (
        _OLD_CHINESE.search(_datum_name(ours)) is None
    ):
        apart_m = _EARTH.inv(*there, *here)[2]
        if apart_m <= _SAME_M:
            return None
        where = f", {apart_m:,.0f} m from where the file has them"
    return (
        f"the file says {theirs.name}, and --crs {ours.name}: that puts the streets elsewhere"
        f"{where}; leave --crs away unless you know that the file is wrong"
    )


def _roughly(crs: CRS, at: list[float]) -> tuple[float, float]:
    way = Transformer.from_crs(crs, _WGS84, always_xy=True)
    longitude, latitude = way.transform(at[0], at[1])
    return float(longitude), float(latitude)


def _is_plain(crs: CRS) -> bool:
    return crs.is_geographic and crs.to_epsg(min_confidence=70) in (4326, 4490)


def _way(path: Path, crs: CRS, spots: Floats) -> tuple[Transformer, float]:
    """Choose the best way to WGS 84 that is known around some coordinates."""
    rough = Transformer.from_crs(crs, _WGS84, always_xy=True)
    longitude, latitude = rough.transform(*np.median(spots, axis=0).tolist())
    area: Any = None
    if np.isfinite([longitude, latitude]).all() and abs(latitude) <= 90.0:
        area = AreaOfInterest(longitude - 0.01, latitude - 0.01, longitude + 0.01, latitude + 0.01)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        group = TransformerGroup(
            crs, _WGS84, always_xy=True, area_of_interest=area, allow_ballpark=False
        )
    if not group.transformers:
        raise StreetMapError(
            f"{path}: it is in {crs.name}, from whose datum PROJ knows no way to WGS 84 (a "
            "ballpark only, some 100 m off); export it in WGS 84 (EPSG:4326) or CGCS2000 "
            "(EPSG:4490), or name its true system with --crs"
        )
    best = group.transformers[0]
    return best, float(best.accuracy)


def _moved(path: Path, crs: CRS, way: Transformer, spots: Floats) -> Floats:
    try:
        longitude, latitude = way.transform(spots[:, 0], spots[:, 1])
    except ProjError as error:
        raise StreetMapError(f"{path}: {error}; is it really in {crs.name}?") from error
    moved = np.stack([longitude, latitude], axis=1)
    sound = np.isfinite(moved).all(axis=1) & (np.abs(moved) <= (180.0, 90.0)).all(axis=1)
    if not sound.all():
        x, y = spots[int(np.flatnonzero(~sound)[0])]
        raise StreetMapError(
            f"{path}: {x:.6f} {y:.6f} is no place in {crs.name}; name its true system with --crs"
            + _hint(spots)
        )
    return moved


def _assumed(path: Path, spots: Floats) -> Placed:
    """Take what nobody says the system of for degrees, if it can be nothing else."""
    low, high = spots.min(axis=0), spots.max(axis=0)
    beside = np.abs([low, high]).max(axis=0)
    if (beside <= (180.0, 90.0)).all() and (high - low <= _WIDEST_DEG).all():
        return Placed(
            spots,
            "not said; its numbers are those of longitude and latitude, so WGS 84 is assumed",
            "its reference system is not said (a Shapefile says it in a .prj); longitude and "
            "latitude are assumed",
        )
    raise StreetMapError(
        f"{path}: its reference system is not said, and x {low[0]:.0f} to {high[0]:.0f}, y "
        f"{low[1]:.0f} to {high[1]:.0f} are no degrees; name it with --crs, or put the .prj beside "
        "it" + _hint(spots)
    )


def _hint(spots: Floats) -> str:
    """Guess what coordinates may be in, for a person to try."""
    x, y = np.median(spots, axis=0).tolist()
    if 73.0 <= y <= 136.0 and 3.0 <= x <= 54.0:
        return "; longitude and latitude look swapped"
    zone = int(x // 1_000_000)
    code = _ZONES_3.get(zone) or _ZONES_6.get(zone)
    if code is not None and 100_000 <= x % 1_000_000 <= 900_000 and 4e5 <= y <= 6.2e6:
        return f"; they look like Gauss-Krüger zone {zone}, in CGCS2000 EPSG:{code}"
    return ""
