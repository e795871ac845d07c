"""The text of plan.toml, changed only where values changed: comments and order stay.

The text is taken apart at the headers of its tables, and each table that changed is written by
itself. So every other one stays as it is to the last byte, wherever it stands.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from analytics.plan_editor.table_text import render_table, revised_table

Values = Mapping[str, Any]
_HEADER = re.compile(r"[ \t]*\[")
_MARGIN = re.compile(r"[ \t]*(?:#.*)?\r?\n?")


class UnchangeableError(ValueError):
    """The text is written in a way that cannot be changed in place; the message says what to do."""


@dataclass(slots=True)
class _Chunk:
    """A header and what it holds, or what stands before the first one."""

    lead: str
    """Blank lines and comments before the header."""
    body: str
    key: str
    """Of ``[[key]]``; empty for any other."""


def revised_text(
    text: str,
    before: Values,
    after: Values,
    *,
    order: Mapping[str, Sequence[int | None]],
) -> str:
    """Write the values that changed.

    Parameters
    ----------
    before
        What the text holds.
    after
        What it shall hold; only arrays of tables that `order` names may differ.
    order
        Of arrays of tables, for each table of `after` which one it was of `before`; None for one
        that is new. New ones come last.

    Raises
    ------
    UnchangeableError
        If the text is written in a way that cannot be changed in place.
    """
    chunks = list(_chunks(text))
    for key, origins in order.items():
        old, new = before.get(key, []), after.get(key, [])
        if list(old) == list(new):
            continue
        mine = [chunk for chunk in chunks if chunk.key == key]
        if len(mine) != len(old):
            raise UnchangeableError(
                f"it writes {key} inside other values; begin each one with [[{key}]]"
            )
        now = dict(zip(origins, new, strict=True))
        for place, chunk in enumerate(mine):
            if place not in now:
                chunk.lead, chunk.body = _left_of(chunk), ""
            elif now[place] != old[place]:
                chunk.body = revised_table(chunk.body, key, old[place], now[place])
        added = [values for origin, values in zip(origins, new, strict=True) if origin is None]
        _add(chunks, key, added, "\r\n" if "\r\n" in text else "\n")
    written = "".join(chunk.lead + chunk.body for chunk in chunks)
    if tomllib.loads(written) != _in_order(before, after, order):
        raise UnchangeableError("it cannot be written without changing other values")
    return written


def _in_order(
    before: Values, after: Values, order: Mapping[str, Sequence[int | None]]
) -> dict[str, Any]:
    """Give what the text must hold: kept tables where they stood, new ones last."""
    whole = dict(after)
    for key, origins in order.items():
        pairs = list(zip(origins, after.get(key, []), strict=True))
        kept = sorted(
            ((origin, values) for origin, values in pairs if origin is not None),
            key=lambda pair: pair[0],
        )
        new = [values for origin, values in pairs if origin is None]
        tables = [values for _, values in kept] + new
        if tables or (key in before and not before[key]):
            whole[key] = tables
        else:
            whole.pop(key, None)
    return whole


def _add(chunks: list[_Chunk], key: str, tables: Sequence[Values], line_end: str) -> None:
    """Put new tables after the last one of their kind, or at the end."""
    if not tables:
        return
    places = [place for place, chunk in enumerate(chunks) if chunk.key == key and chunk.body]
    place = places[-1] + 1 if places else len(chunks)
    before = chunks[place - 1] if place else None
    if before is not None and not (before.body or before.lead).endswith("\n"):
        before.body += line_end
    made = [
        _Chunk(line_end, render_table(key, values).replace("\n", line_end), key)
        for values in tables
    ]
    chunks[place:place] = made


def _left_of(chunk: _Chunk) -> str:
    """Give what stays of a table that is taken out: the comments above it."""
    if "#" not in chunk.lead:
        return ""
    return chunk.lead if chunk.lead.endswith(("\n\n", "\n\r\n")) else f"{chunk.lead}\n"


def _chunks(text: str) -> Iterator[_Chunk]:
    lead = ""
    for part in _parts(text):
        body, margin = _without_margin(part)
        yield _Chunk(lead, body, _key_of(body))
        lead = margin
    if lead:
        yield _Chunk(lead, "", "")


def _parts(text: str) -> Iterator[str]:
    """Cut the text at its headers; what looks like one inside a value is none."""
    part = ""
    for line in text.splitlines(keepends=True):
        if part and _HEADER.match(line) and _is_toml(part):
            yield part
            part = ""
        part += line
    yield part


def _is_toml(text: str) -> bool:
    try:
        tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return False
    return True


def _without_margin(part: str) -> tuple[str, str]:
    """Split off the comments and blank lines at the end, which belong to what comes next.

    Comments that directly follow a value belong to it, if a blank line parts them from what comes.
    """
    lines = part.splitlines(keepends=True)
    end = len(lines)
    while end and _MARGIN.fullmatch(lines[end - 1]):
        end -= 1
    margin = lines[end:]
    blank = next((i for i, line in enumerate(margin) if not line.strip()), None)
    if end and blank is not None:
        end += blank
    return "".join(lines[:end]), "".join(lines[end:])


def _key_of(body: str) -> str:
    """Name the array that a table belongs to."""
    header = body.partition("\n")[0].rstrip()
    if not _HEADER.match(header):
        return ""
    try:
        named = tomllib.loads(header)
    except tomllib.TOMLDecodeError:
        return ""
    key, value = next(iter(named.items()))
    return key if isinstance(value, list) else ""
