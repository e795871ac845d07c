"""Pings of a day ⇄ columns of whole numbers, exact to the bit.

What a tracker sends was a decimal text, mostly: it comes back from a whole number and a power of
ten. Where it does not, to the last bit and for all of a row group, the bits of the number are kept
as they are. So one truck whose positions were converted costs nothing with the others.
"""

import operator
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray
from pandas.api.types import pandas_dtype

from ingest.log.rows import LOG_COLUMNS, epoch_ms, frame_of_rows
from ingest.ping import KEY_COLUMNS, PING_DTYPES, RECEIVED_COLUMN
from ingest.ping_frame import as_instants

Scales = Mapping[str, Sequence[int | None]]
"""Of each column of numbers, by row group: the power of ten; None where bits are kept."""

ROWS_OF_A_GROUP = 16_384
"""At most: four and a half hours of a truck that reports every second."""
DELAY = "received_after"
_NUMBERS = tuple(name for name, dtype in PING_DTYPES.items() if dtype == "float64")
_OPTIONAL = {"satellites": pa.int32(), "working": pa.bool_(), "tasks": pa.int32()}
_NAN = np.float64(np.nan).view(np.int64)
_POWERS = range(10)
_MOST_WHOLE = 2**53
"""Below it every whole number is a float."""
_INT32 = np.iinfo(np.int32)


@dataclass(frozen=True, slots=True)
class Encoded:
    """Pings as they are written."""

    table: pa.Table
    group_rows: tuple[int, ...]
    scales: Scales

    def groups(self) -> Iterator[pa.Table]:
        """Cut the table into its row groups."""
        for start, stop in _spans(self.group_rows):
            yield self.table.slice(start, stop - start)

    def pings_of(self, groups: slice) -> pd.DataFrame:
        """Turn some of the row groups back into pings."""
        chosen = self.group_rows[groups]
        table = self.table.slice(sum(self.group_rows[: groups.start]), sum(chosen))
        return decode(table, chosen, {name: of[groups] for name, of in self.scales.items()})


def encode(frame: pd.DataFrame) -> Encoded:
    """Turn pings, sorted by vehicle and event time, into what is written; missing is null."""
    group_rows = _group_rows(frame["vehicle_id"])
    event_ms = epoch_ms(frame["event_time"])
    columns: dict[str, pa.Array] = {
        "vehicle_id": pa.array(frame["vehicle_id"], pa.string()),
        "event_time": pa.array(event_ms),
    }
    scales: dict[str, list[int | None]] = {}
    for name in _NUMBERS:
        columns[name], scales[name] = _whole(frame[name].to_numpy(np.float64), group_rows)
    for name, kind in _OPTIONAL.items():
        columns[name] = pa.array(frame[name], kind)
    columns[DELAY] = _narrow(epoch_ms(frame[RECEIVED_COLUMN]) - event_ms)
    return Encoded(pa.table(columns), group_rows, scales)


def joined(parts: Sequence[Encoded]) -> Encoded:
    """Put parts of a day together, in their order: each keeps its row groups."""
    if not parts:
        return encode(frame_of_rows([]))
    scales = {name: [power for part in parts for power in part.scales[name]] for name in _NUMBERS}
    # what one part holds in 32 bits another may not
    table = pa.concat_tables([part.table for part in parts], promote_options="permissive")
    return Encoded(table, tuple(rows for part in parts for rows in part.group_rows), scales)


def decode(table: pa.Table, group_rows: Sequence[int], scales: Scales) -> pd.DataFrame:
    """Turn row groups back into the pings that they were: a frame of ``LOG_COLUMNS``."""
    event_ms = _numbers_of(table["event_time"])
    columns = {
        "vehicle_id": _array("vehicle_id", table["vehicle_id"].cast(pa.large_string())),
        "event_time": as_instants(event_ms),
        RECEIVED_COLUMN: as_instants(event_ms + _numbers_of(table[DELAY])),
    }
    for name in _NUMBERS:
        columns[name] = pd.Series(_floats(table[name], group_rows, scales[name]))
    for name in _OPTIONAL:
        columns[name] = _array(name, table[name])
    return pd.DataFrame({name: columns[name] for name in LOG_COLUMNS}, copy=False)


def same_bits(left: pd.DataFrame, right: pd.DataFrame) -> bool:
    """Tell whether two frames of pings are the same to the last bit, also where a number is NaN."""
    if list(left.dtypes.items()) != list(right.dtypes.items()) or len(left) != len(right):
        return False
    for name in left.columns:
        one, other = left[name], right[name]
        if name in _NUMBERS:
            one, other = (pd.Series(each.to_numpy().view(np.int64)) for each in (one, other))
        if not one.equals(other):
            return False
    return True


def differences(left: pd.DataFrame, right: pd.DataFrame) -> tuple[int, int, int]:
    """Count the pings that only the first frame has, only the second, and both but not the same.

    In neither may a key be there twice.
    """
    keys = [pd.MultiIndex.from_frame(each[list(KEY_COLUMNS)]) for each in (left, right)]
    place = keys[1].get_indexer(keys[0])
    shared = place >= 0
    one, other = left[shared], right.take(place[shared])
    same = np.ones(len(one), np.bool_)
    for name in one.columns:
        pair = [each[name].array for each in (one, other)]
        if name in _NUMBERS:
            bits = [np.asarray(each).view(np.int64) for each in pair]
            same &= bits[0] == bits[1]
        else:
            lacking = [np.asarray(each.isna()) for each in pair]
            equal = pd.Series(pair[0] == pair[1]).fillna(False).to_numpy(np.bool_)
            same &= (lacking[0] & lacking[1]) | equal & ~lacking[0] & ~lacking[1]
    common = int(shared.sum())
    return len(left) - common, len(right) - common, int((~same).sum())


def _group_rows(vehicles: pd.Series) -> tuple[int, ...]:
    """Cut rows into groups: a long run of a vehicle into even ones, short runs put together."""
    numbers = pd.factorize(vehicles)[0]
    ends = [*(np.flatnonzero(numbers[1:] != numbers[:-1]) + 1).tolist(), len(numbers)]
    groups, waiting = list[int](), 0
    for start, stop in pairwise([0, *ends]):
        run = stop - start
        if waiting and waiting + run > ROWS_OF_A_GROUP:
            groups.append(waiting)
            waiting = 0
        if run <= ROWS_OF_A_GROUP:
            waiting += run
            continue
        count = -(-run // ROWS_OF_A_GROUP)
        groups += [run * (one + 1) // count - run * one // count for one in range(count)]
    return (*groups, waiting) if waiting else tuple(groups)


def _spans(group_rows: Sequence[int]) -> Iterator[tuple[int, int]]:
    stop = 0
    for rows in group_rows:
        start, stop = stop, stop + rows
        yield start, stop


def _whole(
    values: NDArray[np.float64], group_rows: Sequence[int]
) -> tuple[pa.Array, list[int | None]]:
    """Turn numbers into whole ones, and tell the power of ten of each row group."""
    bits = values.view(np.int64)
    missing = bits == _NAN
    whole = np.where(missing, 0, bits)
    powers: list[int | None] = []
    power: int | None = None
    for start, stop in _spans(group_rows):
        known = ~missing[start:stop]
        power, scaled = _scaled(values[start:stop][known], power)
        powers.append(power)
        if power is not None:
            whole[start:stop][known] = scaled
    return _narrow(whole, missing, may_be=None not in powers), powers


def _scaled(
    values: NDArray[np.float64], likely: int | None
) -> tuple[int | None, NDArray[np.int64]]:
    """Find the power of ten that makes numbers whole and gives each back to the last bit."""
    for power in _POWERS if likely is None else (likely, *_POWERS):
        with np.errstate(all="ignore"):
            scaled = np.rint(values * 10.0**power)
            if not (np.abs(scaled) < _MOST_WHOLE).all():  # NaN and infinity are not, either
                break
            whole = scaled.astype(np.int64)
        if np.array_equal((whole / 10.0**power).view(np.int64), values.view(np.int64)):
            return power, whole
    return None, np.zeros(0, np.int64)


def _narrow(
    values: NDArray[np.int64], missing: NDArray[np.bool_] | None = None, *, may_be: bool = True
) -> pa.Array:
    fits = may_be and (
        not len(values) or (values.min() >= _INT32.min and values.max() <= _INT32.max)
    )
    return pa.array(values.astype(np.int32) if fits else values, mask=missing)


def _floats(
    column: pa.ChunkedArray, group_rows: Sequence[int], powers: Sequence[int | None]
) -> NDArray[np.float64]:
    whole = _numbers_of(column)
    values = np.empty(len(whole), np.float64)
    groups = zip(powers, _spans(group_rows), strict=True)
    for power, run in groupby(groups, operator.itemgetter(0)):
        spans = [span for _, span in run]
        part = slice(spans[0][0], spans[-1][1])
        if power is None:
            values[part] = whole[part].view(np.float64)
        else:
            np.divide(whole[part], 10.0**power, out=values[part])
    if column.null_count:
        values[column.is_null().to_numpy()] = np.nan
    return values


def _numbers_of(column: pa.ChunkedArray) -> NDArray[np.signedinteger]:
    array = column.combine_chunks()
    if array.null_count:
        array = array.fill_null(0)
    numbers: NDArray[np.signedinteger] = array.to_numpy(zero_copy_only=False)
    return numbers


def _array(name: str, column: pa.ChunkedArray) -> pd.Series:
    dtype: Any = pandas_dtype(PING_DTYPES[name])
    if (whole := getattr(dtype, "numpy_dtype", None)) is not None and whole.kind == "i":
        column = column.cast(pa.from_numpy_dtype(whole))
    return pd.Series(dtype.__from_arrow__(column))
