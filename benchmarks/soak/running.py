"""One week: broker, ingest, page and alerter run, days come in, nights are judged and archived."""

import os
import random
import shutil
import socket
import subprocess
import threading
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from datetime import time as clock_time
from functools import partial
from pathlib import Path

from benchmarks.faults.surroundings.disk import small_disk
from benchmarks.faults.surroundings.progress import tell
from benchmarks.faults.surroundings.raw_publisher import RawPublisher
from benchmarks.faults.surroundings.servers import BrokerServer, start_broker, start_database
from benchmarks.faults.surroundings.tap import Tap
from benchmarks.faults.surroundings.traffic import wait_for_stored
from benchmarks.soak.services import Service, run_until_done
from benchmarks.soak.troubles import STALL_S, Troubles, fill_disk
from benchmarks.soak.week import SoakDay
from ingest.decoding.wire import encode, topic_of
from ingest.log.pinglog import open_log

DISK_MB = 400
TROUBLE_S = 6.0
"""Between two troubles, on average."""
SETTLE_S = 120.0
NOON = clock_time(4)
"""In Datong, by UTC."""
NIGHT_KILLS = ("kill nightly", "kill archive")
FORMATS = "csv,parquet,xlsx,html,pdf"


@dataclass(slots=True)
class WeekEnd:
    """What a week came to."""

    url: str
    """The ping log."""
    folder: Path
    sent: set[tuple[str, int]] = field(default_factory=set)
    """Vehicle and event time of every ping whose message the broker acknowledged."""
    troubles: Counter[str] = field(default_factory=Counter)
    answers: Counter[int] = field(default_factory=Counter)
    """How the page answered, by status; 0 is no answer."""
    memory_mb: dict[str, list[float]] = field(default_factory=dict)
    """Resident memory of each process at the end of each day."""
    failed: list[str] = field(default_factory=list)
    """Commands that ended with another code than 0."""
    ended: Counter[str] = field(default_factory=Counter)
    """How often a service ended though nobody killed it."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a week is lived through."""

    folder: Path
    broker: str
    database: str


@dataclass(frozen=True, slots=True)
class Weather:
    """How fast the days go and what befalls them."""

    speed: float
    seed: int | None
    """None for a calm week."""
    troubles: Sequence[str] | None = None
    """These alone."""


def run_week(days: Sequence[SoakDay], place: Place, weather: Weather, stack: ExitStack) -> WeekEnd:
    """Run it; the log is there until the stack is closed."""
    folder = place.folder
    folder.mkdir(parents=True)
    disk = stack.enter_context(_disk_to_fill(folder / "disk"))
    database = start_database(place.database, disk or folder, stack)
    end = WeekEnd(database.url, folder)
    plan = folder / "plan"
    shutil.copytree(days[0].plan.parent, plan)
    with ExitStack() as running:
        broker = start_broker(place.broker, folder / "broker", running)
        tap = running.enter_context(Tap(broker.address))
        port = free_port()
        services = _services(folder, plan, database.url, str(tap.address), port)
        for service in services:
            running.enter_context(service)
            if service.name == "ingest":
                _wait_for_session(folder / "ingest.log")
        chance = random.Random(weather.seed)
        kinds = _kinds(services, broker, tap, disk) if weather.seed is not None else {}
        if weather.troubles is not None:
            kinds = {name: kinds[name] for name in weather.troubles if name in kinds}
        trucks = {
            vehicle: running.enter_context(RawPublisher(broker.address, f"truck-{vehicle}", 20))
            for vehicle in sorted({sent.vehicle_id for day in days for sent in day.messages})
        }
        viewers = running.enter_context(_Viewers(port, end.answers))
        troubles = running.enter_context(Troubles(kinds, TROUBLE_S, chance))
        for day in days:
            if day.plan.read_bytes() != (plan / "plan.toml").read_bytes():
                shutil.copy(day.plan, plan / "next.toml")
                (plan / "next.toml").replace(plan / "plan.toml")
                tell("the plan changes")
            viewers.shown = datetime.combine(day.service_date, NOON, UTC)
            with troubles.by_day():
                _send(day, trucks, weather.speed, end)
            with open_log(database.url, create=False) as log:
                if not wait_for_stored(log, len(end.sent), SETTLE_S):
                    stored = log.counters().stored
                    tell(f"{day.service_date}: {stored:,} of {len(end.sent):,} pings are stored")
            _close_night(day, end, database.url, chance, weather)
            for service in services:
                end.memory_mb.setdefault(service.name, []).append(service.memory_mb())
            tell(f"{day.service_date}: {len(day.messages):,} messages, judged and archived")
        end.troubles += troubles.done
        for service in services:
            end.ended[service.name] = service.ends
    return end


def _services(folder: Path, plan: Path, url: str, broker: str, port: int) -> list[Service]:
    common = ("--plan", str(plan / "plan.toml"), "--database", url)
    return [
        Service(folder, "ingest", "ingest", *common, "--broker", broker),
        Service(folder, "serve", "serve", *common, "--port", str(port)),
        Service(folder, "alerts", "alerts", "run", *common, "--dry-run", "--every", "5s"),
    ]


def _kinds(
    services: Sequence[Service], broker: BrokerServer, tap: Tap, disk: Path | None
) -> dict[str, Callable[[], None]]:
    kinds: dict[str, Callable[[], None]] = {f"kill {each.name}": each.kill for each in services}
    kinds |= {"kill broker": partial(_restart, broker), "cut": tap.cut}
    kinds["stall"] = partial(_stall, tap)
    if disk is not None:
        kinds["full disk"] = partial(fill_disk, disk)
    return kinds


def _send(day: SoakDay, trucks: dict[str, RawPublisher], speed: float, end: WeekEnd) -> None:
    began_s = time.monotonic()
    for message in day.messages:
        ahead_s = message.at_s / speed - (time.monotonic() - began_s)
        if ahead_s > 0:
            time.sleep(ahead_s)
        trucks[message.vehicle_id].send(topic_of(message.vehicle_id), [encode(message.pings)])
    for vehicle, truck in trucks.items():
        if not truck.settle(SETTLE_S):
            raise TimeoutError(f"{vehicle}: the broker does not acknowledge: {truck.refusal}")
    end.sent |= _keys_of(day)


def _close_night(
    day: SoakDay, end: WeekEnd, url: str, chance: random.Random, weather: Weather
) -> None:
    """Judge the night, write its report, archive what is older; killed on the way in a storm."""
    on = day.service_date
    for name, arguments in (
        ("nightly", ("nightly", "--plan", str(day.plan), "--database", url, "--date", str(on),
                     "--out", str(end.folder / "reports"), "--formats", FORMATS)),
        ("archive", ("archive", "--before", str(on), "--database", url,
                     "--out", str(end.folder / "archive"))),
        ("check", ("database", "check", "--database", url)),
    ):  # fmt: skip
        kills = 0
        if weather.seed is not None and f"kill {name}" in (weather.troubles or NIGHT_KILLS):
            kills = chance.randint(0, 2)
        code, killed = run_until_done(end.folder, name, *arguments, kills=kills, chance=chance)
        end.troubles[f"kill {name}"] += killed
        if code:
            end.failed.append(f"{on}: {name} ended with {code}")


class _Viewers:
    """Somebody looks at the page every half second; a context."""

    def __init__(self, port: int, answers: Counter[int]) -> None:
        self.shown = datetime.now(UTC)
        self._port, self._answers = port, answers
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="viewers", daemon=True)

    def __enter__(self) -> "_Viewers":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def _run(self) -> None:
        hours = 0
        while not self._ended.wait(0.5):
            hours = (hours + 1) % 10
            at = int((self.shown + timedelta(hours=hours - 5)).timestamp() * 1000)
            for path in ("/healthz", f"/api/v1/state?at={at}"):
                self._answers[_status(f"http://127.0.0.1:{self._port}{path}")] += 1


def _status(url: str) -> int:
    try:
        with urllib.request.urlopen(url, timeout=20) as answer:  # noqa: S310 - our own page
            answer.read()
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return int(error.code)
    except (OSError, urllib.error.URLError):
        return 0


@contextmanager
def _disk_to_fill(folder: Path) -> Iterator[Path | None]:
    """Mount a disk that can be filled; none where this user may not."""
    with ExitStack() as stack:
        disk = None
        if os.geteuid() == 0:
            with suppress(subprocess.CalledProcessError):  # as in a container that may not mount
                disk = stack.enter_context(small_disk(folder, DISK_MB))
        yield disk


def free_port() -> int:
    """Find a port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def _restart(broker: BrokerServer) -> None:
    broker.kill()
    broker.start()


def _stall(tap: Tap) -> None:
    tap.stall()
    time.sleep(STALL_S)
    tap.flow()


def _keys_of(day: SoakDay) -> set[tuple[str, int]]:
    return {
        (ping.vehicle_id, ping.event_time_ms) for message in day.messages for ping in message.pings
    }


def _wait_for_session(log: Path) -> None:
    """Wait until ingest has subscribed: from then on the broker keeps messages for it."""
    until_s = time.monotonic() + SETTLE_S
    while not (log.exists() and b"event=subscribed" in log.read_bytes()):
        if time.monotonic() > until_s:
            raise TimeoutError(f"ingest does not subscribe: {log}")
        time.sleep(0.5)
