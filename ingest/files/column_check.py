"""Validates recorded pings column by column, by the codes of `ingest.decoding.diagnosis`."""

import json
from collections import Counter
from collections.abc import Callable, Container, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from ingest.decoding.acceptance import Acceptance, Area
from ingest.decoding.bounds import (
    EARLIEST_EVENT_MS,
    FASTEST_MPS,
    FUTURE_TOLERANCE_MS,
    LATEST_EVENT_MS,
    LATITUDE_LIMIT_DEG,
    LONGITUDE_LIMIT_DEG,
    OPTIONAL_NUMBERS,
    is_vehicle_id,
)
from ingest.decoding.rejection import Rejection, RejectionCode, refuse
from ingest.files.column_reading import (
    FAULT_CODES,
    MISSING_MS,
    ColumnTypeError,
    Faults,
    Floats,
    Instants,
    Mask,
    plain_column,
    read_instants,
    read_numbers,
    read_tasks,
    read_truths,
    with_shadow,
)
from ingest.ping import RECEIVED_COLUMN, conform
from ingest.ping_frame import as_instants


def check_table(
    table: pa.Table,
    name: str,
    line_numbers: Sequence[int] | NDArray[np.int64],
    acceptance: Acceptance,
    received_ms: int | None,
    recorded: tuple[pa.Table | None, Mapping[str, str]] = (None, {}),
    ignored: Counter[str] | None = None,
) -> tuple[pd.DataFrame, list[Rejection]]:
    """Read the rows of a file: the pings among them, and the rest as rejections.

    `recorded` is what stood in the file, if that was called or written otherwise, and which of its
    columns tells a field: that is the evidence of a refusal. Optional fields that are left out of
    pings are counted in `ignored`.

    `received_ms` is when rows without a ``received_time`` were received; None leaves their event
    time unbounded above.

    Raises
    ------
    ColumnTypeError
        If a typed column cannot hold its field at all.
    """
    faults = Faults(table.num_rows)
    columns = {
        column: plain
        for column in table.column_names
        if (plain := plain_column(table.column(column), column, faults)) is not None
    }
    frame = _check_columns(columns, acceptance, received_ms, faults)
    refused = np.flatnonzero(faults.code).tolist()
    if ignored is not None:
        for key, mask in faults.ignored.items():
            if times := int(np.count_nonzero(mask & (faults.code == 0))):
                ignored[key] += times
    rejections = []
    as_recorded, sources = table if recorded[0] is None else recorded[0], recorded[1]
    chosen = pa.array(refused, pa.int64())
    vehicles = iter(table.column("vehicle_id").take(chosen).to_pylist())
    for row, content in zip(refused, as_recorded.take(chosen).to_pylist(), strict=True):
        key = faults.keys[faults.key[row]]
        shown = {column: _as_read(value) for column, value in content.items()}
        rejections.append(
            refuse(
                FAULT_CODES[faults.code[row]],
                f"{name}:{line_numbers[row]}",
                received_ms or 0,
                json.dumps(shown, ensure_ascii=False, default=str).encode("utf-8", "replace"),
                key=key,
                value=shown.get(sources.get(key, key)),
                vehicle_id=str(_as_read(next(vehicles)) or ""),
            )
        )
    return conform(frame[faults.code == 0] if refused else frame), rejections


def _as_read(value: object) -> object:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value


def _check_columns(
    columns: dict[str, pa.ChunkedArray],
    acceptance: Acceptance,
    received_ms: int | None,
    faults: Faults,
) -> pd.DataFrame:
    read: dict[str, Any] = {}
    _check_vehicles(columns["vehicle_id"], acceptance.vehicles, faults)
    read["vehicle_id"] = columns["vehicle_id"].to_pandas()
    event_ms = read_instants(columns["event_time"], "event_time", faults)
    received: Instants | None = None
    received_faults = Faults(faults.rows)  # told after the faults of the fix itself
    if RECEIVED_COLUMN in columns:
        received = read_instants(columns[RECEIVED_COLUMN], RECEIVED_COLUMN, received_faults)
    _check_event_times(event_ms, received, received_ms, faults)
    for key, limit_deg in (("longitude", LONGITUDE_LIMIT_DEG), ("latitude", LATITUDE_LIMIT_DEG)):
        read[key] = _coordinates(columns[key], key, limit_deg, faults)
    at_null_island = (read["longitude"] == 0) & (read["latitude"] == 0)
    faults.add(at_null_island, RejectionCode.NULL_ISLAND, "longitude")
    for key in OPTIONAL_NUMBERS:
        if key in columns:
            read[key] = _optional_numbers(columns[key], key, faults)
    read |= _work(columns, faults)
    if "speed_mps" in read:
        faults.add(read["speed_mps"] > FASTEST_MPS, RejectionCode.IMPLAUSIBLE, "speed_mps")
    if acceptance.area is not None:
        _check_place(read["longitude"], read["latitude"], acceptance.area, faults)
    read["event_time"] = as_instants(event_ms)
    if received is not None:
        for code in (RejectionCode.TIME_UNREADABLE, RejectionCode.TIME_WITHOUT_OFFSET):
            faults.add(received_faults.code == FAULT_CODES.index(code), code, RECEIVED_COLUMN)
        read[RECEIVED_COLUMN] = as_instants(received)
    return pd.DataFrame(read, copy=False)


def _work(columns: dict[str, pa.ChunkedArray], faults: Faults) -> dict[str, pd.Series]:
    read: dict[str, pd.Series] = {}
    if "working" in columns:
        read["working"] = read_truths(columns["working"], unread := Faults(faults.rows))
        faults.ignored["working"] = unread.code != 0
    if "tasks" in columns:
        read["tasks"] = read_tasks(columns["tasks"], unread := Faults(faults.rows))
        faults.ignored["tasks"] = unread.code != 0
        read["working"] = with_shadow(read.get("working"), read["tasks"])
    return read


def _check_vehicles(column: pa.ChunkedArray, known: Container[str] | None, faults: Faults) -> None:
    if not pa.types.is_string(column.type):
        raise ColumnTypeError(f"vehicle_id is {column.type}; it must be text")
    encoded = column.dictionary_encode().combine_chunks()
    ids = encoded.dictionary.to_pylist()
    index = pc.fill_null(encoded.indices, len(ids)).to_numpy(zero_copy_only=False)

    def rows(test: Callable[[str], bool], *, if_null: bool) -> Mask:
        found: Mask = np.array([*map(test, ids), if_null], dtype=np.bool_)[index]
        return found

    faults.add(rows(lambda text: not text, if_null=True), RejectionCode.MISSING_FIELD, "vehicle_id")
    faults.add(rows(lambda text: not is_vehicle_id(text), if_null=False),
               RejectionCode.BAD_TOPIC, "vehicle_id")  # fmt: skip
    if known is not None:
        faults.add(rows(lambda text: text not in known, if_null=False),
                   RejectionCode.UNKNOWN_VEHICLE, "vehicle_id")  # fmt: skip


def _check_event_times(
    event_ms: Instants,
    received: Instants | None,
    received_ms: int | None,
    faults: Faults,
) -> None:
    known = event_ms != MISSING_MS
    faults.add(known & (event_ms < EARLIEST_EVENT_MS), RejectionCode.TIME_BEFORE_2000, "event_time")
    now = np.int64(LATEST_EVENT_MS if received_ms is None else received_ms)
    latest = now if received is None else np.where(received == MISSING_MS, now, received)
    ahead = (event_ms > np.minimum(latest, LATEST_EVENT_MS) + FUTURE_TOLERANCE_MS) | (
        event_ms >= LATEST_EVENT_MS
    )
    faults.add(known & ahead, RejectionCode.TIME_IN_FUTURE, "event_time")


def _coordinates(column: pa.ChunkedArray, key: str, limit_deg: float, faults: Faults) -> Floats:
    degrees, missing = read_numbers(column, key, faults)
    faults.add(missing, RejectionCode.MISSING_FIELD, key)
    faults.add(~missing & ~np.isfinite(degrees), RejectionCode.NOT_FINITE, key)
    faults.add(np.abs(degrees) > limit_deg, RejectionCode.COORDINATE_OUT_OF_RANGE, key)
    return degrees


def _check_place(longitude: Floats, latitude: Floats, area: Area, faults: Faults) -> None:
    beside = (longitude < area.west) | (longitude > area.east)
    faults.add(beside, RejectionCode.IMPLAUSIBLE, "longitude")
    beyond = (latitude < area.south) | (latitude > area.north)
    faults.add(beyond, RejectionCode.IMPLAUSIBLE, "latitude")


def _optional_numbers(column: pa.ChunkedArray, key: str, faults: Faults) -> Floats | pd.Series:
    """Read an optional column; NaN or <NA> where it tells nothing, or nothing that can be."""
    unread = Faults(faults.rows)
    numbers, missing = read_numbers(column, key, unread)
    if pa.types.is_floating(column.type):
        missing = missing | np.isnan(numbers)  # how a frame writes a missing number
    bound = OPTIONAL_NUMBERS[key]
    if bound.wraps:
        numbers[numbers == bound.below] = 0.0
    possible = np.isfinite(numbers) & (numbers >= 0) & (numbers < bound.below)
    if bound.integral:
        possible &= numbers == np.trunc(numbers)
    faults.ignored[key] = (unread.code != 0) | ~(missing | possible)
    if bound.integral:
        whole = np.where(possible, numbers, 0.0).astype(np.int16)
        return pd.Series(pd.arrays.IntegerArray(whole, ~possible))
    numbers[~possible] = np.nan
    return numbers
