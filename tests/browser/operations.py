"""A running ``pingcheng serve`` over a simulated day whose clock the test turns on."""

import json
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from importlib.resources import as_file, files
from pathlib import Path
from zoneinfo import ZoneInfo

import pandas as pd

from analytics.alerts.alert import AlertKey, Condition, Facts
from analytics.alerts.store import AlertStore
from geofence.plan.plan import Plan
from geofence.plan.reader import read_plan
from ingest.log.batch import batches_of
from ingest.log.pinglog import open_log
from ingest.settings.alerts import AlertKind, AlertSettings
from simulators.fleet.fleet import SimulationSettings, simulate_day
from simulators.receivers.receiver import ReceiverSettings
from simulators.receivers.scenario import Scenario

DATE = date(2022, 3, 28)
GRIDS = ("JY01", "JY02", "JY03", "JY04", "JY05")
"""Of the sample plan; the others are left out."""
TRUCK = "晋BQ0384"
START_S = 60.0


@cache
def sample_plan() -> Plan:
    with as_file(files("geofence") / "sample") as sample:
        return read_plan(sample / "plan.toml")


def write_plan(folder: Path) -> None:
    """Write the sample plan with a few of its grids; all streets stay."""
    with as_file(files("geofence") / "sample") as sample:
        head, *grids = (sample / "plan.toml").read_text("utf-8").split("[[grids]]")
        streets = json.loads((sample / "streets.geojson").read_text("utf-8"))
        facilities = (sample / "facilities.geojson").read_text("utf-8")
    kept = [grid for grid in grids if re.search(r'id = "(\w+)"', grid)[1] in GRIDS]
    for feature in streets["features"]:
        names = feature["properties"]["grids"]
        feature["properties"]["grids"] = [name for name in names if name in GRIDS]
    (folder / "plan.toml").write_text("[[grids]]".join([head, *kept]), "utf-8")
    (folder / "streets.geojson").write_text(json.dumps(streets), "utf-8")
    (folder / "facilities.geojson").write_text(facilities, "utf-8")


@cache
def arrivals() -> pd.DataFrame:
    """Pings in order of arrival. Of seed 1, JY02 07:00-10:00 is at risk from about 09:35, overdue
    from 10:10 and late by 10:30."""
    settings = SimulationSettings(receiver=ReceiverSettings(interval_s=15))
    day = simulate_day(sample_plan(), DATE, Scenario.LATE, 1, settings=settings, only_grids=GRIDS)
    return day.pings


def at(clock: str) -> pd.Timestamp:
    return pd.Timestamp(f"{DATE} {clock}", tz="Asia/Shanghai")


def at_ms(clock: str) -> int:
    return round(at(clock).timestamp() * 1000)


@dataclass
class Operations:
    """The log, and the server beside it."""

    folder: Path
    url: str = ""
    is_today: bool = False
    """Whether today is served instead of `DATE`."""
    options: tuple[str, ...] = ()
    """More options of the server."""
    _server: "subprocess.Popen[str] | None" = None
    _told: pd.Timestamp = field(default_factory=lambda: at("00:00"))

    @property
    def database(self) -> str:
        return f"sqlite:///{self.folder / 'pings.db'}"

    def turn_to(self, clock: str) -> None:
        """Let the pings arrive that came before a time of day."""
        pings, until = arrivals(), at(clock)
        part = pings[(pings["received_time"] >= self._told) & (pings["received_time"] < until)]
        self._told = until
        with open_log(self.database) as log:
            for batch in batches_of(part, ()):
                log.write(batch)

    def raise_alert(self, grid_id: str, window: str, clock: str) -> None:
        """Say that a window is at risk, as the alerter would."""
        grid = next(grid for grid in sample_plan().grids if grid.id == grid_id)
        now = at_ms(clock)
        facts = Facts(
            grid_id, grid.operator_id, grid.vehicles, now - 3_600_000, now + 1_200_000,
            now + 1_800_000, now + 7_200_000, now, streets=("苹果园",), lacking_m=820.0,
        )  # fmt: skip
        key = AlertKey(DATE.isoformat(), window, AlertKind.AT_RISK, grid_id)
        settings = AlertSettings(hold_min=0)
        with open_log(self.database) as log:
            AlertStore(log).advance(
                [Condition(key, facts)], [DATE.isoformat()], now, settings,
                ZoneInfo("Asia/Shanghai"), lambda *_: [],
            )  # fmt: skip

    def start(self, port: int = 0) -> None:
        """Serve; the port is a free one unless told."""
        command = [
            sys.executable, "-m", "pingcheng", "serve", "--plan", str(self.folder / "plan.toml"),
            "--database", self.database, "--port", str(port),
            *([] if self.is_today else ["--date", DATE.isoformat()]), *self.options,
        ]  # fmt: skip
        log = (self.folder / "serve.log").open("a")
        self._server = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True)
        log.close()
        assert self._server.stdout is not None
        line = self._server.stdout.readline().strip()
        assert line.startswith("http"), (self.folder / "serve.log").read_text()
        self.url = line.rstrip("/")

    def stop(self) -> None:
        server, self._server = self._server, None
        if server is None:
            return
        server.send_signal(signal.SIGCONT)  # a frozen one would not hear the next
        server.terminate()
        server.wait(20)
        assert server.stdout is not None
        server.stdout.close()

    def freeze(self) -> None:
        """Let the server stand still with its connections open."""
        assert self._server is not None
        self._server.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        assert self._server is not None
        self._server.send_signal(signal.SIGCONT)

    def restart(self) -> None:
        """Serve again at the same address."""
        self.start(int(self.url.rsplit(":", 1)[1]))


@contextmanager
def operations(folder: Path, clock: str, *options: str) -> Iterator[Operations]:
    """Serve the day up to a time of day."""
    write_plan(folder)
    running = Operations(folder, options=options)
    running.turn_to(clock)
    running.start()
    try:
        yield running
    finally:
        running.stop()
