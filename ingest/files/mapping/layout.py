"""Where a table has its heading, and which of its columns are wanted."""

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from ingest.fault import PingFileError
from ingest.files.mapping.file_format import FileFormat
from ingest.files.mapping.headings import guess
from ingest.files.mapping.target import NATIVE_TARGETS, TARGETS
from ingest.ping import REQUIRED_COLUMNS

LAST_HEADING_LINE = 20
"""Above the heading of a vendor's file may stand a title, a period, a fleet."""
_NAMES_TOLD = 40


@dataclass(frozen=True, slots=True)
class Candidate:
    """A line that may be the heading."""

    line: int
    cells: Sequence[str]
    delimiter: str = ","


@dataclass(frozen=True, slots=True)
class Layout:
    """The heading of a table, and the place of each wanted column by its target."""

    heading: Candidate
    columns: Mapping[str, int]

    @property
    def is_native(self) -> bool:
        """Whether all columns are called as those of a ping."""
        return all(self.heading.cells[place] == name for name, place in self.columns.items())


def find_layout(candidates: Iterable[Candidate], file_format: FileFormat, name: str) -> Layout:
    """Take the first line that has all columns that are needed.

    Raises
    ------
    PingFileError
        If none has; it tells the columns found, and the nearest of those missing.
    """
    nearest: Candidate | None = None
    fewest: list[str] = []
    for candidate in candidates:
        columns, missing = _columns(candidate, file_format)
        if not missing:
            return Layout(candidate, columns)
        rank = len(missing), -len(candidate.cells)
        if nearest is None or rank < (len(fewest), -len(nearest.cells)):
            nearest, fewest = candidate, missing
    raise PingFileError(f"{name}: {_told(nearest, fewest, file_format)}")


def _columns(candidate: Candidate, file_format: FileFormat) -> tuple[dict[str, int], list[str]]:
    exact, alike = _places(candidate.cells), _places(map(_folded, candidate.cells))
    columns: dict[str, int] = {}
    missing: list[str] = []
    for target, heading in file_format.columns.items():
        place = exact.get(heading, alike.get(_folded(heading)))
        if place is None:
            missing.append(heading)
        else:
            columns[target] = place
    told = {TARGETS[target].field for target in file_format.columns}
    if file_format.vehicle is not None:
        told.add("vehicle_id")
    for name in NATIVE_TARGETS:
        if name in told:
            continue
        if name in exact:
            columns[name] = exact[name]
        elif name in REQUIRED_COLUMNS:
            missing.append(name)
    return columns, missing


def _places(cells: Iterable[str]) -> dict[str, int]:
    places: dict[str, int] = {}
    for place, cell in enumerate(cells):
        places.setdefault(cell, place)
    return places


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip().strip("\ufeff").casefold()


def _told(candidate: Candidate | None, missing: Sequence[str], file_format: FileFormat) -> str:
    needed = f"a file of pings needs {', '.join(REQUIRED_COLUMNS)}"
    said = f"it has no column {', '.join(missing)}; {needed}"
    cells = [] if candidate is None else [cell for cell in candidate.cells if cell.strip()]
    if not cells:
        return said
    found = ", ".join(cells[:_NAMES_TOLD]) + (" ..." if len(cells) > _NAMES_TOLD else "")
    near = [f"{name}: {', '.join(like)}" for name in missing if (like := _near(name, cells))]
    hint = f"; nearest: {'; '.join(near)}" if near else ""
    way = (
        "see pingcheng file describe" if file_format.columns
        else "pingcheng file describe proposes what to read as what"
    )  # fmt: skip
    return f"{said}. It has {found}{hint} ({way})"


def _near(name: str, cells: Sequence[str]) -> list[str]:
    """Give the headings that may be meant."""
    meant = [
        cell for cell in cells
        if any(TARGETS[target].field == name for target in guess(cell))
    ]  # fmt: skip
    folded = {_folded(cell): cell for cell in cells}
    alike = [folded[word] for word in get_close_matches(_folded(name), folded, 2, 0.6)]
    return list(dict.fromkeys([*meant, *alike]))[:3]
