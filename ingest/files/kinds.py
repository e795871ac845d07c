"""Kinds of recorded files by their suffix."""

from pathlib import PurePath

from ingest.fault import PingFileError
from ingest.files.formats.packing import ARCHIVES, is_packed

_KINDS = {
    ".csv": "csv", ".tsv": "csv", ".txt": "csv", ".ndjson": "ndjson", ".jsonl": "ndjson",
    ".parquet": "parquet", ".xlsx": "xlsx", ".xlsm": "xlsx",
    ".gpx": "gpx", ".kml": "kml", ".nmea": "nmea", ".log": "csv",
}  # fmt: skip


def is_beside(archive: PurePath, member: str) -> bool:
    """Tell whether what is in an archive only goes with a track, as the pictures of a KMZ do."""
    return archive.suffix.lower() == ".kmz" and not member.lower().endswith(".kml")


def kind_of(path: PurePath, inside: str | None = None) -> str:
    """Tell the kind of a file; of an archive that is told by what is in it.

    Parameters
    ----------
    inside
        What messages call it if it was found in an archive.

    Raises
    ------
    PingFileError
        If the suffix is none of those known.
    """
    suffix = path.suffix.lower()
    if suffix in ARCHIVES and inside is None:
        return suffix
    packed = is_packed(path)
    kind = _KINDS.get((path.with_suffix("") if packed else path).suffix.lower())
    if kind is None or (packed and (kind == "parquet" or inside is not None)):
        known = ", ".join(suffix for suffix in _KINDS if suffix != ".parquet")
        raise PingFileError(
            f"{inside or path}: the kind of file is told by its suffix; use {known} (.gz may "
            "follow, and .zip may hold them), or .parquet"
        )
    return kind
