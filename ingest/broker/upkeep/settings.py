"""What an embedded broker is told of its store and its sessions."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ingest.broker.nats_config import MAX_ACK_PENDING
from ingest.broker.upkeep.limits import MOST_BYTES, StoreLimits, reserve_of


def _free_bytes(folder: Path) -> int:
    return shutil.disk_usage(folder).free


@dataclass(frozen=True, slots=True)
class UpkeepSettings:
    """How much is kept, and how sessions are served."""

    most_bytes: int = MOST_BYTES
    """Of messages that may wait; what exceeds it is not acknowledged."""
    reserve_bytes: int | None = None
    """Of the disk that stay free; None takes 1 GiB, of a small disk a twentieth."""
    max_ack_pending: int = MAX_ACK_PENDING
    """Messages on their way to a session and not acknowledged, for each topic filter."""
    monitor_port: int = 0
    """Where the broker's pages are, on this machine; 0 takes a free one."""
    free_bytes: Callable[[Path], int] = _free_bytes
    """Tells how much the disk of a folder has left."""

    def limits(self, store: Path) -> StoreLimits:
        """Give the bounds of what is kept in a folder."""
        if self.reserve_bytes is not None:
            return StoreLimits(self.most_bytes, self.reserve_bytes)
        return StoreLimits(self.most_bytes, reserve_of(shutil.disk_usage(store).total))
