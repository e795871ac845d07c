"""Kills nodes of three and processes of ingest of four, and cuts networks, while messages come."""

import random
import socket
import time
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

import sqlalchemy as sa

from benchmarks.faults.row import Row
from benchmarks.faults.surroundings.ingest_process import IngestProcess
from benchmarks.faults.surroundings.nodes import Nodes, three_nodes
from benchmarks.faults.surroundings.progress import tell
from benchmarks.faults.surroundings.raw_publisher import RawPublisher
from benchmarks.faults.surroundings.servers import start_database
from benchmarks.faults.surroundings.surroundings import Surroundings
from benchmarks.faults.surroundings.traffic import Traffic, compare, wait_for_stored
from ingest.broker.address import BrokerAddress
from ingest.decoding.wire import encode, topic_of
from ingest.fault import LogError
from ingest.leases.leases import leases_in
from ingest.log.pinglog import PingLog, open_log
from ingest.log.tables import pings

NAME = "three-nodes"
WANTED = "0 acknowledged lost, 0 duplicate rows, conservation holds; owned again within 30 s"
EVERY_BROKER, EVERY_DATABASE = False, False

MESSAGES, NODE_KILLS, INGEST_KILLS, CUTS = 200_000, 20, 20, 5
INGESTS, VEHICLES, SHARES = 4, 64, 17
OWNED_S = 30.0
_PATTERN = "fleet/{vehicle_id}/ping"
_SEED, _PATIENCE_S, _POLL_S, _AWAY_S, _CUT_S = 384, 240.0, 0.1, 2.0, 15.0
_USER_TIMEOUT_MS = 5_000
_KEEPALIVE_S = 3
"""Of silence, between two questions, and how many of them go unanswered."""


class Roaming(RawPublisher):
    """A truck that goes to another node each time, and gives up one that says nothing."""

    def __init__(self, nodes: BrokerAddress, client_id: str, window: int) -> None:
        super().__init__(nodes, client_id, window)
        self._nodes = nodes

    def _connect(self) -> socket.socket:
        self._nodes = self._broker = self._nodes.turned(1)
        connection = super()._connect()
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, _USER_TIMEOUT_MS)
        # a node that was cut off may have closed it unheard
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for option in (socket.TCP_KEEPIDLE, socket.TCP_KEEPINTVL, socket.TCP_KEEPCNT):
            connection.setsockopt(socket.IPPROTO_TCP, option, _KEEPALIVE_S)
        return connection


def run_alone(_: str, scale: float) -> tuple[Row, ...]:
    """Do it all in a folder of its own."""
    with TemporaryDirectory(prefix="pingcheng-nodes-") as name, ExitStack() as stack:
        folder = Path(name)
        nodes = stack.enter_context(three_nodes(folder / "nodes", [_PATTERN]))
        database = start_database("postgresql", folder, stack)
        open_log(database.url).close()
        vehicles = tuple(f"晋BQ{number:04d}" for number in range(VEHICLES))
        place = Surroundings(folder, nodes, database, Traffic(vehicles))
        stack.callback(place.end)
        return (_Ordeal(place, nodes, scale).run(),)


class _Ordeal:
    """One run."""

    def __init__(self, place: Surroundings, nodes: Nodes, scale: float) -> None:
        self._place, self._nodes = place, nodes
        self._random = random.Random(_SEED)
        self._messages = max(round(MESSAGES * scale), 2_000)
        counts = {
            "node kill": max(round(NODE_KILLS * scale), 1),
            "ingest kill": max(round(INGEST_KILLS * scale), 1),
            "cut": max(round(CUTS * scale), 1) if nodes.can_be_cut else 0,
        }
        self._events = [kind for kind, count in counts.items() for _ in range(count)]
        self._random.shuffle(self._events)
        self._counts = counts
        self._ingests: list[IngestProcess] = []
        self._owned_s: dict[str, list[float]] = {kind: [] for kind in counts}
        self._stored_s: list[float] = []

    def run(self) -> Row:
        """Let everything befall them, then drain and compare."""
        vehicles = self._place.traffic.vehicles
        self._ingests = [self._start() for _ in range(INGESTS)]
        with self._place.log() as log, ExitStack() as stack:
            self._wait_until_owned(log)
            trucks = {
                vehicle: stack.enter_context(
                    Roaming(self._nodes.address.turned(at), f"truck-{at}", 10)
                )
                for at, vehicle in enumerate(vehicles)
            }
            began_s = time.monotonic()
            part = self._messages // len(self._events)
            for number, kind in enumerate(self._events):
                for vehicle, payloads in self._place.traffic.messages(part).items():
                    trucks[vehicle].send(topic_of(vehicle), payloads)
                time.sleep(self._random.uniform(0, 2))
                self._befall(kind, log)
                _settle(trucks)
                acknowledged = sum(len(one.acknowledged) for one in trucks.values())
                tell(
                    f"{number + 1} of {len(self._events)}: {kind}, owned after "
                    f"{self._owned_s[kind][-1]:.1f} s, all trucks heard after "
                    f"{self._stored_s[-1]:.1f} s; {acknowledged:,} acknowledged"
                )
            took_s = time.monotonic() - began_s
            wait_for_stored(log, len(self._place.traffic.sent), _PATIENCE_S)
            for one in self._ingests:
                one.stop()
            outcome = compare(log, self._place.traffic.sent)
        longest = max(max(times, default=0.0) for times in self._owned_s.values())
        heard = max(self._stored_s)
        told = ", ".join(f"{count} × {kind}" for kind, count in self._counts.items())
        return Row(
            fault=NAME,
            done=f"3 nodes, {INGESTS} ingests, {len(self._place.traffic.sent):,} messages: {told}"
            + ("" if self._nodes.can_be_cut else " (cuts need root and ip netns)"),
            result=f"{outcome}; owned again after at most {longest:.1f} s, every truck heard "
            f"after at most {heard:.1f} s",
            wanted=WANTED,
            holds=outcome.sound and max(longest, heard) <= OWNED_S,
            figures={
                "messages": len(self._place.traffic.sent),
                "took_s": took_s,
                "owned_s": longest,
                "heard_s": heard,
                **self._counts,
                **outcome.figures(),
            },
        )

    def _start(self) -> IngestProcess:
        return self._place.start_ingest(settings={"share": "true"})

    def _befall(self, kind: str, log: PingLog) -> None:
        # one fault at a time: with one node that catches up, and another away, there is no majority
        if kind != "ingest kill" and not self._nodes.wait_until_current(_PATIENCE_S):
            raise TimeoutError(f"the nodes did not catch up within {_PATIENCE_S:g} s")
        began_s = time.monotonic()
        if kind == "ingest kill":
            victim = self._random.randrange(len(self._ingests))
            self._ingests[victim].kill()
            began_s = time.monotonic()
            self._probe(log, began_s, kind)
            self._ingests[victim] = self._start()
            return
        node = self._random.choice(self._nodes.nodes)
        if kind == "cut":
            node.cut()
            self._probe(log, began_s, kind)
            time.sleep(max(0.0, _CUT_S - (time.monotonic() - began_s)))
            node.mend()
        else:
            node.kill()
            self._probe(log, began_s, kind)
            time.sleep(self._random.uniform(0, _AWAY_S))
            node.start()

    def _probe(self, log: PingLog, began_s: float, kind: str) -> None:
        """Measure until each share has a live holder, and until each truck's next ping is there."""
        traffic = self._place.traffic
        with Roaming(self._nodes.address, "probe", 100) as probe:
            keys = []
            for vehicle in traffic.vehicles:
                made = traffic.ping(vehicle)
                keys.append(sa.and_(pings.c.vehicle_id == vehicle,
                                    pings.c.event_time_ms == made.event_time_ms))  # fmt: skip
                probe.send(topic_of(vehicle), [encode([made])])
            self._owned_s[kind].append(self._wait_until_owned(log, began_s))
            until_s = began_s + _PATIENCE_S
            query = sa.select(sa.func.count()).select_from(pings).where(sa.or_(*keys))
            while time.monotonic() < until_s:
                with log.transaction(write=False) as connection:
                    if connection.scalar(query) == len(keys):
                        break
                time.sleep(_POLL_S)
            self._stored_s.append(time.monotonic() - began_s)
            probe.settle(_PATIENCE_S)

    def _wait_until_owned(self, log: PingLog, began_s: float | None = None) -> float:
        began_s = time.monotonic() if began_s is None else began_s
        alive = {f"{socket.gethostname()}:{one.pid}" for one in self._ingests if one.running}
        while time.monotonic() - began_s < _PATIENCE_S:
            try:
                leases, _ = leases_in(log)
            except LogError:
                leases = []
            if sum(one.left_ms > 0 and one.told in alive for one in leases) == SHARES:
                break
            time.sleep(_POLL_S)
        return time.monotonic() - began_s


def _settle(trucks: dict[str, Roaming]) -> None:
    for vehicle, one in trucks.items():
        if not one.settle(_PATIENCE_S):
            raise TimeoutError(
                f"{vehicle}: {len(one.acknowledged):,} of {one.sent:,} were acknowledged within "
                f"{_PATIENCE_S:g} s {one.refusal}"
            )
