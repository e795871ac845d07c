"""Whatever a command does, kernels run beside the main thread, which Ctrl-C interrupts."""

import json
import os
import subprocess
import sys

import pytest

from ingest.files.ping_file import write_ping_file
from tests.fixtures.recorded_city import DATE, plan_file, simulated  # noqa: F401

COMMANDS = """
import functools, json, sys, threading
from geofence import kernels

called = set()

def kernel(function):
    @functools.wraps(function)
    def run(*arguments):
        called.add((threading.current_thread() is threading.main_thread(), function.__qualname__))
        return function(*arguments)
    return run

kernels.kernel = kernel  # what is compiled cannot tell who calls it
from typer.testing import CliRunner
from pingcheng import app

for command in json.loads(sys.argv[1]):
    result = CliRunner().invoke(app, command)
    assert result.exit_code == 0, result.output
print(json.dumps(sorted(called)))
"""


@pytest.mark.parametrize("workers", ["1", "2"])
def test_no_command_calls_a_kernel_from_the_main_thread(workers, plan_file, tmp_path):  # noqa: F811
    pings = simulated().pings
    own = pings[pings["vehicle_id"] == pings["vehicle_id"].iloc[0]]
    recorded, url = tmp_path / "pings.parquet", f"sqlite:///{tmp_path / 'pings.db'}"
    write_ping_file(own.sort_values("event_time").iloc[::4][:75], recorded)
    judged = ["--plan", str(plan_file), "--database", url, "--date", DATE.isoformat()]
    commands = [
        ["evaluate", str(recorded), "--plan", str(plan_file), "--out", str(tmp_path / "out"),
         "--evidence", "--workers", workers],
        ["plan", "check", str(plan_file), "--pings", str(recorded)],
        ["ingest", "--file", str(recorded), "--database", url, "--plan", str(plan_file)],
        ["tracking", "--plan", str(plan_file), "--database", url],
        ["report", *judged, "--out", str(tmp_path / "report"), "--formats", "csv"],
        ["worklist", *judged],
    ]  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-c", COMMANDS, json.dumps(commands)],
        env=os.environ | {"NUMBA_DISABLE_JIT": "1"},
        capture_output=True,
        check=False,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    called = json.loads(done.stdout.splitlines()[-1])
    assert len(called) > 20
    assert [name for is_main, name in called if is_main] == []
