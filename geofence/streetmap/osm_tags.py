"""What tags of OpenStreetMap say of a street: its names, its one-way direction, what carries it."""

from functools import lru_cache

from geofence.streetmap.drivable import LINK
from geofence.streetmap.extract.extract import Tags
from geofence.streetmap.street_map import Names, Structure

_MAIN = (
    "name", "name:zh", "name:zh-Hans", "name:zh-Hant", "name:pt", "name:es", "name:en",
    "official_name", "loc_name", "short_name", "alt_name", "old_name",
)  # fmt: skip
"""The first of these that is there is the name; where none is, any in another language."""
_RANK = {key: rank for rank, key in enumerate((*_MAIN, "", "ref"))}
_OTHER = _RANK[""]
_FAMILIES = frozenset((
    "name", "official_name", "short_name", "loc_name", "alt_name", "old_name", "int_name",
    "nat_name", "reg_name",
))  # fmt: skip
"""Keys of names; each may be followed by a language or a side, or by a number."""
_NO_NAMES = frozenset((
    "etymology", "source", "signed", "prefix", "suffix", "pronunciation", "note", "absent",
    "wikidata", "wikipedia", "ipa",
))  # fmt: skip
"""What stands behind ``name:`` and is no name itself."""
_FORWARD = frozenset(("yes", "true", "1"))
_BACKWARD = frozenset(("-1", "reverse"))
_BOTH = frozenset(("no", "false", "0", "reversible", "alternating"))
_GROUND = frozenset(("no", "culvert"))
"""Of ``bridge`` and ``tunnel``: a culvert is the water's."""


def names_of(tags: Tags) -> Names | None:
    """Read all names of a thing; of several in one value each is one. None if it bears none.

    The number of a road (``ref``) is a name too, and the only one if there is no other.
    """
    texts = [text for key in _ranked(tuple(tags)) if (text := tags[key].strip())]
    if not texts:
        return None
    main, others = texts[0], texts[1:]
    if ";" in "".join(texts):
        others = [part.strip() for text in texts for part in text.split(";")]
    return Names(main, tuple(dict.fromkeys([text for text in others if text and text != main])))


@lru_cache(maxsize=1 << 14)
def _ranked(keys: tuple[str, ...]) -> tuple[str, ...]:
    """Give the keys that hold names, the main one first: few combinations bear most streets."""
    names = (key for key in keys if key and (key in _RANK or _is_name(key)))
    return tuple(sorted(names, key=lambda key: _RANK.get(key, _OTHER)))


def _is_name(key: str) -> bool:
    """Tell whether a key is one of a family, with a language, side or number."""
    family, _, rest = key.partition(":")
    family = family.rstrip("0123456789").removesuffix("_")
    return family in _FAMILIES and rest.partition(":")[0] not in _NO_NAMES


def direction_of(tags: Tags) -> int:
    """Tell where traffic goes: 1 along the nodes of a way alone, -1 against them, 0 both ways."""
    oneway = tags.get("oneway", "")
    if oneway in _FORWARD:
        return 1
    if oneway in _BACKWARD:
        return -1
    if oneway in _BOTH:
        return 0
    circular = tags.get("junction") in {"roundabout", "circular"}
    return int(circular or tags["highway"].removesuffix(LINK) == "motorway")


def structure_of(tags: Tags) -> Structure:
    """Tell what carries a way."""
    if tags.get("bridge", "no") not in _GROUND:
        return Structure.BRIDGE
    return Structure.GROUND if tags.get("tunnel", "no") in _GROUND else Structure.TUNNEL
