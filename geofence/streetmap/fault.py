"""What is raised of a map that cannot be read: see `geofence.fault` for the tree of errors."""

import difflib
from collections.abc import Collection

from geofence.fault import GeofenceError
from ingest.plain_text import plain

_LONGEST = 2000
"""Characters that are shown: names of layers and fields may be of any length and number."""


class StreetMapError(GeofenceError, ValueError):
    """A map cannot be read; the text is one line that names the file and how to mend it."""

    def __init__(self, text: str) -> None:
        if len(text) > _LONGEST:
            text = f"{text[: _LONGEST // 2]}…{text[-_LONGEST // 2 :]}"
        # names of layers, fields and streets stand in it, which may hold line ends
        super().__init__(plain(text))


def meant(word: str, known: Collection[str]) -> str:
    """Suggest the known word that another one was meant to be; empty if none is near."""
    near = difflib.get_close_matches(word, sorted(known), n=1)
    return f", maybe {near[0]} is meant" if near else ""
