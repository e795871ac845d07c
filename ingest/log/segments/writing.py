"""How a segment comes onto the disk: whole, under its name, and read back before it counts."""

import hashlib
import json
import os
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import pyarrow as pa

from ingest.fault import LogError
from ingest.log.archive import sync_folder
from ingest.log.segments.encoding import Encoded, encode, same_bits
from ingest.log.segments.files import LABEL, UNREADABLE, read_whole

UNFINISHED = ".segment-*.unfinished"
_DICTIONARY = "DICTIONARY"
_ENCODINGS = ("DELTA_BINARY_PACKED", "BYTE_STREAM_SPLIT", _DICTIONARY)
_TRIED_GROUPS = 4


def write_segment(folder: Path, day_ms: int, log: str, pings: pd.DataFrame) -> tuple[Path, str]:
    """Write the pings of a day of a log, sorted by vehicle and time; give the file and its hash.

    It has its name once it is whole, on disk, and gives back what was written to the last bit.

    Raises
    ------
    LogError
        If that cannot be done.
    """
    date = datetime.fromtimestamp(day_ms / 1000, UTC).date().isoformat()
    data = _parquet(encode(pings), {"log": log, "day_ms": day_ms})
    sha256 = hashlib.sha256(data).hexdigest()
    unfinished = folder / f".segment-{date}.{os.getpid()}.unfinished"
    path = folder / f"segment-{date}-{sha256[:12]}.parquet"
    try:
        with unfinished.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if not _gives_back(unfinished, pings):
            raise LogError(f"{path} does not give back what was written to it, so it is not used")
        unfinished.replace(path)
        sync_folder(folder)
    except OSError as error:
        if isinstance(error, LogError):
            raise
        raise folder_error(folder, error) from error
    finally:
        unfinished.unlink(missing_ok=True)
    return path, sha256


def _gives_back(path: Path, pings: pd.DataFrame) -> bool:
    try:
        return same_bits(read_whole(path), pings)
    except UNREADABLE:
        return False


def folder_error(folder: Path, error: OSError) -> LogError:
    """Tell that a folder of segments is of no use."""
    return LogError(f"the segments {folder} cannot be written to: {error.strerror or error}")


def _parquet(encoded: Encoded, label: Mapping[str, object]) -> pa.Buffer:
    """Write pings as Parquet; `label` is what the file says of itself beside them."""
    groups = list(encoded.groups())
    tried = groups[:: max(len(groups) // _TRIED_GROUPS, 1)]
    encodings = {
        name: _best(name, tried)
        for name, kind in zip(encoded.table.column_names, encoded.table.schema.types, strict=True)
        if pa.types.is_integer(kind)
    }
    told = json.dumps({**label, "scales": encoded.scales})
    return _written(groups, encoded.table.schema.with_metadata({LABEL: told}), encodings)


def _best(name: str, groups: Iterable[pa.Table]) -> str:
    """Find the encoding that takes least for a column, by trying each on some row groups."""
    parts = [group.select([name]) for group in groups]
    if not parts:
        return _ENCODINGS[0]
    sizes = {way: len(_written(parts, parts[0].schema, {name: way})) for way in _ENCODINGS}
    return min(sizes, key=sizes.__getitem__)


def _written(
    groups: Iterable[pa.Table], schema: pa.Schema, encodings: Mapping[str, str]
) -> pa.Buffer:
    import pyarrow.parquet as pq

    in_dictionary = [name for name in schema.names if encodings.get(name) == _DICTIONARY]
    if "vehicle_id" in schema.names:
        in_dictionary.append("vehicle_id")
    sink = pa.BufferOutputStream()
    with pq.ParquetWriter(
        sink,
        schema,
        compression="zstd",
        use_dictionary=in_dictionary,
        column_encoding={name: way for name, way in encodings.items() if way != _DICTIONARY},
        write_statistics=[name for name in ("vehicle_id", "event_time") if name in schema.names],
    ) as writer:
        for group in groups:
            writer.write_table(group, row_group_size=len(group))
    return sink.getvalue()
