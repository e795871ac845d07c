#!/bin/sh
# PROJ: a transverse Mercator draws what lies half round the world from its meridian, upside down.
#
# One would guess: far from its central meridian a transverse Mercator is of no use, and where it is
#   meant for some hundred kilometres it gives `inf`, or at least lengths that are plainly wrong.
# What happens: with the centre that a bounding box of a town across 180° has, which is longitude 0,
#   PROJ goes over the pole and round: streets keep their lengths to the centimetre, and the way back
#   to degrees is exact. Only all is turned by half a circle: north lies south, east lies west. A
#   check of lengths or of the round trip sees nothing.
# Seen: pyproj 3.7.2 with PROJ 9.5.1, 2026-11-29.
# What we do: the box around a town is the narrower one, and its middle the meridian
#   (geofence/network/projection.py).
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 130' INT TERM

python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install -q --disable-pip-version-check pyproj==3.7.2

"$dir/venv/bin/python" - <<'PYTHON'
import math
import sys

import pyproj

print("pyproj", pyproj.__version__, "PROJ", pyproj.proj_version_str)
local = "+proj=tmerc +lon_0=0 +lat_0=-16.8 +ellps=WGS84 +units=m"
there = pyproj.Transformer.from_crs("EPSG:4326", local, always_xy=True)
earth = pyproj.Geod(ellps="WGS84")
middle, east, north = (180.0, -16.8), (-179.995, -16.8), (180.0, -16.795)
x, y = there.transform(*middle)
wrong = []
for name, place, turned in (("east", east, "west"), ("north", north, "south")):
    u, v = there.transform(*place)
    length_m = math.hypot(u - x, v - y)
    true_m = earth.inv(*middle, *place)[2]
    back = there.transform(u, v, direction="INVERSE")
    drawn = ("west" if u < x else "east") if name == "east" else ("south" if v < y else "north")
    print(f"{true_m:.2f} m to the {name}: drawn {length_m:.2f} m to the {drawn}, and back at {back}")
    if drawn != turned or abs(length_m - true_m) > 0.01 or math.dist(back, place) > 1e-9:
        wrong.append(name)
if wrong:
    sys.exit("no longer as described")
print("as described: lengths and the way back are right, and the map stands on its head")
PYTHON
