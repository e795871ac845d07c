#!/bin/sh
# Dask distributed: a worker pays for the pages of every array anew, where the same code elsewhere does not.
#
# One would guess: a function that works on numpy arrays of a few hundred kB costs a Dask worker, which
#   is a process of its own, what it costs a plain process.
# What happens: the nanny starts workers with MALLOC_TRIM_THRESHOLD_=65536, so that they look small in
#   its pages. With that variable set glibc no longer adapts its threshold for mmap either, which stays at
#   128 KiB: each larger array is a mapping of its own, which the kernel clears page by page and takes
#   back when the array is freed. The same calls have hundreds of times the page faults.
#   The environment variable of Dask's configuration that replaces all others of its kind does not take
#   this one away, as it is merged into the default; dask.config.set does.
# Seen: distributed 2026.8.0, numpy 2.4.6, glibc 2.36, Python 3.11, 2026-12-01.
# What we do: `--engine dask` starts its workers without that variable (analytics/engine/clusters.py); docs/scale.md
#   says how to start others. With that, and without the profiler of workers, a night of 1,000 grids took 71 core
#   seconds in place of 107.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 130' INT TERM

python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install -q --disable-pip-version-check distributed==2026.8.0 numpy==2.4.6

cat >"$dir/faults.py" <<'PYTHON'
import os
import platform
import resource
import subprocess
import sys

import dask
import distributed
import numpy as np

ROUNDS, ITEMS = 2_000, 50_000


def faults():
    """Count the page faults of work on arrays of 400 kB."""
    values = np.arange(ITEMS, dtype=np.float64)
    for rounds in (200, ROUNDS):  # warm first
        before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
        for _ in range(rounds):
            values * 2.0 + 1.0
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before


def in_worker():
    """Have a worker count its own."""
    with distributed.LocalCluster(
        n_workers=1, threads_per_worker=1, dashboard_address="127.0.0.1:0",
        worker_dashboard_address="127.0.0.1:0",
    ) as cluster, distributed.Client(cluster) as client:
        return client.submit(faults).result(), client.submit(
            os.environ.get, "MALLOC_TRIM_THRESHOLD_"
        ).result()


def asked(way):
    """Count in a process of its own: the nanny sets its variables in who starts it, too."""
    told = subprocess.run([sys.executable, __file__, way], check=True, capture_output=True, text=True)
    return told.stdout.split()


def main():
    """Compare a plain process, a worker, and a worker without the variable."""
    name = "distributed.nanny.pre-spawn-environ"
    if sys.argv[1:] == ["plain"]:
        print(faults())
        return 0
    if sys.argv[1:] == ["worker"]:
        print(*in_worker())
        return 0
    if sys.argv[1:] == ["without"]:
        rest = {k: v for k, v in dask.config.get(name).items() if k != "MALLOC_TRIM_THRESHOLD_"}
        with dask.config.set({name: rest}):
            print(*in_worker())
        return 0
    if platform.libc_ver()[0] != "glibc":
        print("this is about glibc")
        return 2
    print("distributed", distributed.__version__, "numpy", np.__version__, *platform.libc_ver())
    (plain,), (worker, setting), (freed, none) = map(asked, ("plain", "worker", "without"))
    os.environ["DASK_DISTRIBUTED__NANNY__PRE_SPAWN_ENVIRON"] = "{'OMP_NUM_THREADS': 1}"
    dask.config.refresh()
    merged = sorted(dask.config.get(name))
    print(f"page faults of {ROUNDS:,} rounds in a plain process: {plain}")
    print(f"in a worker, where MALLOC_TRIM_THRESHOLD_ is {setting}: {worker}")
    print(f"in a worker where it is {none}: {freed}")
    print("what the environment variable leaves:", *merged)
    as_told = (
        int(worker) > 20 * max(int(plain), 1000) and int(worker) > 20 * max(int(freed), 1000)
        and none == "None" and "MALLOC_TRIM_THRESHOLD_" in merged
    )
    print("as described" if as_told else "not as described any more")
    return 0 if as_told else 1


if __name__ == "__main__":
    sys.exit(main())
PYTHON
"$dir/venv/bin/python" "$dir/faults.py"
