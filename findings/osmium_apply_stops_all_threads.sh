#!/bin/sh
# pyosmium: while a file is read, no other thread of Python runs, so nothing can show progress.
#
# One would guess: osmium.apply() reads and filters in C++, with threads of its own and no Python
#   handler among those it is given, so it lets go of the interpreter's lock meanwhile, as zlib,
#   hashlib and numpy do: a progress bar, a deadline or a Ctrl-C on another thread goes on.
# What happens: the lock is held from the first block to the last. A thread that wakes up every
#   millisecond wakes up once or twice in all that time, and a pipe that another thread of the
#   same program is to fill is a deadlock.
# Seen: osmium 4.3.2 (PyPI), 2026-11-29, with Reader, NodeLocationsForWays and KeyFilter.
# What we do: a file is read in blocks that are files of their own (geofence/streetmap/extract/
#   blocks.py), each handed over as a FileBuffer; between two of them progress is told and signals
#   are taken.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 130' INT TERM

python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install -q --disable-pip-version-check osmium==4.3.2

"$dir/venv/bin/python" - "$dir/made.osm.pbf" <<'PYTHON'
import sys
import threading
import time
import zlib
from importlib.metadata import version

import osmium
from osmium.osm.mutable import Node

print("osmium", version("osmium"))
path = sys.argv[1]
with osmium.SimpleWriter(path) as writer:
    for number in range(1, 400_001):
        place = (number % 1000 * 0.001, number // 1000 * 0.001)
        writer.add_node(Node(id=number, location=place))


def woken(run):
    """Count how often a thread wakes up while something runs, and how long that takes."""
    done, count = threading.Event(), 0

    def wake():
        nonlocal count
        while not done.wait(0.001):
            count += 1

    thread = threading.Thread(target=wake)
    thread.start()
    begun = time.perf_counter()
    run()
    took_s = time.perf_counter() - begun
    seen = count
    done.set()
    thread.join()
    return seen, took_s


def read():
    locations = osmium.NodeLocationsForWays(osmium.index.create_map("flex_mem"))
    for _ in range(10):
        with osmium.io.Reader(path) as reader:
            osmium.apply(reader, locations, osmium.filter.KeyFilter("highway"))


seen, took_s = woken(read)
print(f"osmium.apply ten times: {took_s:.2f} s, the other thread woke up {seen} times")
packed, zlib_s = woken(lambda: zlib.compress(bytes(range(256)) * 1_000_000, 9))
print(f"zlib.compress:          {zlib_s:.2f} s, the other thread woke up {packed} times")
if seen > 40 or packed < 5 * max(seen, 1):
    sys.exit("no longer as described")
print("as described: it stands still while osmium reads")
PYTHON
