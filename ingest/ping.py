"""The ping: one GPS fix of one vehicle, as a value and as a frame.

A frame of pings has the columns of ``PING_COLUMNS`` in that order with the dtypes of
``PING_DTYPES``. Missing optional values are NaN or <NA>, never a sentinel number.
"""

from dataclasses import dataclass

import msgspec
import numpy as np
import pandas as pd
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
)


class Ping(msgspec.Struct, frozen=True, kw_only=True):
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
    return pd.DataFrame(columns).reset_index(drop=True)


def _column(frame: pd.DataFrame, name: str) -> pd.Series:
    dtype = pandas_dtype(PING_DTYPES[name])
    if name not in frame.columns:
        absent = np.nan if dtype.kind == "f" else pd.NA
        return pd.Series(absent, index=frame.index, dtype=dtype)
    values = frame[name].astype(dtype)
    # -0.0 equals 0.0 but prints differently: which one a key keeps must not hang on arrival order
    return values + 0.0 if dtype.kind == "f" else values


def resolve(frame: pd.DataFrame) -> Resolved:
    """Turn pings in any order, with any repetition, into the one frame they stand for."""
    received = [name for name in (RECEIVED_COLUMN,) if name in frame.columns]
    ordered = frame.sort_values(
        [*KEY_COLUMNS, *PREFERENCE, *received], kind="stable", ignore_index=True
    )
    repeated = ordered.duplicated(list(PING_COLUMNS))
    distinct = ordered[~repeated]
    losing = distinct.duplicated(list(KEY_COLUMNS))
    return Resolved(
        pings=distinct[~losing].reset_index(drop=True),
        conflicting=distinct[losing].reset_index(drop=True),
        duplicate_count=int(repeated.sum()),
    )
