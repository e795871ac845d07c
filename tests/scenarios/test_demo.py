"""The demonstration as a newcomer runs it."""

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

PINGCHENG = (sys.executable, "-m", "pingcheng")
_HURRY = """
import pingcheng
from analytics.live import demo
demo.FIRST_SPEED, demo.RESPITE = "3600", 12.0
pingcheng.main()
"""
HURRIED = (sys.executable, "-c", _HURRY)
"""The same, but an hour passes in a second, seldom looked at: nobody watches it here."""


def processes_of(folder: Path) -> dict[int, str]:
    """Running processes that name a demonstration under `folder`, with their command lines."""
    found = {}
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = entry.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if str(folder) in line:
            found[int(entry.parent.name)] = line
    return found


def end(demo: subprocess.Popen[str], folder: Path, patience_s: float = 30.0) -> None:
    """End a demonstration that a test that failed has left, and what it has started."""
    if demo.poll() is None:
        demo.terminate()  # it ends its children first
        try:
            demo.communicate(timeout=patience_s)
        except subprocess.TimeoutExpired:
            demo.kill()
    for process in processes_of(folder):
        with suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)
    demo.communicate()  # only now: its children hold its output open


@pytest.fixture
def start(tmp_path):
    started: list[subprocess.Popen[str]] = []

    def run(*options: str, program=PINGCHENG) -> subprocess.Popen[str]:
        demo = subprocess.Popen(
            [*program, "demo", *options],
            env={**os.environ, "TMPDIR": str(tmp_path)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            # Ctrl-C must reach it also where the tests run in the background of a shell
            preexec_fn=lambda: signal.signal(  # noqa: PLW1509 - one system call, no lock
                signal.SIGINT, signal.default_int_handler
            ),
        )
        started.append(demo)
        return demo

    yield run
    for demo in started:
        end(demo, tmp_path)


def test_a_demonstration_that_hangs_is_ended_with_all_that_it_has_started(tmp_path):
    child = f"[sys.executable, '-c', 'import time; time.sleep(600)', {str(tmp_path)!r}]"
    deaf = (
        "import signal, subprocess, sys, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); "
        f"subprocess.Popen({child}, start_new_session=True); print('begun', flush=True); "
        "time.sleep(600)"
    )
    hung = subprocess.Popen(
        [sys.executable, "-c", deaf], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    assert hung.stdout.readline() == "begun\n"
    end(hung, tmp_path, patience_s=0.1)
    assert hung.returncode == -signal.SIGKILL
    assert processes_of(tmp_path) == {}


def test_the_demonstration_ends_with_a_report_that_agrees_with_the_truth(start, tmp_path):
    demo = start("--once", program=HURRIED)
    output, _ = demo.communicate(timeout=300)
    assert demo.returncode == 0, output
    assert "Compliance: streets in their windows, by operator" in output
    assert "机扫一公司" in output
    assert "SCHEMATIC" in output
    published, received = (
        int(output.split(word)[-1].split()[0]) for word in ("published ", "received ")
    )
    assert published == received > 200_000
    assert "wrong                     0" in output
    assert processes_of(tmp_path) == {}
    assert list(tmp_path.iterdir()) == []


def test_an_interrupted_demonstration_leaves_nothing_running(start, tmp_path):
    demo = start()
    line = demo.stdout.readline()
    while "simulating" not in line:
        assert line, "the demonstration ended before it began"
        line = demo.stdout.readline()
    time.sleep(1.0)
    assert len(processes_of(tmp_path)) >= 2
    demo.send_signal(signal.SIGINT)
    output, _ = demo.communicate(timeout=60)
    assert demo.returncode == 0, output
    assert "Traceback" not in output
    assert processes_of(tmp_path) == {}
    assert list(tmp_path.iterdir()) == []


def test_a_port_that_is_taken_is_told_in_one_line(tmp_path):
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        done = subprocess.run(
            [*PINGCHENG, "demo", "--once", "--port", port],
            env={**os.environ, "TMPDIR": str(tmp_path)},
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 1
    assert done.stderr.strip() == (
        f"demo: port {port} is taken by another program; choose another or none"
    )
