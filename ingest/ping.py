"""The ping: one GPS fix of one vehicle, as a value and as a frame.

A frame of pings has the columns of ``PING_COLUMNS`` in that order with the dtypes of
``PING_DTYPES``. Missing optional values are NaN or <NA>, never a sentinel number.
"""

from dataclasses import dataclass

import msgspec
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pandas.api.types import pandas_dtype

PING_DTYPES: dict[str, str] = {
    "vehicle_id": "str",
    "event_time": "datetime64[ms, UTC]",
    "longitude": "float64",
    "latitude": "float64",
    "speed_mps": "float64",
    "heading_deg": "float64",
    "accuracy_m": "float64",
    "hdop": "float64",
    "satellites": "Int16",
    "working": "boolean",
    "tasks": "Int32",
}
PING_COLUMNS = tuple(PING_DTYPES)
RECEIVED_COLUMN = "received_time"
"""Optional last column, same dtype as ``event_time``: when the log first heard of the fix. It is
no part of a fix's identity; it only tells whether the device's clock runs ahead."""
KEY_COLUMNS = ("vehicle_id", "event_time")
REQUIRED_COLUMNS = ("vehicle_id", "event_time", "longitude", "latitude")

# The rule that picks the winner among fixes of one key: better accuracy first, then the smallest
# values, column by column; a missing value loses to any value. Arrival order has no part in it.
PREFERENCE = (
    "accuracy_m",
    "longitude",
    "latitude",
    "speed_mps",
    "heading_deg",
    "hdop",
    "satellites",
    "working",
    "tasks",
)

_NEGATIVE_ZERO = np.float64(-0.0).view(np.int64)


class Ping(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One fix: WGS 84 degrees, event time as UTC milliseconds since 1970, SI units."""

    vehicle_id: str
    event_time_ms: int
    longitude: float
    latitude: float
    speed_mps: float | None = None
    heading_deg: float | None = None
    accuracy_m: float | None = None
    hdop: float | None = None
    satellites: int | None = None
    working: bool | None = None
    tasks: int | None = None
    """A mask of `ingest.tasks`; where it is told, `working` is its shadow."""


@dataclass(frozen=True, slots=True)
class Resolved:
    """A multiset of pings put in order: the winners and the tally of the rest."""

    pings: pd.DataFrame
    """One row a key, sorted by vehicle and event time."""
    conflicting: pd.DataFrame
    """Distinct fixes that lost against another one of their key."""
    duplicate_count: int
    """Rows that repeat another row to the last bit."""


def conform(frame: pd.DataFrame) -> pd.DataFrame:
    """Return `frame` with exactly the ping columns and dtypes; optional columns may be absent.

    Raises
    ------
    KeyError
        If a required column is absent.
    """
    missing = [name for name in REQUIRED_COLUMNS if name not in frame.columns]
    if missing:
        raise KeyError(f"a frame of pings needs the columns {', '.join(missing)}")
    columns = {name: _column(frame, name) for name in PING_COLUMNS}
    if RECEIVED_COLUMN in frame.columns:
        time_dtype = pandas_dtype(PING_DTYPES["event_time"])
        columns[RECEIVED_COLUMN] = frame[RECEIVED_COLUMN].astype(time_dtype)
    # each column stays an array of its own: putting those of one type together would copy them
    return pd.DataFrame(columns, copy=False).reset_index(drop=True)


def _column(frame: pd.DataFrame, name: str) -> pd.Series:
    dtype = pandas_dtype(PING_DTYPES[name])
    if name not in frame.columns:
        absent = np.nan if dtype.kind == "f" else pd.NA
        return pd.Series(absent, index=frame.index, dtype=dtype)
    values = frame[name].astype(dtype)
    # -0.0 equals 0.0 but prints differently: which one a key keeps must not hang on arrival order
    if dtype.kind == "f" and (values.to_numpy().view(np.int64) == _NEGATIVE_ZERO).any():
        return values + 0.0
    return values


def resolve(frame: pd.DataFrame) -> Resolved:
    """Turn pings in any order, with any repetition, into the one frame they stand for."""
    order, is_contested = _by_key(frame)
    if not is_contested.any():
        return Resolved(_in_order(frame, order), frame[:0].reset_index(drop=True), 0)
    rivals = frame.take(order[is_contested]).set_axis(np.flatnonzero(is_contested))
    received = [name for name in (RECEIVED_COLUMN,) if name in frame.columns]
    ranked = rivals.sort_values([*KEY_COLUMNS, *PREFERENCE, *received], kind="stable")
    repeated = ranked.duplicated(list(PING_COLUMNS))
    distinct = ranked[~repeated]
    losing = distinct.duplicated(list(KEY_COLUMNS))
    is_kept = ~is_contested
    is_kept[distinct.index[~losing]] = True
    return Resolved(
        pings=_in_order(frame, order[is_kept]),
        conflicting=distinct[losing].reset_index(drop=True),
        duplicate_count=int(repeated.sum()),
    )


def _by_key(frame: pd.DataFrame) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
    """Give the order of the rows by key, and which rows in that order share theirs."""
    numbers, vehicles = pd.factorize(frame["vehicle_id"], sort=True)
    number = numbers.astype(np.min_scalar_type(len(vehicles)))  # small integers sort by counting
    instant = np.asarray(frame["event_time"].astype("int64"), dtype=np.int64)
    order = np.arange(len(frame))
    onward, at_once = _neighbours(number, instant)
    if not (onward | at_once).all():
        order = np.lexsort((instant, number))
        _, at_once = _neighbours(number[order], instant[order])
    is_contested = np.zeros(len(frame), dtype=np.bool_)
    is_contested[1:] = at_once
    is_contested[:-1] |= at_once
    return order, is_contested


def _neighbours(
    number: NDArray[np.unsignedinteger], instant: NDArray[np.int64]
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Tell of each row but the first whether its key is above that of the row before, or equal."""
    same_vehicle = number[1:] == number[:-1]
    onward = (number[1:] > number[:-1]) | (same_vehicle & (instant[1:] > instant[:-1]))
    return onward, same_vehicle & (instant[1:] == instant[:-1])


def _in_order(frame: pd.DataFrame, order: NDArray[np.intp]) -> pd.DataFrame:
    if len(order) == len(frame) and (order[1:] > order[:-1]).all():
        return frame.reset_index(drop=True)
    return frame.take(order).reset_index(drop=True)
