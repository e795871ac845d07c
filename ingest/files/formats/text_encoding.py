"""The encoding of a text file: told, marked by its first bytes, or seen in what it holds."""

import codecs
import re

import pyarrow as pa

from ingest.fault import PingFileError

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)  # fmt: skip
_LONG = 1 << 16
_SAMPLE = 1 << 20
_HIGH_RUN = re.compile(rb"[\x80-\xff]+")


def to_utf8(content: bytes, name: str, told: str | None = None) -> tuple[bytes, str]:
    """Give the text in UTF-8 without a mark, and the encoding that it was in.

    Bytes that are no UTF-8 in a file that is UTF-8 elsewhere stay as they are.

    Raises
    ------
    PingFileError
        If it is not in the encoding that was told.
    """
    for mark, encoding in _MARKS:
        if content.startswith(mark) and told is None:
            bare = content[len(mark) :]
            return (bare if encoding == "utf-8" else _recoded(bare, encoding, name)), encoding
    if told is not None:
        bare = content
        for mark, encoding in _MARKS:
            if content.startswith(mark) and _same(told, encoding):
                bare = content[len(mark) :]
        return (bare if _same(told, "utf-8") else _recoded(bare, told, name)), told
    if is_utf8(content):
        return content, "utf-8"
    encoding = _seen_in(content)
    return (content if encoding == "utf-8" else _recoded(content, encoding, name)), encoding


def _same(told: str, encoding: str) -> bool:
    found = codecs.lookup(told).name
    return found in {encoding, encoding.rpartition("-")[0], f"{encoding}-sig"}


def _recoded(content: bytes, encoding: str, name: str) -> bytes:
    try:
        return content.decode(encoding).encode()
    except (UnicodeError, LookupError) as error:
        raise PingFileError(f"{name}: it is no text in {encoding} ({error})") from error


def is_utf8(content: bytes) -> bool:
    """Tell whether bytes are UTF-8 throughout."""
    if content.isascii():
        return True
    try:
        if len(content) < _LONG:
            content.decode()
        else:  # looks only, and makes no text
            ends = pa.array([0, len(content)], pa.int64()).buffers()[1]
            whole = [None, ends, pa.py_buffer(content)]
            pa.Array.from_buffers(pa.large_binary(), 1, whole).cast(pa.large_string())
    except (UnicodeDecodeError, pa.ArrowInvalid):
        return False
    return True


def _seen_in(content: bytes) -> str:
    """Tell by the bytes beyond ASCII of the beginning what they are."""
    lines = [line for line in content[:_SAMPLE].splitlines() if not line.isascii()]
    sound = sum(is_utf8(line) for line in lines)
    if lines and sound * 2 > len(lines):
        return "utf-8"  # broken in places
    runs = _HIGH_RUN.findall(content[:_SAMPLE])
    # Chinese characters are pairs of such bytes, letters with accents stand alone
    single = sum(len(run) == 1 for run in runs)
    if runs and single * 2 <= len(runs):
        try:
            content.decode("gb18030")
        except UnicodeDecodeError:
            return "utf-8"
        return "gb18030"
    western = runs and all(re.search(rb"[A-Za-z]", line) for line in lines)
    try:
        content.decode("cp1252")
    except UnicodeDecodeError:
        return "utf-8"
    # 0xff alone is what a broken line ends in, no letter of these languages
    letters = sum(all(byte >= 0xC0 and byte != 0xFF for byte in run) for run in runs)
    return "cp1252" if western and letters * 2 > len(runs) else "utf-8"
