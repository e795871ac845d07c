"""The demonstration: the real commands as child processes, watched through the ping log.

A broker, ``pingcheng ingest`` and ``pingcheng simulate`` run as they would in service; this
process only reads the log. Nothing of it is left running when it ends.
"""

import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from rich.console import Console
from rich.live import Live

from analytics.live.live_day import LiveDay
from analytics.live.view import snapshot
from analytics.verdicts.compliance import count_by_grid, count_by_operator, count_table
from analytics.verdicts.evaluation import evaluate
from analytics.verdicts.tables import write_tables
from geofence.plan.plan import Plan
from geofence.plan.reader import read_plan
from ingest.broker.broker import Broker
from ingest.broker.child_process import ends_with_parent
from ingest.log.database import shown_url
from ingest.log.pinglog import PingLog, open_log
from ingest.settings.settings import ENVIRONMENT_PREFIX

PINGCHENG = (sys.executable, "-m", "pingcheng")
SERVICE_DATE = date(2022, 3, 28)
SEED = "1"
BURST = "6"
"""Fixes a tracker sends at once: one a minute."""
FIRST_SPEED = "1800"
LATER_SPEED = "60"
RESPITE = 1.0
"""Times as long as a look at the day took, until the next one: the other core is ingest's."""
LEAST_PAUSE_S = 1.0
START_S = 60.0
DRAIN_S = 60.0


class DemoError(RuntimeError):
    """A part of the demonstration did not start or ended early."""


@dataclass(frozen=True, slots=True)
class Stage:
    """Where the demonstration takes place."""

    console: Console
    folder: Path
    plan_path: Path
    plan: Plan
    log: PingLog
    broker_url: str


def run_demo(database: str | None, port: int, *, once: bool) -> bool:
    """Run the demonstration until it is done, or with ``once=False`` until it is interrupted.

    Returns
    -------
    bool
        True if every verdict of the first day agrees with the simulated truth and every ping is
        accounted for.

    Raises
    ------
    DemoError, IngestError
        If a part cannot do its work.
    """
    console = Console()
    if not console.is_terminal:
        console = Console(width=max(console.width, 110))
    signal.signal(signal.SIGTERM, _interrupt)  # ends like Ctrl-C: children first, then folders
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="pingcheng-demo-")))
        _run([*PINGCHENG, "plan", "sample", str(folder)])
        plan_path = folder / "plan.toml"
        url = database or f"sqlite:///{folder / 'pings.db'}"
        log = stack.enter_context(open_log(url))
        broker = stack.enter_context(Broker(port=port, sync_always=False))
        ingest = ["ingest", "--plan", str(plan_path), "--broker", str(broker.address)]
        # not among the arguments, which everybody on the machine can read
        told = {f"{ENVIRONMENT_PREFIX}DATABASE": url}
        child = stack.enter_context(_child(ingest, folder / "ingest.log", told))
        _wait_for_subscription(child, folder / "ingest.log")
        stage = Stage(console, folder, plan_path, read_plan(plan_path), log, str(broker.address))
        console.print(f"broker {stage.broker_url}, ping log {shown_url(url)}")
        agreed = _first_day(stage, child)
        if not once:
            _later_days(stage, child)
        return agreed


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt


def _first_day(stage: Stage, ingest: "subprocess.Popen[bytes]") -> bool:
    """Watch a mixed day at half an hour a second, then report and score it."""
    console, before = stage.console, stage.log.counters()
    truth = stage.folder / "truth.csv"
    options = ["--scenario", "mixed", "--speed", FIRST_SPEED, "--truth", str(truth)]
    day = LiveDay(stage.plan, SERVICE_DATE)
    console.print(f"simulating a mixed day of {len(stage.plan.grids)} grids, {SERVICE_DATE}")
    published = _watch(stage, ingest, day, options)
    expected = before.received + published
    deadline = time.monotonic() + DRAIN_S
    while stage.log.counters().received < expected:
        if time.monotonic() > deadline:
            raise DemoError(f"of {published} pings not all arrived within {DRAIN_S:g} s")
        time.sleep(0.1)
    judgement = evaluate(stage.log.read_pings(), stage.plan, [SERVICE_DATE])
    write_tables(judgement, stage.folder, stage.plan.timezone)
    operators = count_by_operator(judgement.streets, stage.plan)
    console.print(count_table(operators, "Compliance: streets in their windows, by operator"))
    grids = count_by_grid(judgement.streets, stage.plan)
    console.print(count_table(grids, "Compliance: streets in their windows, by grid"))
    if stage.plan.schematic:
        console.print("The street network is SCHEMATIC: drawn by a program, not surveyed.")
    counters = stage.log.counters()
    console.print(f"published {published} pings; {counters.conservation()}")
    return _scored(stage, truth) and counters.balanced


def _later_days(stage: Stage, ingest: "subprocess.Popen[bytes]") -> None:
    """Go on day after day at 60 times the pace of a clock, until interrupted."""
    service_date = SERVICE_DATE
    while True:
        service_date += timedelta(days=1)
        stage.console.print(f"going on with {service_date} at {LATER_SPEED}x; Ctrl-C ends it")
        options = ["--scenario", "mixed", "--speed", LATER_SPEED]
        day = LiveDay(stage.plan, service_date)
        _watch(stage, ingest, day, options)
        counts = count_by_operator(day.judgement().streets, stage.plan)
        stage.console.print(count_table(counts, f"Compliance of {service_date}, by operator"))


def _watch(
    stage: Stage, ingest: "subprocess.Popen[bytes]", day: LiveDay, options: Sequence[str]
) -> int:
    """Show the live view of `day` while a simulation publishes it; give what it published."""
    arguments = ["simulate", "--plan", str(stage.plan_path), "--date", str(day.service_date)]
    arguments += ["--seed", SEED, "--broker", stage.broker_url, "--burst", BURST, *options]
    output = stage.folder / "simulate.log"
    with _child(arguments, output) as simulation, _live(stage.console) as live:
        sequence = 0
        running = True
        while running:
            running = simulation.poll() is None
            if ingest.poll() is not None:
                raise DemoError(f"ingest ended: {_last_line(stage.folder / 'ingest.log')}")
            began = time.monotonic()
            rows, sequence = stage.log.read_pings_since(sequence)
            day.add(rows)
            found = snapshot(day)
            if found is None:
                if live is not None:
                    live.update("the simulated trucks are getting ready ...", refresh=True)
            else:
                footer = stage.log.counters().conservation()
                if live is None:
                    stage.console.print(f"{found.summary()}  {footer}", soft_wrap=True)
                else:
                    live.update(found.render(footer), refresh=True)
            if running:
                _pause(simulation, max(LEAST_PAUSE_S, RESPITE * (time.monotonic() - began)))
        if simulation.returncode != 0:
            raise DemoError(f"the simulation ended: {_last_line(output)}")
    published = re.search(
        r"^published (\d+) pings$", output.read_text(encoding="utf-8"), re.MULTILINE
    )
    if published is None:
        raise DemoError(f"the simulation did not say what it published: {_last_line(output)}")
    return int(published[1])


def _scored(stage: Stage, truth: Path) -> bool:
    stage.console.print("\nThe verdicts against what the simulated trucks really did:")
    arguments = [*PINGCHENG, "score", str(stage.folder), "--truth", str(truth)]
    done = subprocess.run(arguments, stdout=subprocess.PIPE, text=True, check=False)  # noqa: S603
    stage.console.print(done.stdout, markup=False, highlight=False)
    return done.returncode == 0


@contextmanager
def _live(console: Console) -> Iterator[Live | None]:
    """Give a live display that leaves no trace, or None where the output is no terminal."""
    if not console.is_terminal:
        yield None
        return
    with Live(console=console, auto_refresh=False, transient=True) as live:
        yield live


@contextmanager
def _child(
    arguments: Sequence[str], output: Path, told: Mapping[str, str] | None = None
) -> Iterator["subprocess.Popen[bytes]"]:
    """Run a pingcheng command with its output in a file, and end it with the context.

    `told` is added to its environment.
    """
    with output.open("wb") as file:
        process = subprocess.Popen(  # noqa: S603 - our own command
            [*PINGCHENG, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
            env={**os.environ, **(told or {})},
            start_new_session=True,  # Ctrl-C is for us, we end the children in order
            preexec_fn=ends_with_parent(),  # noqa: PLW1509 - one system call, no lock
        )
        try:
            yield process
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(DRAIN_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _wait_for_subscription(ingest: "subprocess.Popen[bytes]", output: Path) -> None:
    deadline = time.monotonic() + START_S
    while "subscribed" not in output.read_text(encoding="utf-8"):
        if ingest.poll() is not None or time.monotonic() > deadline:
            raise DemoError(f"ingest did not start: {_last_line(output)}")
        time.sleep(0.05)


def _run(command: Sequence[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode != 0:
        raise DemoError(done.stderr.strip())


def _pause(process: "subprocess.Popen[bytes]", longest_s: float) -> None:
    """Wait, but no longer than the process runs."""
    try:
        process.wait(longest_s)
    except subprocess.TimeoutExpired:
        return


def _last_line(output: Path) -> str:
    lines = output.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    return lines[-1] if lines else "it said nothing"
