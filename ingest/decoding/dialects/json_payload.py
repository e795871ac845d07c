"""JSON payloads: taken apart within bounds, whatever they hold."""

import json
from typing import Any

import numpy as np

from ingest.decoding.bounds import MAX_BURST, MAX_DEPTH
from ingest.decoding.diagnosis import Refused
from ingest.decoding.rejection import RejectionCode

_LONGEST_INT = 18
_STRUCTURE = b'[]{}"'
_OTHER = bytes(set(range(256)) - set(_STRUCTURE))
_STEP = np.zeros(256, dtype=np.int8)
_STEP[[*b"[{"]], _STEP[[*b"]}"]] = 1, -1


def read_json(payload: bytes, max_depth: int = MAX_DEPTH) -> Any:  # noqa: ANN401 - any JSON
    """Read JSON as Python's own reader does: NaN is a number, the last of equal keys counts.

    Raises
    ------
    Refused
        If it is none or nested too deeply.
    """
    try:
        text = payload.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Refused(RejectionCode.NOT_UTF8, value=f"byte {error.start}") from None
    if _is_deeper(payload, max_depth):
        raise Refused(RejectionCode.TOO_DEEP)
    try:
        # parse_constant is left alone: NaN and Infinity get a code that names the field
        return json.loads(text, parse_int=_parse_int)
    except ValueError as error:
        raise Refused(RejectionCode.NOT_JSON, value=str(error)) from None


def elements_of(content: object) -> list[Any]:
    """Give the elements of an array, or the object itself.

    Raises
    ------
    Refused
        If it is neither, or there is no element or too many.
    """
    if isinstance(content, dict):
        return [content]
    if not isinstance(content, list):
        raise Refused(RejectionCode.NOT_AN_OBJECT, value=content)
    if not content:
        raise Refused(RejectionCode.EMPTY_BURST)
    if len(content) > MAX_BURST:
        raise Refused(RejectionCode.BURST_TOO_LONG, value=f"{len(content)} elements")
    return content


def _is_deeper(payload: bytes, max_depth: int) -> bool:
    """Tell whether brackets outside of strings open more levels than that, in linear time."""
    if payload.count(b"{") + payload.count(b"[") <= max_depth:
        return False
    quoted = payload.replace(b"\\\\", b"").replace(b'\\"', b"").translate(None, _OTHER)
    brackets = b"".join(quoted.split(b'"')[::2])
    depth = np.cumsum(_STEP[np.frombuffer(brackets, dtype=np.uint8)], dtype=np.int32)
    return bool(depth.max(initial=0) > max_depth)


def _parse_int(digits: str) -> int | float:
    """Read a number without point; one beyond 64 bits only needs to be told as far too large."""
    return int(digits) if len(digits) <= _LONGEST_INT else float(digits)
