"""Names of streets in Portuguese, Spanish and English: ``Rua Goiás``, ``Calle 5``, ``Main St``."""

import re
import unicodedata

_FIRST_OF = {
    "Portuguese": """rua r avenida av travessa tv trav alameda al praca pc pca rodovia rod estrada
        estr largo lgo beco ladeira via viela viaduto vd marginal servidao passagem""",
    "Spanish": """calle c cl cll carrera cra kr plaza pza plza paseo callejon camino cno carretera
        ctra carr calzada diagonal diag transversal transv bulevar blvd ronda pasaje autopista avda
        avd""",
}
_LAST_OF = {
    "English": """street st avenue ave av road rd boulevard blvd lane ln drive dr court ct place pl
        square sq terrace ter highway hwy parkway pkwy alley circle cir trail trl crescent close
        way""",
}
_FIRST = frozenset(word for words in _FIRST_OF.values() for word in words.split())
_LAST = frozenset(word for words in _LAST_OF.values() for word in words.split())
_DIRECTIONS = frozenset(
    ("n", "s", "e", "w", "ne", "nw", "se", "sw", "north", "south", "east", "west")
)
_LONGEST = 500
"""Of a mention with two names; the patterns below take the square of its length."""
_NUMBERED = re.compile(r"[a-z]{1,3}-?\d{1,4}")
_JOINED = re.compile(r"\s*/\s*|\s+(?:e|y|and|&)\s+", re.IGNORECASE)
_ENDS = r"(?:entre\s+\S.*\s[ey]|between\s+\S.*\sand)\s+\S"
_FROM_TO = (
    r"(?:de|da|do|desde|from)\s+\S(?:.*\s(?:at[eé]|hasta|to|until)\s+\S"
    # as 'de segunda a sexta' are days, each end needs two words
    r"|\S*\s+\S.*\s(?:[aà]s?|aos?|al)\s+\S+\s+\S)"
)
_RANGE_INSIDE = re.compile(rf"(?:trecho\s+|tramo\s+)?(?:{_ENDS}|{_FROM_TO}).*", re.IGNORECASE)
_RANGE_BEHIND = re.compile(
    rf".*\S\s+(?:{_ENDS}|(?:desde|from)\s+\S.*\s(?:at[eé]|hasta|to)\s+\S).*", re.IGNORECASE
)


def is_street_name(name: str) -> bool:
    """Whether a street word stands where it stands in a name, and more than that word."""
    words = _folded(name).split()
    if len(words) == 1:
        return _NUMBERED.fullmatch(words[0]) is not None and "-" in words[0]  # BR-163
    if len(words) > 2 and words[-1] in _DIRECTIONS:
        words.pop()
    return len(words) > 1 and (words[0] in _FIRST or words[-1] in _LAST)


def names_in(mention: str) -> list[str]:
    """Give the names that a slash or an and joins, if each is whole; else the mention itself."""
    if len(mention) > _LONGEST or is_range(mention):
        return [mention]
    names = [name.strip() for name in _JOINED.split(mention)]
    return names if len(names) > 1 and all(map(is_street_name, names)) else [mention]


def is_range(text: str) -> bool:
    """Whether a mention, or what its brackets hold, says in words between what it lies."""
    if len(text) > _LONGEST:
        return False
    return (_RANGE_INSIDE.fullmatch(text) or _RANGE_BEHIND.fullmatch(text)) is not None


def _folded(name: str) -> str:
    """Give a name in small letters without accents and points."""
    return without_accents(name).lower().replace(".", " ")


def without_accents(text: str) -> str:
    """Write a text without the accents of its letters."""
    signs = unicodedata.normalize("NFKD", text)
    return "".join(sign for sign in signs if not unicodedata.combining(sign))
