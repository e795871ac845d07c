#!/bin/sh
# PROJ by pyproj: no ballpark keeps the sound national system of China out, and an unsound one in.
#
# One would guess: the way from CGCS2000, which is WGS 84 but for decimetres, is known, and the one
#   from Beijing 1954, which is some 100 m off, is not; so `allow_ballpark=False`, or failing that
#   `only_best=True`, refuses where degrees would merely be taken as they are.
# What happens: the database knows no way from CGCS2000, and none from Xian 1980: the same ballpark,
#   with accuracy -1, for both. Without one CGCS2000 is refused, and Beijing 1954 is accepted: for
#   a place in Henan with parameters of the Tarim basin, 2,800 km away, as good to 1 m, or of the
#   South China Sea, as good to 15 m, whichever system of Beijing 1954 it is in. `only_best=True` uses
#   the ballpark and says nothing.
# Seen: pyproj 3.7.2 with PROJ 9.5.1, 2026-11-29.
# What we do: datums that are WGS 84 by definition are known by name, Beijing 1954 and Xian 1980 are
#   refused by name, and only others are left to PROJ (geofence/streetmap/vector/reference_system.py).
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 130' INT TERM

python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install -q --disable-pip-version-check pyproj==3.7.2

cat >"$dir/run.py" <<'PYTHON'
import sys

import pyproj
from pyproj import Transformer
from pyproj.exceptions import ProjError

print("pyproj", pyproj.__version__, "PROJ", pyproj.proj_version_str)
EAST, NORTH = 486_000.0, 3_767_000.0
SYSTEMS = {"EPSG:4547": "CGCS2000", "EPSG:2383": "Xian 1980", "EPSG:2435": "Beijing 1954"}


def used(system, **how):
    try:
        way = Transformer.from_crs(system, "EPSG:4326", always_xy=True, **how)
        longitude, latitude = way.transform(EAST, NORTH)
        last = way.get_last_used_operation()
    except ProjError:
        return "refused", None
    ways = [each for each in last.description.split(" + ") if "axis" not in each and "Gauss" not in each]
    return f"{longitude:.5f} {latitude:.5f} by {ways[0]}, accuracy {last.accuracy:g}", last.accuracy


found = {}
for system, name in SYSTEMS.items():
    for how in ({}, {"only_best": True}, {"allow_ballpark": False}):
        told, accuracy = used(system, **how)
        found[name, *how] = accuracy
        print(f"{name}, {how or 'as it comes'}: {told}")
degrees = Transformer.from_crs("EPSG:4214", "EPSG:4326", always_xy=True, allow_ballpark=False)
print("Beijing 1954 in degrees, Henan, no ballpark:", degrees.transform(113.85, 34.03))
tarim = degrees.get_last_used_operation()
print(f"  by {tarim.description}, accuracy {tarim.accuracy:g}")
as_told = (
    found["CGCS2000",] == found["Xian 1980",] == found["Beijing 1954", "only_best"] == -1
    and found["CGCS2000", "allow_ballpark"] is None
    and found["Xian 1980", "allow_ballpark"] is None
    and found["Beijing 1954", "allow_ballpark"] == 15
    and tarim.accuracy == 1
)
sys.exit(0 if as_told else 1)
PYTHON
if "$dir/venv/bin/python" "$dir/run.py"; then
    echo "as described: without a ballpark CGCS2000 is refused, and Beijing 1954 is not"
else
    echo "no longer as described" >&2
    exit 1
fi
