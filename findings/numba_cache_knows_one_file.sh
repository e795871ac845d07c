#!/bin/sh
# numba: the cache on disk of a kernel knows the kernel's own file and no other.
#
# One would guess: with @njit(cache=True) a kernel is compiled anew as soon as anything that was
#   compiled into it has changed: a kernel it calls in another module, a constant it imports.
#   Failing that, that `touch` on the kernel's file has it compiled anew.
# What happens: the key is the content of the file that the kernel stands in. A callee and a
#   constant from another module are compiled into the kernel, and the cached machine code goes on
#   with their old values, also in a new process, while plain Python and the callee itself have the
#   new ones. `touch` changes nothing, as contents are hashed; any change of the kernel's own file
#   mends it.
# Seen: numba 0.68.1 with numpy 2.4.6, 2026-11-28.
# What we do: kernels of the matcher call kernels of other modules, so the folder that keeps them is
#   named by a hash of all sources that they may import (geofence/kernels.py).
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 130' INT TERM

python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install -q --disable-pip-version-check numba==0.68.1 numpy==2.4.6
unset NUMBA_CACHE_DIR NUMBA_DISABLE_JIT

cat >"$dir/widths.py" <<'PYTHON'
import numba

BUFFER_M = 10.0


@numba.njit(cache=True)
def width_m(lanes):
    return lanes * 3.0
PYTHON
cat >"$dir/kernel.py" <<'PYTHON'
import numba

from widths import BUFFER_M, width_m


@numba.njit(cache=True)
def reach_m(lanes):
    return width_m(lanes) + BUFFER_M
PYTHON
cat >"$dir/run.py" <<'PYTHON'
from kernel import reach_m
from widths import BUFFER_M, width_m

print(f"reach {reach_m(2.0)} = width {width_m(2.0)} + buffer {BUFFER_M}")
PYTHON
run() { "$dir/venv/bin/python" "$dir/run.py"; }

"$dir/venv/bin/python" -c 'import numba, numpy; print("numba", numba.__version__, "numpy", numpy.__version__)'
first=$(run)
echo "as written:                $first"
sed -e 's/3\.0/4.0/' -e 's/10\.0/20.0/' "$dir/widths.py" >"$dir/new" && mv "$dir/new" "$dir/widths.py"
second=$(run)
echo "other module changed:      $second"
touch "$dir/kernel.py"
third=$(run)
echo "own file touched:          $third"
echo "# a comment" >>"$dir/kernel.py"
fourth=$(run)
echo "own file has a new line:   $fourth"

if [ "$first" = "reach 16.0 = width 6.0 + buffer 10.0" ] &&
    [ "$second" = "reach 16.0 = width 8.0 + buffer 20.0" ] &&
    [ "$third" = "$second" ] &&
    [ "$fourth" = "reach 28.0 = width 8.0 + buffer 20.0" ]; then
    echo "as described: the cached kernel went on with the old width and the old buffer"
else
    echo "no longer as described" >&2
    exit 1
fi
