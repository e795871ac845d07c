"""XML from outside, element by element: no entities, nothing fetched, nothing kept.

A document that declares a type is refused: GPX and KML have none, and entities are how a small
document grows without end.
"""

from collections.abc import Callable
from typing import NoReturn
from xml.parsers import expat

from ingest.fault import PingFileError

Start = Callable[[str, dict[str, str]], None]
End = Callable[[str, str], None]
_DEEPEST = 100


def walk(content: bytes, name: str, start: Start, end: End) -> None:
    """Tell each element as it starts, and as it ends with the text since the last start.

    Names are without their namespace.

    Raises
    ------
    PingFileError
        If it is no XML, declares a document type or is nested without end.
    """
    depth = 0
    text: list[str] = []

    def refuse_type(*_: object) -> NoReturn:
        raise PingFileError(
            f"{name}: it declares a document type, which no recording has; not read"
        )

    def started(tag: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > _DEEPEST:
            raise PingFileError(f"{name}: its elements are nested more than {_DEEPEST} levels deep")
        text.clear()
        start(_local(tag), {_local(key): value for key, value in attributes.items()})

    def ended(tag: str) -> None:
        nonlocal depth
        depth -= 1
        end(_local(tag), "".join(text).strip())
        text.clear()

    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = refuse_type
    parser.StartElementHandler, parser.EndElementHandler = started, ended
    parser.CharacterDataHandler = text.append
    try:
        parser.Parse(content, True)
    except (expat.ExpatError, ValueError, LookupError) as error:
        if isinstance(error, PingFileError):
            raise
        raise PingFileError(f"{name}: it is no XML ({error})") from error


def _local(name: str) -> str:
    return name.rpartition(" ")[2]
