#!/bin/sh
# Dask: a local cluster gives up a worker whose process takes over 15 s to come back, and has one less.
#
# One would guess: LocalCluster(n_workers=2) keeps two workers. If the process of one dies, its nanny
#   starts another, however long that takes to import what it needs, as it does at the first start.
# What happens: a worker that is gone for `distributed.deploy.lost-worker-timeout`, 15 s, is closed with
#   its nanny, in the middle of its new start, and no other takes its place. A machine that is busy, or
#   a large package to import, is enough. If all go that way, whoever waits for results waits on.
# Seen: distributed 2026.8.0, 2026-11-30; the new start takes 20 s, by a preload that sleeps.
# What we do: that time-out is ten minutes, and the cluster is asked every few seconds for the number of
#   workers that it was started with, which opens those that are lacking (analytics/engine/clusters.py).
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 130' INT TERM
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install -q --disable-pip-version-check distributed==2026.8.0 dask==2026.8.0

cat >"$dir/slow_again.py" <<'PYTHON'
import os
import time

MARK = os.environ["SLOW_AGAIN"]


def dask_setup(worker):
    """Take long to start, but for the first time."""
    if os.path.exists(MARK):
        time.sleep(20)
PYTHON
cat >"$dir/show.py" <<'PYTHON'
import os
import pathlib
import signal
import sys
import time

import dask
import distributed

FOLDER = pathlib.Path(sys.argv[1])
os.environ["SLOW_AGAIN"] = str(FOLDER / "again")


def left(timeout):
    """How many workers there are 45 s after one of two was killed."""
    (FOLDER / "again").unlink(missing_ok=True)
    settings = {"distributed.worker.preload": [str(FOLDER / "slow_again.py")]}
    if timeout:
        settings["distributed.deploy.lost-worker-timeout"] = timeout
    with dask.config.set(settings):
        with distributed.LocalCluster(2, threads_per_worker=1, dashboard_address="127.0.0.1:0") as cluster:
            with distributed.Client(cluster) as client:
                client.wait_for_workers(2)
                pids = sorted(client.run(os.getpid).values())
                (FOLDER / "again").touch()
                os.kill(pids[0], signal.SIGKILL)
                time.sleep(45)
                return len(client.nthreads())


def main():
    print("distributed", distributed.__version__)
    usual, patient = left(None), left("10 minutes")
    print(f"one of two workers killed, the new start takes 20 s; after 45 s there are {usual}")
    print(f"with lost-worker-timeout of 10 minutes there are {patient}")
    sys.exit((usual, patient) != (1, 2))


if __name__ == "__main__":
    main()
PYTHON
"$dir/venv/bin/python" "$dir/show.py" "$dir" 2>"$dir/log" || { code=$?; tail -5 "$dir/log" >&2; exit "$code"; }
