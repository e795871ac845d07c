#!/bin/sh
# SciPy: two streets between the same two junctions become one that is as long as both together.
#
# One would guess: a list of edges (length, from, to) given to scipy.sparse and searched with
#   csgraph.dijkstra is a graph in which, of two parallel edges, the shorter one is taken.
# What happens: building the sparse matrix adds up entries of the same place, silently. Junctions
#   100 m apart by the straight street and 130 m by the crescent are then 230 m apart, farther than
#   by either; with the crescent left out, they are 100 m apart. An added street makes ways longer.
# Seen: scipy 1.17.1 with numpy 2.4.6, 2026-11-28; coo_array, csr_array and csr_matrix alike.
# What we do: the simulated trucks keep the cheapest arc between two junctions before they build the
#   matrix (simulators/trucks/roads.py); the matcher has a search of its own over single arcs.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 130' INT TERM

python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install -q --disable-pip-version-check scipy==1.17.1 numpy==2.4.6

"$dir/venv/bin/python" - <<'PYTHON'
import sys

import numpy
import scipy
from scipy.sparse import coo_array, csr_array, csr_matrix
from scipy.sparse.csgraph import dijkstra

print("scipy", scipy.__version__, "numpy", numpy.__version__)
straight, both = ([100.0], ([0], [1])), ([100.0, 130.0], ([0, 0], [1, 1]))
kinds = (coo_array, csr_array, csr_matrix)
before = [float(dijkstra(kind(straight, shape=(2, 2)), indices=0)[1]) for kind in kinds]
after = [float(dijkstra(kind(both, shape=(2, 2)), indices=0)[1]) for kind in kinds]
for kind, alone, together in zip(kinds, before, after):
    print(f"{kind.__name__}: {alone:.0f} m by the straight street alone, {together:.0f} m with the crescent")
if before != [100.0] * 3 or after != [230.0] * 3:
    sys.exit("no longer as described")
print("as described: the lengths of parallel edges were added up")
PYTHON
