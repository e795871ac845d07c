"""The files of a Shapefile, whole and of one length, or a reason why not.

GDAL takes lines behind the end of a .shp for features without geometry, so a copy that broke off
is a smaller town to it.
"""

from pathlib import Path

import numpy as np

from geofence.streetmap.fault import StreetMapError

_HEADER_BYTES = 100
"""Of a .shp and of a .shx."""
_ENTRY_BYTES = 8
"""Of a .shx: where a line begins in the .shp, and how long it is."""
_WORD_BYTES = 2
"""Lengths and places are told in words."""
_TABLE_HEADER_BYTES = 12
_AGAIN = "copy all files of the Shapefile again, or export it again"


def beside(path: Path, ending: str) -> Path | None:
    """Give the file of a Shapefile with another ending, in small letters or capitals."""
    for each in (ending, ending.upper()):
        if (found := path.with_suffix(each)).is_file():
            return found
    return None


def check_whole(path: Path, shown: Path, index: Path) -> None:
    """Compare what the .shp, its .shx and its .dbf say of their lengths with what they are.

    Parameters
    ----------
    path, shown
        The .shp, and what an error calls it.
    index
        The .shx.

    Raises
    ------
    StreetMapError
        If one of them ends early, or one has more lines than another.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        _check_length(shown, ".shp", file.read(_HEADER_BYTES), size)
    raw = index.read_bytes()
    _check_length(shown, ".shx", raw, len(raw))
    length = min(len(raw), max(_told_bytes(raw), _HEADER_BYTES))
    entries = np.frombuffer(
        raw, dtype=">i4", offset=_HEADER_BYTES, count=(length - _HEADER_BYTES) // _ENTRY_BYTES * 2
    ).reshape(-1, 2)
    # a line ends behind its own header, which is as long as an entry
    end = entries.astype(np.int64).sum(axis=1) * _WORD_BYTES + _ENTRY_BYTES
    behind = int(((end > size) & (entries[:, 1] > 0)).sum())
    if behind:
        raise StreetMapError(
            f"{shown}: {behind} of the {len(entries)} lines that the .shx tells lie behind the end "
            f"of the .shp, which has {size} bytes; {_AGAIN}"
        )
    table = beside(path, ".dbf")
    if table is not None:
        _check_table(table, shown, len(entries))


def _told_bytes(header: bytes) -> int:
    return int.from_bytes(header[24:28], "big") * _WORD_BYTES


def _check_length(shown: Path, ending: str, header: bytes, size: int) -> None:
    if len(header) < _HEADER_BYTES:
        raise StreetMapError(
            f"{shown}: its {ending} ends within its header, after {size} bytes; {_AGAIN}"
        )
    if size < _told_bytes(header):
        raise StreetMapError(
            f"{shown}: its {ending} ends early, with {size} of the {_told_bytes(header)} bytes "
            f"that its header tells; {_AGAIN}"
        )


def _check_table(table: Path, shown: Path, lines: int) -> None:
    size = table.stat().st_size
    with table.open("rb") as file:
        header = file.read(_TABLE_HEADER_BYTES)
    if len(header) < _TABLE_HEADER_BYTES:
        raise StreetMapError(
            f"{shown}: its .dbf ends within its header, after {size} bytes; {_AGAIN}"
        )
    rows = int.from_bytes(header[4:8], "little")
    first, width = (int.from_bytes(header[at : at + 2], "little") for at in (8, 10))
    if rows and size < first + rows * width:
        whole = max(size - first, 0) // max(width, 1)
        raise StreetMapError(
            f"{shown}: its .dbf ends early, with {whole} of the {rows} rows that its header tells; "
            f"{_AGAIN}"
        )
    if rows != lines:
        raise StreetMapError(
            f"{shown}: its .dbf has {rows} rows and its .shx {lines} lines, so that names would "
            f"stand at other streets; {_AGAIN}"
        )
