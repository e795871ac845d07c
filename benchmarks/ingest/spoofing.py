"""Who pretends to be another truck, or anyone at all, gets nothing into the log.

    python -m benchmarks.ingest.spoofing [--attempts 10000] [--brokers mosquitto,nats]

Runs each broker with its shipped configuration and credentials that `pingcheng broker credentials`
made, TLS and all, and ingest behind it. Prints for every kind of attempt how many were refused at
connect, dropped by the broker, refused by ingest, and accepted, which must be none; ends with 1
otherwise. The attempts are made at each broker.
"""

import argparse
import tempfile
from dataclasses import dataclass
from pathlib import Path

from rich.box import MARKDOWN
from rich.console import Console
from rich.table import Table

from benchmarks.ingest.spoofing_kinds import KINDS, Attacker, Attempt, Reached
from benchmarks.ingest.spoofing_target import Target, running_target
from ingest.program_log import log_to_stderr

BROKERS = ("mosquitto", "nats")


@dataclass(frozen=True, slots=True)
class Tally:
    """What became of the attempts of one kind."""

    attempts: int
    refused_at_connect: int
    dropped_by_broker: int
    refused_by_ingest: int
    accepted: int


def attack(target: Target, attempt: Attempt, attempts: int) -> Tally:
    """Make attempts of one kind and count what became of them."""
    before = target.log.counters()
    markers_before = target.settled
    attacker = Attacker(target)
    reached = [attempt(attacker, number) for number in range(attempts)]
    attacker.close()
    target.settle()
    after = target.log.counters()
    rejected = after.rejected - before.rejected
    stored = after.received - before.received - rejected - (target.settled - markers_before)
    accepted = stored + reached.count(Reached.IN)
    refused = reached.count(Reached.REFUSED)
    return Tally(attempts, refused, attempts - refused - rejected - accepted, rejected, accepted)


def attack_all(broker: str, attempts: int) -> dict[str, Tally]:
    """Share attempts out among all kinds and make them at one broker."""
    with (
        tempfile.TemporaryDirectory(prefix="pingcheng-spoofing-") as folder,
        running_target(broker, Path(folder)) as target,
    ):
        share, more = divmod(attempts, len(KINDS))
        return {
            kind: attack(target, attempt, share + (place < more))
            for place, (kind, attempt) in enumerate(KINDS.items())
        }


def main() -> None:
    """Print a table for each broker."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--attempts", type=int, default=10_000, help="at each broker (%(default)s)")
    parser.add_argument("--brokers", default=",".join(BROKERS), help="default %(default)s")
    options = parser.parse_args()
    log_to_stderr()
    console = Console(width=130)
    accepted = 0
    for broker in options.brokers.split(","):
        tallies = attack_all(broker, options.attempts)
        table = Table("kind", "attempts", "refused at connect", "dropped by the broker",
                      "refused by ingest", "accepted",
                      title=broker, title_justify="left", box=MARKDOWN)  # fmt: skip
        for kind, tally in tallies.items():
            table.add_row(kind, *_cells(tally))
        total = Tally(*map(sum, zip(*map(_numbers, tallies.values()), strict=True)))
        table.add_row("all", *_cells(total))
        console.print(table)
        accepted += total.accepted
    raise SystemExit(1 if accepted else 0)


def _numbers(tally: Tally) -> tuple[int, ...]:
    return (tally.attempts, tally.refused_at_connect, tally.dropped_by_broker,
            tally.refused_by_ingest, tally.accepted)  # fmt: skip


def _cells(tally: Tally) -> list[str]:
    return [f"{number:,}" for number in _numbers(tally)]


if __name__ == "__main__":
    main()
