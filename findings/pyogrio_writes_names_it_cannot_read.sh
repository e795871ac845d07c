#!/bin/sh
# pyogrio: a Shapefile with a Chinese field name that it has written itself it cannot read.
#
# One would guess: a name that is too long for a Shapefile comes back shortened, and a file in UTF-8
#   with its .cpg is safe where GBK is not.
# What happens: names are cut after ten bytes, be it in the middle of a character. In UTF-8 three
#   characters are left and the first byte of a fourth; reading raises UnicodeDecodeError, whatever
#   fields one asks for, and with encoding="GBK" it gives other characters instead, without a word.
#   Read as ISO-8859-1 the bytes come through as they are. In GBK five characters fit exactly.
# Seen: pyogrio 0.13.0 with GDAL 3.12.4, 2026-11-29.
# What we do: a Shapefile is read as ISO-8859-1, and its bytes are decoded by us, without the rest of
#   a character (geofence/streetmap/vector/text_encoding.py).
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 130' INT TERM

python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install -q --disable-pip-version-check pyogrio==0.13.0 numpy==2.4.6 shapely==2.1.2

cat >"$dir/run.py" <<'PYTHON'
import pathlib
import sys
import warnings

import numpy as np
import pyogrio
import shapely

folder = pathlib.Path(sys.argv[1])
print("pyogrio", pyogrio.__version__, "GDAL", pyogrio.__gdal_version_string__)
warnings.simplefilter("ignore")  # that the name is shortened
line = shapely.to_wkb(np.array([shapely.LineString([(113.8, 34), (113.9, 34)])], dtype=object))
found = {}
for written in ("UTF-8", "GBK"):
    path = folder / f"{written}.shp"
    pyogrio.raw.write(
        path, line, [np.array(["魏都大道"], dtype=object), np.array(["a"], dtype=object)],
        ["道路名称与别名", "id"], geometry_type="LineString", crs="EPSG:4326", encoding=written,
        driver="ESRI Shapefile",
    )
    cpg = path.with_suffix(".cpg").read_text()
    for read in (None, "GBK", "ISO-8859-1"):
        for columns in (None, ["id"]):
            try:
                fields = pyogrio.raw.read(path, encoding=read, columns=columns)[0]["fields"].tolist()
            except UnicodeDecodeError as error:
                fields = type(error).__name__
            found[written, read, columns is None] = fields
            asked = "all fields" if columns is None else "the field id"
            print(f"written in {written} (.cpg {cpg}), read as {read}, {asked}: {fields}")
as_told = (
    found["UTF-8", None, True] == found["UTF-8", None, False] == "UnicodeDecodeError"
    and found["UTF-8", "GBK", True][0] != "道路名"
    and found["UTF-8", "ISO-8859-1", True][0].encode("latin-1") == "道路名称".encode()[:10]
    and found["GBK", None, True] == ["道路名称与", "id"]
)
sys.exit(0 if as_told else 1)
PYTHON
if "$dir/venv/bin/python" "$dir/run.py" "$dir"; then
    echo "as described: what was written in UTF-8 cannot be read"
else
    echo "no longer as described" >&2
    exit 1
fi
