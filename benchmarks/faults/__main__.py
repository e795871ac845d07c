"""Do to ingest, its broker and its database what will befall them, and see what is lost.

    python -m benchmarks.faults [--rows kill-ingest,throughput] [--brokers nats,mosquitto]
        [--databases sqlite,postgresql] [--scale 0.1] [--json]

Full scale takes hours; 0.05 a few minutes. Exits with 1 if any row fails its promise.
"""

import argparse
import json
import os
import sys
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import asdict
from types import ModuleType

from rich.console import Console

from benchmarks.faults.row import Row, print_table
from benchmarks.faults.rows import (
    broker_store,
    database_outage,
    flood,
    fuzz,
    ingest_away,
    kill_broker,
    kill_ingest,
    memory,
    network_faults,
    page,
    poison,
    server,
    spoofing,
    throughput,
)
from benchmarks.faults.rows.gateways import http as gateway_http
from benchmarks.faults.rows.gateways import jt808 as gateway_jt808
from benchmarks.faults.rows.operations import nodes
from benchmarks.faults.running import run_fault
from benchmarks.faults.surroundings.progress import tell
from benchmarks.faults.surroundings.servers import BROKERS, DATABASES
from ingest.program_log import log_to_stderr

CORES = 2
_FAULTS: tuple[ModuleType, ...] = (
    kill_ingest,
    kill_broker,
    ingest_away,
    broker_store,
    database_outage,
    network_faults,
    poison,
    flood,
    memory,
    spoofing,
    throughput,
    fuzz,
    page,
    server,
    nodes,
    gateway_http,
    gateway_jt808,
)
FAULTS = {fault.NAME: fault for fault in _FAULTS}


def main() -> None:
    """Run the chosen rows and print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.faults", description=__doc__)
    parser.add_argument("--rows", type=_some_of(FAULTS), default=list(FAULTS))
    parser.add_argument("--brokers", type=_some_of(BROKERS), default=list(BROKERS))
    parser.add_argument("--databases", type=_some_of(DATABASES), default=list(DATABASES))
    parser.add_argument("--scale", type=float, default=1.0, help="share of the full counts")
    parser.add_argument("--json", action="store_true", help="print a JSON array instead")
    options = parser.parse_args()
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:CORES])
    log_to_stderr()  # the table is on stdout
    rows: list[Row] = []
    for name in options.rows:
        rows += _run(FAULTS[name], options.brokers, options.databases, options.scale)
    if options.json:
        print(json.dumps([asdict(row) for row in rows], ensure_ascii=False, indent=1))
    else:
        print_table(rows, Console(width=160))
    sys.exit(not all(row.holds for row in rows))


def _run(
    fault: ModuleType, brokers: Sequence[str], databases: Sequence[str], scale: float
) -> Iterator[Row]:
    for broker in brokers if fault.EVERY_BROKER else ("",):
        for database in (databases if fault.EVERY_DATABASE else databases[:1]) if broker else ("",):
            tell(f"{fault.NAME}: {broker} {database}")
            for row in run_fault(fault, broker, database, scale):
                tell(f"{row.fault}: {row.result}")
                yield row


def _some_of(known: Collection[str]) -> Callable[[str], list[str]]:
    def chosen(text: str) -> list[str]:
        names = text.split(",")
        if unknown := [name for name in names if name not in known]:
            raise argparse.ArgumentTypeError(
                f"there is no {', '.join(unknown)}; there are {', '.join(known)}"
            )
        return names

    return chosen


if __name__ == "__main__":
    main()
