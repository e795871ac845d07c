"""Texts of a .dbf, whose bytes the format says little of: UTF-8, GBK, or what is declared.

A Shapefile holds field names of ten bytes and texts of at most 254, and programs cut them there, be
it in the middle of a character. Such a rest of a character is dropped; all before it is read.
"""

import codecs
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from geofence.streetmap.fault import StreetMapError

LATIN_1 = "ISO-8859-1"
"""Read so, texts carry their bytes, whatever they are."""
_UTF8, _CHINESE, _WESTERN = "utf-8", "gb18030", "cp1252"
_MOST_UNREAD = 0.01
"""Of the different texts; if more make no sense, the encoding is another."""
_MOST_CUT = 0.2
"""Of texts in UTF-8 that may be cut; GBK that passes for it hardly ever ends well."""
_CUT_BYTES = {_UTF8: 3, _CHINESE: 1, "cp932": 1, "cp949": 1, "cp950": 1}
"""The most of a character that may be left of it, in encodings of several bytes."""
_NAME_BYTES = 10
_FIRST_CJK = "\u2e80"
_HIGH = re.compile(rb"[\x80-\xff]+")
_LANGUAGES = {
    0x01: "cp437", 0x02: "cp850", 0x03: "cp1252", 0x13: "cp932", 0x4D: "gb18030", 0x4E: "cp949",
    0x4F: "cp950", 0x50: "cp874", 0x58: "cp1252", 0x64: "cp852", 0x65: "cp866", 0x78: "cp950",
    0x79: "cp949", 0x7A: "gb18030", 0x7B: "cp932", 0xC8: "cp1250", 0xC9: "cp1251",
}  # fmt: skip
"""By the byte of a .dbf that names its language driver. 0x57 and 0 say nothing."""
_SAME = {"gbk": _CHINESE, "gb2312": _CHINESE, "cp936": _CHINESE, "utf8": _UTF8}


class _Text(NamedTuple):
    raw: bytes
    is_name: bool = False


class _Read(NamedTuple):
    text: str
    is_cut: bool
    """Whether the rest of a character was dropped."""
    is_unsound: bool


@dataclass(frozen=True, slots=True)
class Decoded:
    """How texts were read."""

    names: tuple[str, ...]
    """Names of fields."""
    is_cut: tuple[bool, ...]
    """Whether the format has cut a name in the middle of a character."""
    decode: Callable[[str], str]
    """Of a text that was read as `LATIN_1`."""
    encoding: str
    declared: str | None
    """What the file says of itself."""
    cut: int
    """Different texts of which the rest of a character was dropped."""
    unread: int
    """Different texts in which something makes no sense."""


def decoded(
    path: Path, shown: Path, names: Sequence[str], texts: Iterable[str], chosen: str | None
) -> Decoded:
    """Find out the encoding of a Shapefile that was read as `LATIN_1`.

    Parameters
    ----------
    path, shown
        The .shp, and what an error calls it.
    texts
        Those of all fields; repeated ones count once.
    chosen
        The encoding that somebody says it has.

    Raises
    ------
    StreetMapError
        If there is no such encoding, or the texts are in none that is known.
    """
    codec = None if chosen is None else _codec(shown, chosen)
    raw_names = [name.encode(LATIN_1, "replace") for name in names]
    foreign = [_Text(text) for text in {text.encode(LATIN_1, "replace") for text in texts}]
    foreign += [_Text(name, is_name=True) for name in raw_names]
    foreign = [text for text in foreign if not text.raw.isascii()]
    declared = _declared(path)
    if codec is None:
        codec = _guessed(foreign, declared)
    cut, unread = _score(foreign, codec)
    if unread > _MOST_UNREAD * len(foreign):
        told = f"{unread} of {len(foreign)} names of fields and texts are no {_shown(codec)}"
        raise StreetMapError(
            f"{shown}: {told}, as if cut or mixed by a program that knows no other encoding; "
            "export the lines again as GeoPackage, which cuts nothing, or as Shapefile in UTF-8 "
            "with a .cpg, or name the encoding with --encoding"
        )
    read_names = [_read(_Text(name, is_name=True), codec) for name in raw_names]
    return Decoded(
        tuple(read.text for read in read_names),
        tuple(
            read.is_cut or len(name) == _NAME_BYTES
            for read, name in zip(read_names, raw_names, strict=True)
        ),
        lambda text: _read(_Text(text.encode(LATIN_1, "replace")), codec).text,
        _shown(codec) if foreign else "ASCII",
        declared and _shown(declared),
        cut,
        unread,
    )


def _codec(path: Path, name: str) -> str:
    try:
        found = codecs.lookup(name.strip())
        "".encode(found.name)
    except (LookupError, ValueError) as error:
        raise StreetMapError(
            f"{path}: there is no encoding {name}; write one such as UTF-8, GBK or cp1252"
        ) from error
    return _SAME.get(found.name, found.name)


def _declared(path: Path) -> str | None:
    """Read what the .cpg says, or else the header of the .dbf."""
    for ending in (".cpg", ".CPG"):
        page = path.with_suffix(ending)
        if page.is_file():
            text = page.read_bytes()[:40].decode("ascii", "replace").strip()
            digits = text.upper().removeprefix("ANSI ").removeprefix("CP")
            for name in (text, f"cp{digits}"):
                try:
                    found = codecs.lookup(name)
                except (LookupError, ValueError):  # no name at all, such as one with a null
                    continue
                return _SAME.get(found.name, found.name)
    for ending in (".dbf", ".DBF"):
        table = path.with_suffix(ending)
        if table.is_file():
            with table.open("rb") as file:
                head = file.read(30)
            return _LANGUAGES.get(head[29]) if len(head) == 30 else None
    return None


def _guessed(foreign: list[_Text], declared: str | None) -> str:
    """Choose: what is sound UTF-8 is hardly anything else, whatever the file says."""
    cut, unread = _score(foreign, _UTF8)
    if unread == 0 and cut <= max(_MOST_CUT * len(foreign), 2):
        return _UTF8
    if declared not in (None, _UTF8) and _score(foreign, str(declared))[1] == 0:
        return str(declared)
    likely = [_CHINESE, _WESTERN] if _is_chinese(foreign) else [_WESTERN, _CHINESE]
    return min([*likely, _UTF8], key=lambda codec: _score(foreign, codec)[1])


def _is_chinese(foreign: list[_Text]) -> bool:
    """Whether high bytes come in pairs, as in GB 2312; letters with accents stand among others."""
    paired = high = 0
    for text in foreign:
        for run in _HIGH.findall(text.raw):
            high += len(run)
            paired += len(run) - len(run) % 2
    return paired >= 0.8 * high


def _score(foreign: list[_Text], codec: str) -> tuple[int, int]:
    """Count texts that were cut, and texts that make no sense."""
    reads = [_read(text, codec) for text in foreign]
    return sum(read.is_cut for read in reads), sum(read.is_unsound for read in reads)


def _read(text: _Text, codec: str) -> _Read:
    """Read a text, without the rest of a character at its end."""
    raw = text.raw
    for dropped in range(1 + _CUT_BYTES.get(codec, 0)):
        end = len(raw) - dropped
        if dropped and (end < 1 or raw[end:].isascii()):
            break
        try:
            read = raw[:end].decode(codec)
        except UnicodeDecodeError:
            continue
        is_other = codec == _CHINESE and _is_utf8(raw)
        is_odd = codec == _WESTERN and not _is_written(read)
        return _Read(read, dropped > 0, is_other or is_odd)
    if text.is_name and codec == _UTF8:
        # two names that are the same once cut get a number behind: the rest is in the middle
        read = raw.decode(codec, "ignore")
        if read and len(raw) - len(read.encode(codec)) <= _CUT_BYTES[codec]:
            return _Read(read, True, False)
    return _Read(raw.decode(codec, "replace"), False, True)


def _is_utf8(raw: bytes) -> bool:
    """Whether a text is UTF-8 that passes for GBK: two characters hardly do by chance."""
    try:
        return sum(sign >= _FIRST_CJK for sign in raw.decode(_UTF8)) >= 2
    except UnicodeDecodeError:
        return False


def _is_written(text: str) -> bool:
    """Whether a text in a western encoding has only letters and signs that people write."""
    return all(sign.isascii() or sign.isalpha() or sign in "°´–—‘’“”·" for sign in text)


def _shown(codec: str) -> str:
    return {_CHINESE: "GBK", _UTF8: "UTF-8"}.get(codec, codec)
