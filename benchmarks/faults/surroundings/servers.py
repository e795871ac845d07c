"""The brokers and databases of the bench: each can be started, stopped and killed."""

from contextlib import ExitStack
from pathlib import Path
from typing import Protocol

from ingest.broker.address import BrokerAddress
from ingest.broker.broker import Broker
from ingest.broker.upkeep.settings import UpkeepSettings
from tests.servers.mosquitto import Mosquitto
from tests.servers.postgres import PostgresServer, postgres

BROKERS = ("nats", "mosquitto")
DATABASES = ("sqlite", "postgresql")


class BrokerServer(Protocol):
    """A broker with the shipped configuration; what it acknowledged outlives a stop and a kill."""

    @property
    def address(self) -> BrokerAddress:
        """Where it listens."""

    def start(self) -> None:
        """Start it, on the port it had before."""

    def kill(self) -> None:
        """Kill it with SIGKILL."""


class SqliteDatabase:
    """A file. There is no server to stop; what can befall it is a lock."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "pings.db"
        self.url = f"sqlite:///{self.path}"


class PostgresqlDatabase:
    """A database of a server of its own, which syncs to disk as the shipped one does."""

    def __init__(self, server: PostgresServer, name: str | None = None) -> None:
        self.server = server
        self.url = server.new_database() if name is None else server.url_of(name)

    def stop(self) -> None:
        """Shut the server down, throwing off its clients."""
        self.server.stop()

    def kill(self) -> None:
        """Kill all its processes."""
        self.server.kill()

    def start(self) -> None:
        """Start the server, which recovers what it had committed."""
        self.server.start()


def start_broker(
    name: str, folder: Path, stack: ExitStack, limit_bytes: int | None = None
) -> BrokerServer:
    """Start a broker by name; it ends with the stack. It holds as much as is shipped, or a limit.

    Whom it lets in is the matter of `benchmarks.ingest.spoofing`: here anyone of this machine may
    enter, and everything else is as it is shipped.
    """
    if name not in BROKERS:
        raise ValueError(f"there is no broker {name!r}; there are {', '.join(BROKERS)}")
    if name == "mosquitto":
        changes = {} if limit_bytes is None else {"plugin_opt_memory": str(limit_bytes)}
        return stack.enter_context(Mosquitto(folder, changes=changes))
    upkeep = UpkeepSettings() if limit_bytes is None else UpkeepSettings(most_bytes=limit_bytes)
    return stack.enter_context(Broker(store=folder, upkeep=upkeep))


def start_database(
    name: str, folder: Path, stack: ExitStack
) -> SqliteDatabase | PostgresqlDatabase:
    """Make an empty database by name; it ends with the stack."""
    if name == "sqlite":
        return SqliteDatabase(folder)
    return PostgresqlDatabase(stack.enter_context(postgres(fsync=True)))
