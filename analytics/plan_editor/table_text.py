"""Keys of one table of a TOML file, written anew where they changed; comments stay.

tomlkit does the writing. What it would lose (a value that is appended behind a comment, the comment
of a key that is taken out) is written here, and all is read back by the caller.
"""

import tomllib
from collections.abc import Mapping, Sequence
from difflib import SequenceMatcher
from typing import Any

import tomlkit
from tomlkit.exceptions import TOMLKitError
from tomlkit.items import AoT, Array, Item, Table

_INDENT = "    "
_LONGEST_LINE = 100


def revised_table(text: str, key: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> str:
    """Write one ``[[key]]`` as it is now: `text` is its header and what it holds, and no more."""
    is_windows = "\r\n" in text
    document = tomlkit.parse(text.replace("\r\n", "\n"))
    tables = document[key]
    if not isinstance(tables, AoT):
        raise TypeError(f"{key} is no array of tables")
    table = tables[0]
    for name in before:
        if name not in after:
            _take_out(table, name)
    for name, value in after.items():
        if name not in before:
            table[name] = value
        elif before[name] != value:
            table[name] = _revised(table[name], value, len(name) + 3)
    written = tomlkit.dumps(document)
    return written.replace("\n", "\r\n") if is_windows else written


def render_table(key: str, values: Mapping[str, Any]) -> str:
    """Write a ``[[key]]`` that is new."""
    document, tables, table = tomlkit.document(), tomlkit.aot(), tomlkit.table()
    table.update(values)
    tables.append(table)
    document[key] = tables
    return tomlkit.dumps(document)


def _take_out(table: Table, name: str) -> None:
    """Take a key out; a comment on its line becomes a line of its own."""
    item = table.value.item(name)
    comment = item.trivia.comment if isinstance(item, Item) else ""
    if comment:
        table.add(tomlkit.comment(comment.removeprefix("#").lstrip()))
    table.remove(name)


def _revised(item: Item, value: object, room: int) -> object:
    """Give what to write in the place of an item."""
    if isinstance(item, Array) and isinstance(value, list):
        return _revised_array(item, value, room)
    return value


def _revised_array(array: Array, values: Sequence[Any], room: int) -> Array:
    """Change an array where it differs; its comments stay."""
    text = array.as_string()
    has_comments = _comments_of(text) != []
    changed = _changed_in_place(text, values)
    if changed is not None and (has_comments or "\n" in text):
        return changed
    return _written(values, text, room)


def _changed_in_place(text: str, values: Sequence[Any]) -> Array | None:
    """Replace, insert and take out single items; None if that cannot be done without a loss."""
    array = tomlkit.parse(f"x = {text}")["x"]
    if not isinstance(array, Array):
        return None
    old = [str(each) for each in array]
    matcher = SequenceMatcher(None, old, [str(each) for each in values], autojunk=False)
    try:
        for kind, start, stop, to_start, to_stop in reversed(matcher.get_opcodes()):
            if kind == "equal":
                continue
            common = min(stop - start, to_stop - to_start)
            for step in range(common):
                array[start + step] = values[to_start + step]
            for place in reversed(range(start + common, stop)):
                del array[place]
            for step in range(common, to_stop - to_start):
                array.insert(start + step, values[to_start + step])
    except (TOMLKitError, IndexError, ValueError):
        return None
    written = array.as_string()
    is_whole = _value_of(written) == list(values) and set(_comments_of(text)) <= set(
        _comments_of(written)
    )
    return array if is_whole else None


def _written(values: Sequence[Any], like: str, room: int) -> Array:
    """Write an array anew, on as many lines as it had, with its comments first."""
    texts = [tomlkit.item(value).as_string() for value in values]
    one_line = f"[{', '.join(texts)}]"
    comments = _comments_of(like)
    if not comments and "\n" not in like and len(one_line) + room <= max(_LONGEST_LINE, len(like)):
        return _array_of(one_line)
    lines = [*(f"{_INDENT}{comment}" for comment in comments)]
    lines += [f"{_INDENT}{text}," for text in texts]
    return _array_of("\n".join(["[", *lines, "]"]))


def _array_of(text: str) -> Array:
    array = tomlkit.parse(f"x = {text}")["x"]
    if not isinstance(array, Array):
        raise TypeError("what is written is no array")
    return array


def _comments_of(text: str) -> list[str]:
    """Give the comments inside an array, in their order."""
    found: list[str] = []
    quote = ""
    place = 0
    while place < len(text):
        if quote:
            if text[place] == "\\" and quote[0] == '"':
                place += 1
            elif text.startswith(quote, place):
                place += len(quote) - 1
                quote = ""
        elif text[place] in "\"'":
            triple = text[place] * 3
            quote = triple if text.startswith(triple, place) else text[place]
            place += len(quote) - 1
        elif text[place] == "#":
            end = text.find("\n", place)
            end = len(text) if end < 0 else end
            found.append(text[place:end].rstrip())
            place = end
        place += 1
    return found


def _value_of(text: str) -> object:
    try:
        return tomllib.loads(f"x = {text}\n")["x"]
    except tomllib.TOMLDecodeError:
        return None
