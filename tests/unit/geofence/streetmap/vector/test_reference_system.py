import re
from pathlib import Path

import numpy as np
import pytest
from pyproj import CRS, Transformer

from geofence.streetmap.fault import StreetMapError
from geofence.streetmap.vector.reference_system import contradiction, placed

PATH = Path("streets.shp")
XUCHANG = np.array([[113.80, 34.00], [113.83, 34.02]])
ESRI = (
    'PROJCS["{name}_3_Degree_GK_CM_114E",GEOGCS["GCS_{geographic}",DATUM["D_{datum}",'
    'SPHEROID["{spheroid}",{axis},{flattening}]],PRIMEM["Greenwich",0.0],'
    'UNIT["Degree",0.0174532925199433]],PROJECTION["Gauss_Kruger"],'
    'PARAMETER["False_Easting",500000.0],PARAMETER["False_Northing",0.0],'
    'PARAMETER["Central_Meridian",114.0],PARAMETER["Scale_Factor",1.0],'
    'PARAMETER["Latitude_Of_Origin",0.0],UNIT["Meter",1.0]]'
)
ESRI_CGCS2000 = ESRI.format(
    name="CGCS2000", geographic="China_Geodetic_Coordinate_System_2000", datum="China_2000",
    spheroid="CGCS2000", axis="6378137.0", flattening="298.257222101",
)  # fmt: skip
ESRI_BEIJING = ESRI.format(
    name="Beijing_1954", geographic="Beijing_1954", datum="Beijing_1954",
    spheroid="Krasovsky_1940", axis="6378245.0", flattening="298.3",
)  # fmt: skip
ESRI_XIAN = ESRI.format(
    name="Xian_1980", geographic="Xian_1980", datum="Xian_1980",
    spheroid="Xian_1980", axis="6378140.0", flattening="298.257",
)  # fmt: skip


def written_in(system, spots=XUCHANG):
    """Give degrees as a file in another system has them."""
    crs = CRS.from_user_input(system)
    forth = Transformer.from_crs(crs.geodetic_crs, crs, always_xy=True)
    return np.stack(forth.transform(spots[:, 0], spots[:, 1]), axis=1)


@pytest.mark.parametrize("system", ["EPSG:4326", "EPSG:4490", "OGC:CRS84"])
def test_degrees_stay_as_they_are_longitude_first(system):
    assert placed(PATH, XUCHANG, system).spots == pytest.approx(XUCHANG, abs=1e-9)


@pytest.mark.parametrize(
    "system", ["EPSG:4547", "EPSG:4526", "EPSG:4507", "EPSG:3857", "EPSG:32649", ESRI_CGCS2000]
)
def test_metres_of_cgcs2000_and_wgs_84_come_to_their_place(system):
    place = placed(PATH, written_in(system), system)
    assert place.spots == pytest.approx(XUCHANG, abs=1e-7)
    assert place.warning is None
    assert "converted to WGS 84" in place.told


@pytest.mark.parametrize("zone", range(4491, 4555))
def test_every_zone_of_cgcs2000_is_accepted(zone):
    system = f"EPSG:{zone}"
    area = CRS.from_epsg(zone).area_of_use
    spot = np.array([[(area.west + area.east) / 2, 35.0]])
    assert placed(PATH, written_in(system, spot), system).spots == pytest.approx(spot, abs=1e-7)


@pytest.mark.parametrize(
    "system",
    ["EPSG:4610", "EPSG:2383", "EPSG:4214", "EPSG:2435", "EPSG:21419", "EPSG:4555",
     ESRI_BEIJING, ESRI_XIAN],
)  # fmt: skip
def test_old_chinese_systems_are_refused_with_the_reason(system):
    with pytest.raises(StreetMapError, match=r"no public parameters .*convert it to CGCS2000"):
        placed(PATH, written_in(system), system)


def test_a_datum_from_which_no_way_is_known_is_refused():
    system = "+proj=tmerc +lon_0=114 +x_0=500000 +ellps=krass +units=m +type=crs"
    with pytest.raises(StreetMapError, match=r"knows no way to WGS 84 \(a ballpark only"):
        placed(PATH, written_in(system), system)


def test_a_way_that_is_known_to_some_metres_only_is_told():
    spots = np.array([[-54.6, -20.4], [-54.5, -20.3]])
    exact = placed(PATH, written_in("EPSG:31981", spots), "EPSG:31981")
    assert exact.spots == pytest.approx(spots, abs=1e-5)
    assert exact.warning is None
    rough = placed(PATH, np.array([[-99.1, 19.4]]), "EPSG:4267")
    assert "m only" in rough.warning


def test_degrees_without_a_system_are_assumed_to_be_degrees():
    place = placed(PATH, XUCHANG, None)
    assert (place.spots == XUCHANG).all()
    assert "assumed" in place.told
    assert "is not said" in place.warning


@pytest.mark.parametrize(
    ("system", "hint"),
    [
        ("EPSG:4526", "zone 38, in CGCS2000 EPSG:4526"),
        ("EPSG:4497", "zone 19, in CGCS2000 EPSG:4497"),
    ],
)
def test_metres_without_a_system_are_refused_with_what_they_look_like(system, hint):
    with pytest.raises(StreetMapError, match=r"is not said.*--crs.*" + hint):
        placed(PATH, written_in(system), None)


def test_swapped_degrees_are_told():
    with pytest.raises(StreetMapError, match="look swapped"):
        placed(PATH, XUCHANG[:, ::-1], None)
    with pytest.raises(StreetMapError, match=r"no place in WGS 84; .*look swapped"):
        placed(PATH, XUCHANG[:, ::-1], "EPSG:4326")


@pytest.mark.parametrize("system", ["nonsense", "EPSG:99999999", ""])
def test_a_system_that_nobody_knows_is_refused(system):
    with pytest.raises(StreetMapError, match="--crs is none that PROJ knows"):
        placed(PATH, XUCHANG, system, is_chosen=True)


def test_a_drawing_that_is_nowhere_on_earth_is_refused():
    local = 'LOCAL_CS["site",LOCAL_DATUM["site",0],UNIT["metre",1],AXIS["E",EAST],AXIS["N",NORTH]]'
    with pytest.raises(StreetMapError, match="no place on earth"):
        placed(PATH, XUCHANG, local)


@pytest.mark.parametrize(
    ("said", "chosen", "told"),
    [
        ("EPSG:4547", "EPSG:4548", r"CM 114E, and --crs .* CM 117E: .* m from"),
        ("EPSG:32649", "EPSG:32650", r"zone 49N, and --crs WGS 84 / UTM zone 50N: .* m from"),
        ("EPSG:4326", "EPSG:4547", r"the file says WGS 84, and --crs CGCS2000 / 3-degree"),
        (ESRI_XIAN, "EPSG:4547", r"Xian 1980 .*, and --crs CGCS2000 .* elsewhere; leave"),
        ("EPSG:4610", "EPSG:4490", r"Xian 1980, and --crs China Geodetic .* elsewhere; leave"),
    ],
)  # fmt: skip
def test_a_chosen_system_that_is_not_the_one_of_the_file_is_told_with_both(said, chosen, told):
    warning = contradiction(written_in(said), said, chosen)
    assert re.search(told, warning)
    assert warning.endswith("leave --crs away unless you know that the file is wrong")


@pytest.mark.parametrize(
    ("said", "chosen"),
    [
        ("EPSG:4326", "EPSG:4490"), ("EPSG:4326", "OGC:CRS84"), ("EPSG:4979", "EPSG:4326"),
        (ESRI_CGCS2000, "EPSG:4547"), ("EPSG:3857", "EPSG:900913"), ("EPSG:4674", "EPSG:4326"),
    ],
)  # fmt: skip
def test_a_system_under_another_name_is_the_same(said, chosen):
    assert contradiction(written_in(said), said, chosen) is None


def test_what_cannot_be_true_is_not_held_against_a_chosen_system():
    # a GeoJSON that says nothing counts as WGS 84
    assert contradiction(written_in("EPSG:4547"), "EPSG:4326", "EPSG:4547") is None
    assert contradiction(written_in("EPSG:4547"), "nonsense", "EPSG:4547") is None
