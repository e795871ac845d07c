"""Runs one fault on one broker and one database; its failure is a row too."""

import traceback
from collections.abc import Sequence
from dataclasses import replace
from types import ModuleType

from benchmarks.faults.row import Row
from benchmarks.faults.surroundings.surroundings import surroundings


def run_fault(fault: ModuleType, broker: str, database: str, scale: float) -> Sequence[Row]:
    """Run it in fresh surroundings, or with what it sets up by itself.

    A fault is a module with ``NAME``, ``WANTED``, ``EVERY_BROKER``, ``EVERY_DATABASE``, and either
    ``run(surroundings, scale)`` or, if it needs others, ``run_alone(broker, scale)``.
    """
    try:
        if hasattr(fault, "run_alone"):
            rows = fault.run_alone(broker, scale)
        else:
            with surroundings(broker, database) as place:
                rows = fault.run(place, scale)
    except Exception as error:  # noqa: BLE001 - the other faults are still to be shown
        traceback.print_exc()
        rows = (Row(fault.NAME, "", f"{type(error).__name__}: {error}", fault.WANTED, holds=False),)
    return [replace(row, broker=broker, database=database) for row in rows]
