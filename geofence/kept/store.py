"""Observations in a folder, one file each, named by what they are made of.

It may be removed at any time, shared by any number of programs, and lost in part: what is missing
or damaged is worked out again. It is bounded; what was not asked for longest goes first.
"""

import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import structlog

from geofence.kept.encoding import from_table, to_table
from geofence.seen.observation import Observation
from ingest.output_file import replacing

if TYPE_CHECKING:
    import pyarrow as pa

log = structlog.get_logger(__name__)

_KEY = b"pingcheng"
_LEVEL = 1


class ObservationStore:
    """Keeps observations below a folder. Safe to share between threads and programs.

    Parameters
    ----------
    folder
        Made if need be. If it cannot be written to, nothing is kept, and it is said once.
    most_mib
        How much of the disk it may take.
    """

    def __init__(self, folder: Path, most_mib: int) -> None:
        self._folder, self._most_mib = folder, most_mib
        self._is_told = False

    def get(self, key: str, vehicle_id: str) -> Observation | None:
        """Give what is kept under a key, as of a vehicle; None if that is nothing of use."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        path = self._path(key)
        try:
            with path.open("rb") as file:
                parquet = pq.ParquetFile(file, page_checksum_verification=True)
                if parquet.schema_arrow.metadata.get(_KEY) != key.encode():
                    raise ValueError("it is that of another")
                kept = from_table(parquet.read(), vehicle_id)
        except FileNotFoundError:
            return None
        except (OSError, pa.ArrowException, AttributeError, KeyError, ValueError) as error:
            log.warning("kept observation not used", path=str(path), reason=str(error))
            return None
        with suppress(OSError):
            os.utime(path)  # it was asked for
        return kept

    def put(self, key: str, observation: Observation) -> None:
        """Keep an observation under a key."""
        path = self._path(key)
        table = to_table(observation).replace_schema_metadata({_KEY: key.encode()})
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with replacing(path) as file:
                _write(table, file)
        except OSError as error:
            if not self._is_told:
                self._is_told = True
                log.warning(
                    "observations not kept", folder=str(self._folder), reason=error.strerror
                )

    def sweep(self) -> None:
        """Remove what was not asked for longest, as far as there is too much."""
        found = []
        for path in self._folder.glob("*/*.parquet"):
            with suppress(OSError):
                status = path.stat()
                found.append((status.st_mtime_ns, status.st_size, path))
        excess = sum(size for _, size, _ in found) - self._most_mib * 1024 * 1024
        for _, size, path in sorted(found):
            if excess <= 0:
                break
            with suppress(OSError):
                path.unlink()
            excess -= size

    def _path(self, key: str) -> Path:
        return self._folder / key[:2] / f"{key}.parquet"


def _write(table: "pa.Table", file: object) -> None:
    import pyarrow.parquet as pq

    pq.write_table(
        table, file, compression="zstd", compression_level=_LEVEL, use_dictionary=False,
        write_statistics=False, write_page_checksum=True,
    )  # fmt: skip
