#!/bin/sh
# tomlkit: arrays of tables that alternate in a file come out sorted, with comments at other tables.
#
# One would guess: parse and dumps give the same text to the last byte, whatever the order of tables, as
#   tomlkit promises to keep a document's style.
# What happens: [[grids]], [[exceptions]], [[grids]] becomes [[grids]], [[grids]], [[exceptions]], and a
#   comment that introduced one table stands above another. Besides, a key that is added to a table is
#   written behind the comments that introduce the next one.
# Seen: tomlkit 0.15.2 with Python 3.11, 2026-11-29.
# What we do: analytics/plan_editor/plan_text.py takes the text apart at its headers, has tomlkit write
#   single tables without the comments at their end, and puts all together again.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 130' INT TERM

python3 -m venv "$dir/venv" || exit 2
"$dir/venv/bin/pip" install -q --disable-pip-version-check tomlkit==0.15.2

cat >"$dir/move.py" <<'PYTHON'
import sys
from importlib.metadata import version

import tomlkit

ALTERNATING = """\
[[grids]]
id = "A"

# a closed road
[[exceptions]]
reason = "road_closed"

# the grid behind the river
[[grids]]
id = "B"
"""
NEIGHBOURS = """\
[[grids]]
id = "A"

# the grid behind the river
[[grids]]
id = "B"
"""
print("tomlkit", version("tomlkit"), "Python", sys.version.split()[0])
moved = tomlkit.dumps(tomlkit.parse(ALTERNATING))
print("parsed and written again, nothing changed:")
print(moved)
document = tomlkit.parse(NEIGHBOURS)
document["grids"][0]["days"] = "mon-fri"
added = tomlkit.dumps(document)
print("a key added to the first of two tables:")
print(added)
as_described = (
    moved != ALTERNATING
    and moved.index('id = "B"') < moved.index("[[exceptions]]")
    and added.index("# the grid behind the river") < added.index('days = "mon-fri"')
)
print("as described" if as_described else "not as described any more")
sys.exit(0 if as_described else 1)
PYTHON
"$dir/venv/bin/python" "$dir/move.py"
