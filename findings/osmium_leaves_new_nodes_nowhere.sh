#!/bin/sh
# pyosmium: a street drawn in JOSM and not yet uploaded has no places, and one deleted there stays.
#
# One would guess: of a file that JOSM saved, osmium reads what the editor shows: new nodes (JOSM
#   gives them negative ids until they are uploaded) lie where their lat and lon say, also as points
#   of a way, and what has action='delete' is gone, or at least marked as deleted.
# What happens: a node with a negative id has its place as a node, but the index that gives ways
#   their places takes positive ids only: as a point of a way it is invalid, with no error and no
#   warning. Attribute action is not read: what was deleted in the editor comes like everything
#   else, with deleted False and visible True.
# Seen: osmium 4.3.2 (PyPI), 2026-11-28, with FileProcessor.with_locations() and SimpleHandler
#   alike.
# What we do: a file with marks of an editor (negative ids, action) is not read by osmium but by a
#   reader of our own (geofence/streetmap/extract/josm.py); both must give the same of a plain file.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 130' INT TERM

python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install -q --disable-pip-version-check osmium==4.3.2

cat >"$dir/edited.osm" <<'XML'
<?xml version='1.0' encoding='UTF-8'?>
<osm version='0.6' generator='JOSM'>
  <node id='1' version='1' visible='true' lat='40.080' lon='113.300'/>
  <node id='2' version='1' visible='true' lat='40.081' lon='113.301'/>
  <node id='-3' action='modify' visible='true' lat='40.082' lon='113.302'/>
  <node id='-4' action='modify' visible='true' lat='40.083' lon='113.303'/>
  <way id='10' action='delete' version='1' visible='true'>
    <nd ref='1'/><nd ref='2'/><tag k='highway' v='residential'/>
  </way>
  <way id='-11' action='modify' visible='true'>
    <nd ref='2'/><nd ref='-3'/><nd ref='-4'/><tag k='highway' v='residential'/>
  </way>
</osm>
XML

"$dir/venv/bin/python" - "$dir/edited.osm" <<'PYTHON'
import sys
from importlib.metadata import version

import osmium

print("osmium", version("osmium"))
nodes, ways, marks = {}, {}, {}
for item in osmium.FileProcessor(sys.argv[1]).with_locations():
    marks[item.id] = item.deleted, item.visible
    if item.is_node():
        nodes[item.id] = item.location.valid()
    elif item.is_way():
        ways[item.id] = {node.ref: node.location.valid() for node in item.nodes}


class Handler(osmium.SimpleHandler):
    seen = {}

    def way(self, way):
        self.seen[way.id] = {node.ref: node.location.valid() for node in way.nodes}


handler = Handler()
handler.apply_file(sys.argv[1], locations=True)
print("nodes with a place:          ", nodes)
print("points of ways with a place: ", ways)
print("the same by a handler:       ", handler.seen)
print("deleted way 10 (deleted, visible):", marks.get(10))
if not (
    all(nodes[number] for number in (1, 2, -3, -4))
    and ways == handler.seen == {10: {1: True, 2: True}, -11: {2: True, -3: False, -4: False}}
    and marks[10] == (False, True)
):
    sys.exit("no longer as described")
print("as described: new nodes are nowhere in their way, the deleted way is there")
PYTHON
