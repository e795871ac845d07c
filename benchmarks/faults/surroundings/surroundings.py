"""What a row runs in: a broker, a database, a plan, and the trucks' connections."""

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Self

from benchmarks.faults.surroundings.ingest_process import IngestProcess
from benchmarks.faults.surroundings.raw_publisher import RawPublisher
from benchmarks.faults.surroundings.servers import (
    BrokerServer,
    PostgresqlDatabase,
    SqliteDatabase,
    start_broker,
    start_database,
)
from benchmarks.faults.surroundings.traffic import Payloads, Traffic
from ingest.broker.address import BrokerAddress
from ingest.decoding.wire import topic_of
from ingest.log.pinglog import PingLog, open_log

SETTLE_S = 120.0
_STREETS = {
    "type": "FeatureCollection",
    "features": [
        {
            "type": "Feature",
            "properties": {"id": "S00001", "name": "联络线", "grids": ["JY01"]},
            "geometry": {
                "type": "LineString",
                "coordinates": [[113.2, 40.05], [113.4, 40.15]],
            },
        }
    ],
}


class Fleet:
    """A connection for each truck; a context."""

    def __init__(self, broker: BrokerServer, vehicles: tuple[str, ...], window: int) -> None:
        self._publishers = {
            vehicle: RawPublisher(broker.address, f"truck-{vehicle}", window)
            for vehicle in vehicles
        }
        self._running = ExitStack()

    def __enter__(self) -> Self:
        """Connect all."""
        for publisher in self._publishers.values():
            self._running.enter_context(publisher)
        return self

    def __exit__(self, *_: object) -> None:
        """Disconnect all."""
        self._running.close()

    def send(self, payloads: Payloads) -> None:
        """Hand over messages, which go out as fast as the broker takes them."""
        for vehicle, own in payloads.items():
            if own:
                self._publishers[vehicle].send(topic_of(vehicle), own)

    def of(self, vehicle: str) -> RawPublisher:
        """Give the connection of one truck."""
        return self._publishers[vehicle]

    @property
    def acknowledged(self) -> int:
        """Number of messages that the broker has promised to keep."""
        return sum(len(one.acknowledged) for one in self._publishers.values())

    @property
    def connections(self) -> int:
        """How often trucks have connected."""
        return sum(one.connections for one in self._publishers.values())

    def settle(self, timeout_s: float = SETTLE_S) -> None:
        """Wait until the broker has acknowledged everything.

        Raises
        ------
        TimeoutError
            If it does not in time.
        """
        for vehicle, one in self._publishers.items():
            if not one.settle(timeout_s):
                raise TimeoutError(
                    f"{vehicle}: the broker acknowledged {len(one.acknowledged):,} of {one.sent:,} "
                    f"messages within {timeout_s:g} s {one.refusal}"
                )


class Surroundings:
    """A running broker, a database with no log yet, and a plan whose fleet is the traffic's."""

    def __init__(
        self,
        folder: Path,
        broker: BrokerServer,
        database: SqliteDatabase | PostgresqlDatabase,
        traffic: Traffic | None = None,
    ) -> None:
        self.folder, self.broker, self.database = folder, broker, database
        self.traffic = traffic or Traffic()
        self.plan = folder / "plan.toml"
        self.plan.write_text(_plan_of(self.traffic.vehicles), encoding="utf-8")
        (folder / "streets.geojson").write_text(json.dumps(_STREETS), encoding="utf-8")
        self._started: list[IngestProcess] = []

    def start_ingest(
        self,
        *,
        address: BrokerAddress | None = None,
        settings: dict[str, str] | None = None,
        clock_ahead_ms: int = 0,
    ) -> IngestProcess:
        """Start ingest; `address` differs from the broker's if something stands between."""
        process = IngestProcess(
            self.folder,
            self.plan,
            self.database.url,
            address or self.broker.address,
            settings or {},
            clock_ahead_ms,
        )
        self._started.append(process)
        return process

    def subscribed_ingest(
        self,
        *,
        address: BrokerAddress | None = None,
        settings: dict[str, str] | None = None,
        clock_ahead_ms: int = 0,
    ) -> IngestProcess:
        """Start ingest and wait until it has its subscription.

        Raises
        ------
        RuntimeError
            If it gets none.
        """
        process = self.start_ingest(
            address=address, settings=settings, clock_ahead_ms=clock_ahead_ms
        )
        if not process.wait_until_subscribed():
            process.kill()
            raise RuntimeError("ingest did not subscribe:\n" + "\n".join(process.lines))
        return process

    def make_session(self) -> None:
        """Have ingest subscribe once, so that the broker keeps messages for it from now on."""
        self.subscribed_ingest().stop()

    def trucks(self, window: int = 100) -> Fleet:
        """Give the trucks' connections.

        Parameters
        ----------
        window
            Messages that each may have on their way. nats-server closes connections whose messages
            wait for more than 5 s to be on disk, and all of them come again.
        """
        return Fleet(self.broker, self.traffic.vehicles, window)

    def log(self) -> PingLog:
        """Look into the ping log."""
        return open_log(self.database.url, create=False)

    def end(self) -> None:
        """End what still runs of ingest."""
        for process in self._started:
            if process.running:
                process.resume()
                process.kill()


@contextmanager
def surroundings(
    broker: str, database: str, limit_bytes: int | None = None
) -> Iterator[Surroundings]:
    """Start a broker and a database by name in a folder that is removed at the end.

    `limit_bytes` is what the broker may hold, if not as much as is shipped.
    """
    with TemporaryDirectory(prefix="pingcheng-faults-") as name, ExitStack() as stack:
        folder = Path(name)
        place = Surroundings(
            folder,
            start_broker(broker, folder / "broker", stack, limit_bytes),
            start_database(database, folder, stack),
        )
        stack.callback(place.end)
        yield place


def _plan_of(vehicles: tuple[str, ...]) -> str:
    return "\n".join(
        [
            'name = "fault bench"',
            'timezone = "Asia/Shanghai"',
            "effective_from = 2022-03-25",
            'streets = "streets.geojson"',
            "[[operators]]",
            'id = "JY"',
            'name = "嘉益"',
            "[[grids]]",
            'id = "JY01"',
            'operator = "JY"',
            f"vehicles = {json.dumps(vehicles, ensure_ascii=False)}",
            'windows = ["07:00-10:00"]',
            "",
        ]
    )
