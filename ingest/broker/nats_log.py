"""What nats-server says in its log while it starts: where it listens, or why it does not."""

from dataclasses import dataclass
from pathlib import Path

from ingest.fault import BrokerError

_READY = "Server is ready"
_FATAL = "[FTL] "
_MQTT = "Listening for MQTT clients on "
_OWN = "Listening for client connections on "
_MONITOR = "Starting http monitor on "


@dataclass(frozen=True, slots=True)
class Ports:
    """Where it listens."""

    mqtt: int
    own: int
    """Of its own protocol."""
    monitor: int
    """Of its pages."""


def read_log(path: Path) -> list[str]:
    """Read its whole lines; none while there is no file."""
    try:
        # the last line may be half written
        return path.read_text(encoding="utf-8", errors="replace").split("\n")[:-1]
    except FileNotFoundError:
        return []


def ports_of(lines: list[str]) -> Ports | None:
    """Tell where it listens; None while it is not ready."""
    if not any(_READY in line for line in lines):
        return None
    return Ports(*(_port_of(lines, told) for told in (_MQTT, _OWN, _MONITOR)))


def end_of(lines: list[str]) -> str:
    """Tell why it ended; empty if it did not say so."""
    return next((line.partition(_FATAL)[2] for line in lines if _FATAL in line), "")


def _port_of(lines: list[str], told: str) -> int:
    """Read off a line such as ``Listening for MQTT clients on mqtt://127.0.0.1:1883``."""
    for line in lines:
        if told in line:
            return int(line.rpartition(":")[2])
    raise BrokerError(f"the broker's log has no line {told!r}; nats-server 2.12 to 2.15 write it")
