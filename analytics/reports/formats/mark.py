"""What stands in the folder of a report: a file that tells how its files came about."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

from ingest.output_file import write_file

MARK = ".report.json"
"""Tells of a folder when its report was made, whether all its files are of that one, and which."""


@dataclass(frozen=True, slots=True)
class Placed:
    """What stands in the folder of a report."""

    made_ms: int | None
    """When the last report was made that got there whole; None if none did."""
    is_whole: bool
    """False while files of another are being put in place, or after that was cut short."""
    written_ms: int | None = None
    """When its files were written: before `made_ms` if nothing has changed since."""
    content: str = ""
    """What they say, as `analytics.reports.formats.content.content_of` gives it."""
    files: Mapping[str, str] = field(default_factory=dict)
    """Hash of each, by its name in the folder, in order of format and name."""
    basis: Mapping[str, Any] = field(default_factory=dict)
    """What it was made of, as `analytics.reports.standing` tells it; empty where that may change
    by itself."""


def placed(out: Path, dates: str) -> Placed:
    """Tell what stands in ``OUT/<dates>``."""
    try:
        found = json.loads((out / dates / MARK).read_text(encoding="utf-8"))
        made_ms, written_ms = found["generated_ms"], found.get("written_ms")
        files = {str(name): str(told) for name, told in found.get("files", {}).items()}
        return Placed(
            None if made_ms is None else int(made_ms),
            bool(found["is_whole"]),
            None if written_ms is None else int(written_ms),
            str(found.get("content", "")),
            files,
            dict(found.get("basis", {})),
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return Placed(None, is_whole=False)


def mark(folder: Path, now: Placed) -> None:
    """Note what stands in a folder."""
    told = {
        "generated_ms": now.made_ms,
        "is_whole": now.is_whole,
        "written_ms": now.written_ms,
        "content": now.content,
        "files": dict(now.files),
        "basis": dict(now.basis),
    }
    write_file(folder / MARK, json.dumps(told) + "\n")


def stand(folder: Path, files: Mapping[str, str]) -> bool:
    """Tell whether files are there as they were written."""
    try:
        return all(
            sha256((folder / name).read_bytes()).hexdigest() == told for name, told in files.items()
        )
    except OSError:
        return False
