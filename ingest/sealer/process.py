"""The process that seals a day: reads an `Order` on stdin and writes an `Outcome` to stdout.

    python -m ingest.sealer.process

By itself it keeps nobody waiting: it holds no lock of the interpreter that commits, its memory is
gone when it ends, and it can be killed at any instant. It gives way to all others.
"""

import os
import signal
import sys
from contextlib import suppress
from pathlib import Path

import msgspec

from ingest.broker.child_process import end_with
from ingest.fault import BusyFolderError, IngestError
from ingest.log.pinglog import open_log
from ingest.log.segments.sealing import seal_days

_NICE = 10
_KILLED_FIRST = "1000"


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """Seal one day of a log, the oldest that is due."""

    url: str
    """Of the database; it may hold a password."""
    folder: str
    now_ms: int
    quiet_ms: int
    parent: int
    """Number of the process without which there is nobody to seal for."""


class Outcome(msgspec.Struct, frozen=True):
    """What became of it."""

    date: str | None = None
    """The day that was sealed; None if there was none, or it changed meanwhile."""
    pings: int = 0
    size: int = 0
    """Of its file, in bytes."""
    fault: str | None = None
    """Why it could not be done."""


def main() -> None:
    """Seal a day."""
    order = msgspec.json.decode(sys.stdin.buffer.read(), type=Order)
    end_with(order.parent, signal.SIGKILL)
    give_way()
    sys.stdout.buffer.write(msgspec.json.encode(sealed(order)))


def give_way() -> None:
    """Let others go first, and have this process be the one that ends if memory does."""
    with suppress(OSError):  # a service may not be let
        os.nice(_NICE)
    with suppress(OSError):  # only Linux has it
        Path("/proc/self/oom_score_adj").write_text(_KILLED_FIRST, encoding="ascii")


def sealed(order: Order) -> Outcome:
    """Seal the oldest day that is due."""
    try:
        with open_log(order.url, create=False) as log:
            done = list(
                seal_days(
                    log, Path(order.folder), now_ms=order.now_ms, quiet_ms=order.quiet_ms, most=1
                )
            )
    except BusyFolderError:
        return Outcome()
    except IngestError as error:
        return Outcome(fault=str(error))
    for segment in done:
        return Outcome(segment.date, segment.pings, Path(segment.path).stat().st_size)
    return Outcome()


if __name__ == "__main__":
    main()
