"""Where and as whom a running embedded broker is looked after: a file in its store."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self

import msgspec

from ingest.broker.nats_config import LOOPBACK
from ingest.broker.private_file import write_private
from ingest.fault import BrokerError

ACCESS_FILE = "access.json"


@dataclass(frozen=True, slots=True)
class Access:
    """The way in, for whoever may read the store."""

    port: int
    """Of nats-server's own protocol, on this machine."""
    monitor_port: int
    """Of its pages, on this machine."""
    user: str = ""
    """Empty where anyone may do anything."""
    password: str = ""
    ack_wait_s: float = 10.0
    """The setting that sessions should have."""
    max_ack_pending: int = 8000
    """The setting that sessions should have."""
    nodes: int = 1
    """How many there are, this one too."""

    def __repr__(self) -> str:
        return f"Access({self.port}, {self.monitor_port}, {self.user!r})"

    @property
    def url(self) -> str:
        """Of its own protocol."""
        return f"nats://{LOOPBACK}:{self.port}"

    @property
    def monitor_url(self) -> str:
        """Of its pages."""
        return f"http://{LOOPBACK}:{self.monitor_port}"

    def save(self, store: Path) -> None:
        """Leave it in a store, for its owner only."""
        write_private(store / ACCESS_FILE, msgspec.json.encode(asdict(self)))

    @classmethod
    def load(cls, store: Path) -> Self:
        """Read it from the store of a broker that runs.

        Raises
        ------
        BrokerError
            If there is none that can be read.
        """
        path = store / ACCESS_FILE
        try:
            return msgspec.json.decode(path.read_bytes(), type=cls)
        except FileNotFoundError as error:
            raise BrokerError(
                f"{path} is absent; is {store} the --store of a pingcheng broker that runs?"
            ) from error
        except OSError as error:
            reason = error.strerror or str(error)
            raise BrokerError(f"{path}: it cannot be read ({reason})") from error
        except msgspec.DecodeError as error:
            raise BrokerError(f"{path}: it is no file of the broker ({error})") from error
