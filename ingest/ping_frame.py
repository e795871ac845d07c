"""Pings ⇄ frames of pings."""

from collections.abc import Sequence

import msgspec
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ingest.ping import PING_COLUMNS, RECEIVED_COLUMN, Ping, conform


def frame_of(pings: Sequence[Ping], received_ms: Sequence[int] | None = None) -> pd.DataFrame:
    """Turn pings into a frame, with their times of reception if these are given."""
    rows = zip(*map(msgspec.structs.astuple, pings), strict=True)
    columns = dict(zip(PING_COLUMNS, rows, strict=True)) if pings else {}
    frame = pd.DataFrame(
        {name: pd.Series(columns.get(name, ()), dtype=object) for name in PING_COLUMNS}
    )
    frame["event_time"] = as_instants(columns.get("event_time", ()))
    if received_ms is not None:
        frame[RECEIVED_COLUMN] = as_instants(received_ms)
    return conform(frame)


def as_instants(epoch_ms: Sequence[int] | NDArray[np.int64]) -> pd.DatetimeIndex:
    """Turn epoch milliseconds into aware instants."""
    return pd.DatetimeIndex(
        np.asarray(epoch_ms, dtype=np.int64).view("datetime64[ms]")
    ).tz_localize("UTC")


def fill_received(pings: pd.DataFrame, received_ms: int) -> pd.DataFrame:
    """Say that pings of which a file tells no reception were received at `received_ms`."""
    now = as_instants([received_ms])[0]
    if RECEIVED_COLUMN not in pings.columns:
        return conform(pings.assign(**{RECEIVED_COLUMN: now}))
    return pings.assign(**{RECEIVED_COLUMN: pings[RECEIVED_COLUMN].fillna(now)})


def spans_by_vehicle(pings: pd.DataFrame) -> dict[str, slice]:
    """Give the rows of each vehicle of a frame that is sorted by vehicle, in its order."""
    numbers, names = pd.factorize(pings["vehicle_id"])
    first = np.searchsorted(numbers, np.arange(len(names) + 1)).tolist()
    return {str(name): slice(*first[n : n + 2]) for n, name in enumerate(names)}
