"""Which files of a folder were found to be what was written, so that not each run hashes them all.

Only who seals goes by it, to see what has to be made anew. Who reads compares the hash itself: of a
file that changes without a trace nothing wrong is read, it is only made anew later.
"""

import os
from collections.abc import Collection
from pathlib import Path

import msgspec

from ingest.log.rows import DAY_MS
from ingest.log.segments.files import SegmentFiles, Stamp, stamp_of
from ingest.log.segments.records import Segment

TRUSTED_MS = 30 * DAY_MS
"""A disk may lose bits without a word: what was hashed longer ago is hashed again."""
_NAME = ".stamps.json"


class _Noted(msgspec.Struct, array_like=True, frozen=True):
    stamp: Stamp
    hashed_ms: int


class Stamps:
    """What a folder has noted of files, as it was read once.

    Parameters
    ----------
    now_ms
        What was noted long before, or after it, does not count.
    """

    def __init__(self, folder: Path, now_ms: int = 0) -> None:
        self._folder, self._now_ms = folder, now_ms
        self._noted: dict[str, _Noted] = {}
        try:
            told = (folder / _NAME).read_bytes()
            self._noted = msgspec.json.decode(told, type=dict[str, _Noted])
        except (OSError, msgspec.DecodeError, UnicodeDecodeError):
            pass  # none is known: all are hashed

    def knows(self, segment: Segment) -> bool:
        """Tell whether a file was hashed lately and has not changed since."""
        noted = self._noted.get(segment.path)
        is_trusted = noted is not None and 0 <= self._now_ms - noted.hashed_ms < TRUSTED_MS
        return is_trusted and self.is_unchanged(segment)

    def is_unchanged(self, segment: Segment) -> bool:
        """Tell whether a file is noted and seems to be as it was, however long ago that was."""
        noted = self._noted.get(segment.path)
        try:
            return noted is not None and stamp_of(segment) == noted.stamp
        except OSError:
            return False

    def fault(self, segment: Segment, files: SegmentFiles) -> str | None:
        """Tell why a file is of no use, by its hash where it is not known."""
        if self.knows(segment):
            return None
        reason = files.fault(segment)
        if reason is None:
            self.note(segment)
        else:
            self._noted.pop(segment.path, None)
        return reason

    def note(self, segment: Segment) -> None:
        """Note a file that was just hashed, or written and read back."""
        try:
            self._noted[segment.path] = _Noted(stamp_of(segment), self._now_ms)
        except OSError:
            self._noted.pop(segment.path, None)

    def save(self, paths: Collection[str]) -> None:
        """Write down what is known of `paths`, for the next run.

        Raises
        ------
        OSError
            If that cannot be done.
        """
        kept = {path: noted for path, noted in self._noted.items() if path in paths}
        unfinished = self._folder / f".segment-stamps.{os.getpid()}.unfinished"
        unfinished.write_bytes(msgspec.json.encode(kept))
        unfinished.replace(self._folder / _NAME)
