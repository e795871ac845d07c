"""An observation as one row of an Arrow table, and back, to the bit.

Each array is a list in a column of its own, named by its path (``passes.from_m``).
"""

from collections.abc import Iterator
from dataclasses import fields
from typing import Any

import numpy as np
import pyarrow as pa

from geofence.seen.observation import Gaps, Observation, Passes
from geofence.seen.squares import Visits

_PARTS: dict[str, type[Any]] = {"passes": Passes, "gaps": Gaps, "visits": Visits}
_NAMED_APART = "vehicle_id"


def to_table(observation: Observation) -> pa.Table:
    """Write all but the vehicle's id."""
    columns = {
        path: pa.ListArray.from_arrays(np.array([0, len(values)], np.int32), pa.array(values))
        for path, values in _arrays(observation)
    }
    return pa.table(columns)


def from_table(table: pa.Table, vehicle_id: str) -> Observation:
    """Read an observation.

    Raises
    ------
    KeyError, ValueError
        If the table is none.
    """
    if table.num_rows != 1:
        raise ValueError(f"{table.num_rows} rows are not one observation")
    parts = {
        name: kind(**{field.name: _array(table, f"{name}.{field.name}") for field in fields(kind)})
        for name, kind in _PARTS.items()
    }
    own: dict[str, Any] = {
        each.name: _array(table, each.name)
        for each in fields(Observation)
        if each.name not in {*parts, _NAMED_APART}
    }
    return Observation(vehicle_id=vehicle_id, **parts, **own)


def _arrays(observation: Observation) -> Iterator[tuple[str, np.ndarray[Any, Any]]]:
    for each in fields(observation):
        value = getattr(observation, each.name)
        if each.name in _PARTS:
            for field in fields(value):
                yield f"{each.name}.{field.name}", getattr(value, field.name)
        elif each.name != _NAMED_APART:
            yield each.name, value


def _array(table: pa.Table, path: str) -> np.ndarray[Any, Any]:
    values = table.column(path).combine_chunks().flatten()
    # a copy that may be written to: kernels would be compiled anew for one that may not
    return np.array(values.to_numpy(zero_copy_only=False))
