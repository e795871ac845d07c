"""The live page from PUBLISH to the moved truck, with a real broker, ingest, server and browser.

    python -m benchmarks.live_page [--trucks 57] [--interval-s 1] [--pages 20] [--seconds 60]

Trucks of the sample plan report as fast as told. One page is open in headless Chromium, drawn by
the processor; the other readers hold the same stream open as pages do. Latency runs from before
PUBLISH until the page has drawn the truck at that fix. Then the map is panned, and frames are
counted.
"""

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from importlib.resources import as_file, files
from pathlib import Path

import numpy as np
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion
from playwright.sync_api import Page, sync_playwright
from rich.console import Console
from rich.table import Table

from benchmarks.networks.networks import plan_of
from geofence.plan.plan import Plan
from geofence.plan.writer import render_plan
from ingest.broker.address import BrokerAddress
from ingest.broker.broker import Broker
from ingest.decoding.wire import encode, topic_of
from ingest.log.pinglog import open_log
from ingest.ping import Ping

CHROMIUM = os.environ.get("PINGCHENG_CHROMIUM", "/usr/bin/chromium")
SETTLE_S = 5.0
PAN_S = 8.0
SPEED_MPS = 3.0
WATCH = """async () => {
  const { onTrucksDrawn } = await import("/static/map/trucks.js");
  window.drawn = [];
  const seen = new Map();
  onTrucksDrawn((places) => {
    const now = performance.timeOrigin + performance.now();
    for (const [id, at] of places) {
      if (seen.get(id) === at) continue;
      seen.set(id, at);
      window.drawn.push([id, at, now]);
    }
  });
}"""
IS_DRAWN = """async () => {
  const { mapView } = await import("/static/map/map.js");
  const map = mapView();
  return Boolean(map?.isStyleLoaded() && map.queryRenderedFeatures({ layers: ["streets"] }).length);
}"""
LOADED = """() => {
  const paint = performance.getEntriesByName("first-contentful-paint")[0];
  const files = performance.getEntriesByType("resource");
  const page = performance.getEntriesByType("navigation")[0];
  return { paint_ms: paint.startTime, files: files.length + 1,
    bytes: files.reduce((sum, file) => sum + file.transferSize, page.transferSize) };
}"""
PAN = """async (seconds) => {
  const { mapView } = await import("/static/map/map.js");
  const map = mapView();
  let frames = 0;
  map.on("render", () => { frames += 1; });
  const until = performance.now() + seconds * 1000;
  const began = performance.now();
  for (let way = 1; performance.now() < until; way = -way) {
    map.panBy([400 * way, 150 * way], { duration: 1500 });
    await new Promise((resolve) => map.once("moveend", resolve));
  }
  return frames / ((performance.now() - began) / 1000);
}"""


def main() -> None:
    """Print a table of what was measured."""
    options = _options()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        plan = _plan(options.trucks)
        _write(plan, folder)
        database = f"sqlite:///{folder / 'pings.db'}"
        open_log(database).close()
        broker = stack.enter_context(Broker())
        common = ["--plan", str(folder / "plan.toml"), "--database", database]
        ingest = stack.enter_context(_process("ingest", *common, "--broker", str(broker.address)))
        server = stack.enter_context(_process("serve", *common, "--port", "0"))
        assert server.stdout is not None
        url = server.stdout.readline().strip().rstrip("/")
        for _ in range(options.pages - 1):
            stack.enter_context(_reader(url))
        browser = stack.enter_context(sync_playwright()).chromium.launch(
            executable_path=CHROMIUM,
            args=["--no-sandbox", "--enable-unsafe-swiftshader", "--disable-dev-shm-usage"],
        )
        page = browser.new_page(viewport={"width": 1440, "height": 900}, locale="zh-CN")
        fleet = stack.enter_context(_fleet(broker.address, plan, options.interval_s))
        loaded = _load(page, url)
        page.evaluate(WATCH)
        time.sleep(SETTLE_S)
        page.evaluate("() => { window.drawn.length = 0; }")
        before, began_s = (_cpu_s(ingest.pid), _cpu_s(server.pid)), time.monotonic()
        page.wait_for_timeout(options.seconds * 1000)
        took_s = time.monotonic() - began_s
        after = _cpu_s(ingest.pid), _cpu_s(server.pid)
        drawn = page.evaluate("() => window.drawn")
        frames = page.evaluate(PAN, PAN_S)
        _print(options, loaded, fleet, drawn, frames,
               [(a - b) / took_s for a, b in zip(after, before, strict=True)])  # fmt: skip


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--trucks", type=int, default=57, help="spread over the 57 grids")
    parser.add_argument("--interval-s", type=float, default=1.0, help="between fixes of a truck")
    parser.add_argument("--pages", type=int, default=20, help="readers, one of them a browser")
    parser.add_argument("--seconds", type=float, default=60.0, help="to be measured")
    return parser.parse_args()


def _plan(trucks: int) -> Plan:
    """Give each grid of the sample plan its share of the trucks, every day."""
    plan = plan_of("schematic", seed=1)
    count = len(plan.grids)
    return replace(
        plan,
        assignments=(),
        grids=tuple(
            replace(
                grid,
                days=frozenset(range(7)),
                vehicles=tuple(f"晋B{number:05d}" for number in range(place, trucks, count))
                or grid.vehicles,
            )
            for place, grid in enumerate(plan.grids)
        ),
    )


def _write(plan: Plan, folder: Path) -> None:
    (folder / "plan.toml").write_text(render_plan(plan), encoding="utf-8")
    with as_file(files("geofence") / "sample") as sample:
        for name in ("streets.geojson", "facilities.geojson"):
            (folder / name).write_bytes((sample / name).read_bytes())


@contextmanager
def _process(*arguments: str) -> Iterator["subprocess.Popen[str]"]:
    process = subprocess.Popen(
        [sys.executable, "-m", "pingcheng", *arguments],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    )  # fmt: skip
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


@contextmanager
def _reader(url: str) -> Iterator[None]:
    """Hold the stream open and read it, as another page does."""
    answer = urllib.request.urlopen(f"{url}/api/v1/events")  # noqa: S310 - our own server

    def read() -> None:
        while answer.read1(65_536):
            pass

    thread = threading.Thread(target=read, daemon=True)
    thread.start()
    yield


class _Fleet:
    """Trucks that drive up and down a street of their grid; a thread that publishes for them."""

    def __init__(self, client: Client, plan: Plan, interval_s: float) -> None:
        self.sent: dict[tuple[str, int], float] = {}
        """When the fix of a vehicle and an event time (ms) was published, epoch ms."""
        self.stopping = threading.Event()
        self._client, self._interval_s = client, interval_s
        lines = {
            grid.id: next(s.coordinates for s in plan.sections if grid.id in s.grids)
            for grid in plan.grids
        }
        self._lines = [(v, lines[grid.id]) for grid in plan.grids for v in grid.vehicles]

    def run(self) -> None:
        """Publish one truck after the other, each once an interval, until told to stop."""
        began_s, number = time.monotonic(), 0
        while not self.stopping.is_set():
            due_s = began_s + number * self._interval_s / len(self._lines)
            time.sleep(max(0.0, due_s - time.monotonic()))
            vehicle, line = self._lines[number % len(self._lines)]
            self._publish(vehicle, line)
            number += 1

    def _publish(self, vehicle: str, line: np.ndarray) -> None:
        now_ms = time.time_ns() // 1_000_000
        share = abs((now_ms / 1000 * SPEED_MPS / 200) % 2 - 1)
        longitude, latitude = line[0] + (line[-1] - line[0]) * share
        ping = Ping(
            vehicle_id=vehicle,
            event_time_ms=now_ms,
            longitude=float(longitude),
            latitude=float(latitude),
            speed_mps=SPEED_MPS,
        )
        self.sent[vehicle, now_ms] = time.time() * 1000
        self._client.publish(topic_of(vehicle), encode([ping]), qos=1)


@contextmanager
def _fleet(address: BrokerAddress, plan: Plan, interval_s: float) -> Iterator[_Fleet]:
    client = Client(CallbackAPIVersion.VERSION2)
    client.connect(address.host, address.port)
    client.loop_start()
    fleet = _Fleet(client, plan, interval_s)
    thread = threading.Thread(target=fleet.run)
    thread.start()
    try:
        yield fleet
    finally:
        fleet.stopping.set()
        thread.join()
        client.disconnect()
        client.loop_stop()


def _load(page: Page, url: str) -> dict[str, float]:
    page.goto(url)
    began_s = time.monotonic()
    while not page.evaluate(IS_DRAWN):
        page.wait_for_timeout(50)
        if time.monotonic() - began_s > 60:
            raise RuntimeError("the page drew no street within 60 s")
    found: dict[str, float] = json.loads(json.dumps(page.evaluate(LOADED)))
    return found


def _cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _print(
    options: argparse.Namespace,
    loaded: dict[str, float],
    fleet: _Fleet,
    drawn: list[tuple[str, int, float]],
    frames: float,
    cores: list[float],
) -> None:
    late_ms = np.array(
        [now - fleet.sent[vehicle, at] for vehicle, at, now in drawn if (vehicle, at) in fleet.sent]
    )
    table = Table("figure", "value", title=f"{options.trucks} trucks, a fix every "
                  f"{options.interval_s:g} s, {options.pages} readers, {options.seconds:g} s",
                  title_justify="left")  # fmt: skip
    p50, p99 = np.percentile(late_ms, [50, 99])
    rows = {
        "fixes drawn": f"{len(late_ms):,}",
        "PUBLISH to drawn, p50": f"{p50:.0f} ms",
        "PUBLISH to drawn, p99": f"{p99:.0f} ms",
        "PUBLISH to drawn, most": f"{late_ms.max():.0f} ms",
        "ingest": f"{cores[0]:.2f} core",
        "server": f"{cores[1]:.2f} core",
        "first paint": f"{loaded['paint_ms']:.0f} ms",
        "transferred": f"{loaded['bytes'] / 1000:,.0f} kB in {loaded['files']} files",
        "panning": f"{frames:.1f} frames/s",
    }
    for name, value in rows.items():
        table.add_row(name, value)
    Console(width=100).print(table)


if __name__ == "__main__":
    main()
