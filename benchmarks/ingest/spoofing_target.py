"""What is attacked: a broker with shipped configuration and credentials, and ingest behind it."""

import ssl
import time
import tomllib
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

from benchmarks.ingest.raw_client import RawClient
from ingest.broker.address import BrokerAddress
from ingest.broker.broker import Broker
from ingest.broker.certificates import Authority
from ingest.broker.credentials import Request, make_credentials
from ingest.broker.users import INGEST
from ingest.decoding.acceptance import Acceptance
from ingest.decoding.decoder import Decoder
from ingest.decoding.wire import encode, topic_of
from ingest.log.pinglog import PingLog, open_log
from ingest.mqtt.connection import Login
from ingest.mqtt.subscriber import Subscriber
from ingest.ping import Ping
from tests.servers.mosquitto import Mosquitto

HOST = "127.0.0.1"
THIEF, VICTIM, HONEST, RETIRED = "晋BQ0384", "晋BQ0385", "晋BQ0386", "晋BQ0387"
_VEHICLES = (THIEF, VICTIM, HONEST, RETIRED)
_NATIVE = ("fleet/{vehicle_id}/ping",)
_PATIENCE_S = 60.0


@dataclass
class Target:
    """A running broker and the log of the ingest behind it."""

    password_port: int
    certificate_port: int
    """The same for nats-server, which asks for both."""
    folder: Path
    passwords: dict[str, str]
    log: PingLog
    subscriber: Subscriber
    client_id: str
    """Names the session of ingest."""
    settled: int = 0
    """Pings of honest trucks that were stored."""
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))

    @property
    def asks_for_both(self) -> bool:
        """Whether a client must show a certificate and a password."""
        return self.password_port == self.certificate_port

    def context(self, stem: Path | None = None) -> ssl.SSLContext:
        """Trust the broker, and show the certificate STEM.crt."""
        context = ssl.create_default_context(cafile=self.folder / "ca.crt")
        if stem is not None:
            context.load_cert_chain(f"{stem}.crt", f"{stem}.key")
        return context

    def stem(self, user: str) -> Path:
        """Where the certificate of a user is."""
        return self.folder / user if user == INGEST else self.folder / "trucks" / user

    def connect(self, user: str, client_id: str | None = None, *, clean: bool = True) -> RawClient:
        """Connect as a truck with all that is its own."""
        context = self.context(self.stem(user) if self.asks_for_both else None)
        return RawClient(
            (HOST, self.password_port),
            context,
            client_id or f"truck-{user}",
            (user, self.passwords[user]),
            clean=clean,
        )

    def payload(self, vehicle: str) -> bytes:
        """Write a sound ping that names its vehicle, different from all before."""
        instant = time.time_ns() // 1_000_000 - 80_000_000 + next(self._numbers)
        fix = Ping(
            vehicle_id=vehicle,
            event_time_ms=instant,
            longitude=113.3,
            latitude=40.08,
            speed_mps=3.5,
        )
        return b'{"vehicle_id":"%s",' % vehicle.encode() + encode([fix])[1:]

    def settle(self) -> None:
        """Wait until ingest has all that was published before."""
        before = self.log.counters().stored
        with self.connect(HONEST) as truck:
            if not truck.publish(topic_of(HONEST).encode(), self.payload(HONEST), 1):
                raise RuntimeError("an honest truck was turned away")
        deadline = time.monotonic() + _PATIENCE_S
        while self.log.counters().stored == before:
            self.subscriber.check()
            if time.monotonic() > deadline:
                raise RuntimeError("the ping of an honest truck did not arrive")
            time.sleep(0.005)
        self.settled += 1


@contextmanager
def running_target(broker: str, folder: Path) -> Iterator[Target]:
    """Start a broker, ``mosquitto`` or ``nats``, and ingest behind it."""
    secrets, now = folder / "secrets", datetime.now(UTC)
    make_credentials(secrets, _request(_VEHICLES), now)
    authority = Authority(secrets, now)
    with ExitStack() as stack:
        # the certificate of a truck that has left is revoked: keep a copy from before
        for suffix in (".crt", ".key"):
            kept = (secrets / "trucks" / f"{RETIRED}{suffix}").read_bytes()
            (secrets / f"revoked{suffix}").write_bytes(kept)
        make_credentials(secrets, _request(_VEHICLES[:-1]), now)
        authority.sign_client(THIEF, until=now.replace(year=now.year - 1)).save(secrets / "expired")
        stranger = Authority(folder / "stranger", now)
        stranger.sign_client(THIEF).save(secrets / "stranger")
        passwords = _passwords(secrets)
        password_port, certificate_port = _start(broker, secrets, folder, stack)
        log = stack.enter_context(open_log(f"sqlite:///{folder / 'pings.db'}"))
        client_id = _setting(secrets / "pingcheng.toml", "client_id")
        login = Login(
            client_id, INGEST, passwords[INGEST], secrets / "ca.crt",
            secrets / "ingest.crt", secrets / "ingest.key",
        )  # fmt: skip
        subscriber = Subscriber(
            BrokerAddress(HOST, password_port, tls=True),
            log.write,
            decoder=Decoder(acceptance=Acceptance(frozenset(_VEHICLES))),
            clock_ms=lambda: time.time_ns() // 1_000_000,
            login=login,
        )
        stack.enter_context(subscriber).wait_until_subscribed(_PATIENCE_S)
        yield Target(
            password_port, certificate_port, secrets, passwords, log, subscriber, client_id
        )


def _request(vehicles: Sequence[str]) -> Request:
    return Request(vehicles, HOST, _NATIVE, client_certificates=True)


def _start(broker: str, secrets: Path, folder: Path, stack: ExitStack) -> tuple[int, int]:
    if broker == "mosquitto":
        server = stack.enter_context(Mosquitto(folder / "mosquitto", credentials=secrets))
        return server.password_port, server.certificate_port
    nats = stack.enter_context(
        Broker(store=folder / "nats", credentials=secrets, client_certificates=True)
    )
    return nats.address.port, nats.address.port


def _passwords(secrets: Path) -> dict[str, str]:
    lines = (secrets / "passwords.csv").read_text(encoding="utf-8").splitlines()[1:]
    return {user: password for _, user, password in (line.split(",") for line in lines)}


def _setting(path: Path, key: str) -> str:
    return str(tomllib.loads(path.read_text(encoding="utf-8"))[key])
