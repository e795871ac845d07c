"""An OpenStreetMap file in blocks, each a whole small file: bounded memory, and progress in bytes.

What a file is tells its beginning, never its name.
"""

import bz2
import gzip
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Literal, cast

from geofence.streetmap.extract.extract import Progress
from geofence.streetmap.fault import StreetMapError

BLOCK_BYTES = 1 << 20
"""About so many bytes of PBF are read at once; of XML, which is bulkier, eight times as many."""

XML_PIECE = 8 * BLOCK_BYTES
HEAD_MOST = 64 << 10
"""Longest header of a blob, and prolog of an XML file."""
_BLOB_MOST = 64 << 20
_ROOT = re.compile(rb"""<([A-Za-z_][\w.:-]*)(?:\s+[\w.:-]+\s*=\s*(?:"[^"]*"|'[^']*'))*\s*(/?)>""")
_OBJECT = re.compile(rb"<(?:node|way|relation)[\s/>]")
_COMMENT = re.compile(rb"<!--.*?-->", re.DOTALL)
_AGAIN = "download or copy it again, whole"


@dataclass(frozen=True, slots=True)
class Block:
    """A part of a file that is a file of its own."""

    data: bytes
    format: Literal["pbf", "osm"]
    """In the words of libosmium: ``osm`` is XML."""


class OsmFile:
    """A file that can be read in blocks more than once."""

    def __init__(self, path: Path, progress: Progress | None = None) -> None:
        self.path, self._progress = path, progress
        self._passes = 0

    def blocks(self) -> Iterator[Block]:
        """Read the file once, from its beginning to its end.

        Raises
        ------
        StreetMapError
            If it cannot be read, is something else, or ends too early.
        """
        path = self.path
        try:
            with path.open("rb") as raw:
                size = path.stat().st_size
                for block in self._read(_unpacked(raw)):
                    yield block
                    if self._progress:
                        self._progress(self._passes * size + raw.tell(), (self._passes + 1) * size)
                self._passes += 1
        except (EOFError, zlib.error) as error:
            raise StreetMapError(f"{path}: the compressed file ends early; {_AGAIN}") from error
        except OSError as error:
            reason = error.strerror or str(error)
            raise StreetMapError(f"{path}: cannot be read, {reason}") from error

    def _read(self, stream: BinaryIO) -> Iterator[Block]:
        begin = stream.read(HEAD_MOST)
        text = begin.removeprefix(b"\xef\xbb\xbf").lstrip()
        if b"OSMHeader" in begin[4:40]:
            yield from self._pbf(begin, stream)
        elif text.startswith(b"<"):
            yield from self._xml(text, stream)
        else:
            raise StreetMapError(f"{self.path}: {_no_extract(begin)}")

    def _pbf(self, begin: bytes, stream: BinaryIO) -> Iterator[Block]:
        read = _Rest(begin, stream)
        header, gathered, size = b"", list[bytes](), 0
        while (blob := self._blob(read)) is not None:
            kind, data = blob
            if kind == b"OSMHeader":
                header = data
            elif kind == b"OSMData":
                gathered.append(data)
                size += len(data)
            if size >= BLOCK_BYTES:
                yield Block(b"".join((header, *gathered)), "pbf")
                gathered, size = [], 0
        yield Block(b"".join((header, *gathered)), "pbf")

    def _blob(self, read: "_Rest") -> tuple[bytes, bytes] | None:
        """Read the next blob with its header, and tell its kind; None at the end."""
        prefix = read(4)
        if not prefix:
            return None
        length = int.from_bytes(prefix, "big") if len(prefix) == 4 else 0
        head = read(length) if length <= HEAD_MOST else b""
        kind, size = _blob_header(head)
        body = read(size) if size <= _BLOB_MOST else b""
        if not length or len(head) < length or len(body) < size:
            raise StreetMapError(f"{self.path}: ends early or is damaged; {_AGAIN}")
        return kind, b"".join((prefix, head, body))

    def _xml(self, begin: bytes, stream: BinaryIO) -> Iterator[Block]:
        prolog = self._prolog(begin)
        if prolog.endswith(b"/>"):
            return
        rest, last = begin[len(prolog) :], False
        while not last:
            piece = stream.read(XML_PIECE)
            last = not piece
            rest += piece
            if b"<!--" in rest:
                rest = _COMMENT.sub(b"", rest)
            upto = len(rest) if last else _last_object(rest)
            if upto:
                end = b"" if last else b"</osm>"
                yield Block(b"".join((prolog, rest[:upto], end)), "osm")
                rest = rest[upto:]

    def _prolog(self, begin: bytes) -> bytes:
        """Give all up to the first object, once it is sure to be an extract."""
        if b"<!DOCTYPE" in begin[:HEAD_MOST] and b"<html" not in begin[:HEAD_MOST].lower():
            raise StreetMapError(
                f"{self.path}: has a DOCTYPE, which no extract has; take it from the source again"
            )
        # a comment or an instruction does not match: its name would begin with ! or ?
        root = _ROOT.search(_COMMENT.sub(lambda found: b" " * len(found[0]), begin))
        name = root[1].decode() if root else ""
        if root is None or name != "osm":
            raise StreetMapError(f"{self.path}: {_no_osm(name)}")
        return begin[: root.end()]


class _Rest:
    """Reads a stream of which the beginning is in hand."""

    def __init__(self, begin: bytes, stream: BinaryIO) -> None:
        self._begin, self._at, self._stream = begin, 0, stream

    def __call__(self, count: int) -> bytes:
        part = self._begin[self._at : self._at + count]
        self._at += len(part)
        return part if len(part) == count else part + self._stream.read(count - len(part))


def _unpacked(raw: BinaryIO) -> BinaryIO:
    magic = raw.read(3)
    raw.seek(0)
    if magic[:2] == b"\x1f\x8b":
        return cast("BinaryIO", gzip.GzipFile(fileobj=raw))
    return cast("BinaryIO", bz2.BZ2File(raw)) if magic == b"BZh" else raw


def _last_object(data: bytes) -> int:
    """Find where the last object begins, which may not be whole; 0 if there is none to cut at."""
    comment = data.rfind(b"<!--")
    return max(
        _last(data, key, comment if comment >= 0 else len(data))
        for key in (b"<node", b"<way", b"<relation")
    )


def _last(data: bytes, key: bytes, end: int) -> int:
    at = data.rfind(key, 0, end)
    while at > 0 and not _OBJECT.match(data, at):
        at = data.rfind(key, 0, at)
    return max(at, 0)


def _blob_header(data: bytes) -> tuple[bytes, int]:
    """Read type and size of a blob from its protocol buffer; a broken one has no size."""
    kind, size, at = b"", 1 << 40, 0
    while at < len(data):
        key, at = _varint(data, at)
        value, at = _varint(data, at)
        if key & 7 == 2:
            if key >> 3 == 1:
                kind = data[at : at + value]
            at += value
        elif key >> 3 == 3:
            size = value
    return kind, size


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while at < len(data):
        byte = data[at]
        at += 1
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            break
    return value, at


def _no_extract(begin: bytes) -> str:
    if not begin:
        return f"is empty; {_AGAIN}"
    if begin.startswith(b"PK"):
        return "is a ZIP archive; unpack it, and name the .osm or .osm.pbf file in it"
    if begin.lstrip()[:1] in {b"{", b"["}:
        return (
            "is JSON, no OpenStreetMap extract; export XML or PBF "
            "(in Overpass write [out:xml] instead of [out:json])"
        )
    if b"o5m2" in begin[:8]:
        return "is o5m; make a PBF of it: osmium cat FILE.o5m -o FILE.osm.pbf"
    if begin[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        return "is UTF-16; write it as UTF-8"
    return "is no OpenStreetMap extract; export .osm, .osm.gz or .osm.pbf"


def _no_osm(root: str) -> str:
    if root == "osmChange":
        return "holds changes, no map (.osc); apply them to an extract: osmium apply-changes"
    if root.lower() == "html":
        return "is a web page, maybe an error of the server; download the extract again"
    return f"is XML of {f'<{root}>' if root else 'another kind'}, no OpenStreetMap extract"
