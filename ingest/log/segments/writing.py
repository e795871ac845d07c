"""How a segment comes onto the disk: whole, under its name, and read back before it counts."""

import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import pyarrow as pa

from ingest.fault import LogError
from ingest.log.archive import sync_folder
from ingest.log.segments.encoding import Encoded, encode, joined, same_bits
from ingest.log.segments.files import LABEL, gives_back

ROWS_AT_ONCE = 65_536
"""Of pings as a frame; what is encoded takes less."""
UNFINISHED = ".segment-*.unfinished"
_DICTIONARY = "DICTIONARY"
_ENCODINGS = ("DELTA_BINARY_PACKED", "BYTE_STREAM_SPLIT", _DICTIONARY)
_TRIED_GROUPS = 4


def encoded_of(day_ms: int, parts: Iterable[pd.DataFrame]) -> Encoded:
    """Encode pings of a day as they are read, by vehicle and time, without ever holding all.

    Raises
    ------
    LogError
        If some would not come back to the last bit.
    """
    done = []
    for pings in _gathered(parts):
        part = encode(pings)
        if not same_bits(part.pings_of(slice(0, None)), pings):
            raise LogError(
                f"{_date(day_ms)} is not sealed: its pings would not come back as they are"
            )
        done.append(part)
    return joined(done)


def _gathered(parts: Iterable[pd.DataFrame]) -> Iterator[pd.DataFrame]:
    waiting: list[pd.DataFrame] = []
    for part in parts:
        waiting.append(part)
        if sum(map(len, waiting)) >= ROWS_AT_ONCE:
            yield pd.concat(waiting, ignore_index=True)
            waiting = []
    if waiting:
        yield pd.concat(waiting, ignore_index=True)


def write_segment(folder: Path, day_ms: int, log: str, pings: Encoded) -> tuple[Path, str]:
    """Write the pings of a day of a log, sorted by vehicle and time; give the file and its hash.

    It has its name once it is whole, on disk, and gives back what was written to the last bit.

    Raises
    ------
    LogError
        If that cannot be done.
    """
    data = _parquet(pings, {"log": log, "day_ms": day_ms})
    sha256 = hashlib.sha256(data).hexdigest()
    unfinished = folder / f".segment-{_date(day_ms)}.{os.getpid()}.unfinished"
    path = folder / f"segment-{_date(day_ms)}-{sha256[:12]}.parquet"
    for each in (unfinished, path):
        if each.is_dir():
            raise LogError(f"{each} is a folder, but a segment is to be written there; remove it")
    try:
        with unfinished.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if not gives_back(unfinished, pings):
            raise LogError(f"{path} does not give back what was written to it, so it is not used")
        unfinished.replace(path)
        sync_folder(folder)
    except OSError as error:
        if isinstance(error, LogError):
            raise
        raise folder_error(folder, error) from error
    finally:
        with suppress(OSError):  # the next run removes it
            unfinished.unlink(missing_ok=True)
    return path, sha256


def _date(day_ms: int) -> str:
    return datetime.fromtimestamp(day_ms / 1000, UTC).date().isoformat()


def folder_error(folder: Path, error: OSError) -> LogError:
    """Tell that a folder of segments is of no use."""
    what = "" if error.filename in (None, str(folder)) else f" ({error.filename})"
    return LogError(f"the segments {folder} cannot be written to: {error.strerror or error}{what}")


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
