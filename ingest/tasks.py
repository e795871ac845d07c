"""What a vehicle was doing at a fix: a set of tasks, as a bit mask, as names, and as one text.

A mask of None says that the device tells nothing; 0 says that it does nothing. Masks stand in logs
and archives: a bit, once given, keeps its meaning, and new tasks take the next one.
"""

from collections.abc import Iterable
from enum import IntFlag
from functools import lru_cache

SEPARATOR = "+"
NO_TASK = "NONE"
"""The text of a device that tells that it does nothing; an empty text tells nothing."""


class Task(IntFlag):
    """Tasks of collection, and those of road maintenance by their names in Digitraffic."""

    GARBAGE_COLLECTION = 1 << 0
    LIFTING = 1 << 1
    COMPACTING = 1 << 2
    SPRAYING = 1 << 3
    MUSIC = 1 << 4
    BRUSHING = 1 << 5
    PLOUGHING_AND_SLUSH_REMOVAL = 1 << 6
    SALTING = 1 << 7
    LINE_SANDING = 1 << 8
    SPOT_SANDING = 1 << 9
    TRANSFER_OF_SNOW = 1 << 10
    LOWERING_OF_SNOWBANKS = 1 << 11
    REMOVAL_OF_BULGE_ICE = 1 << 12
    LEVELLING_OF_ROAD_SURFACE = 1 << 13
    DUST_BINDING_OF_GRAVEL_ROAD_SURFACE = 1 << 14
    MECHANICAL_CUT = 1 << 15
    BRUSH_CLEARING = 1 << 16
    CLEANSING_OF_BRIDGES = 1 << 17
    CLEANSING_OF_REST_AREAS = 1 << 18
    CLEANSING_OF_TRAFFIC_SIGNS = 1 << 19
    DITCHING = 1 << 20
    PATCHING = 1 << 21
    ROAD_INSPECTIONS = 1 << 22
    OTHER = 1 << 23


BITS: dict[str, int] = {name: int(task) for name, task in Task.__members__.items()}
"""The bit of each name, in the order of the bits."""
EVERY_TASK = sum(BITS.values())
"""The mask of all tasks there are."""


def mask_of(names: Iterable[str]) -> int:
    """Turn names into a mask.

    Raises
    ------
    KeyError
        With the first name that is no task.
    """
    mask = 0
    for name in names:
        mask |= BITS[name]
    return mask


@lru_cache(maxsize=4096)
def names_of(mask: int) -> tuple[str, ...]:
    """Name the tasks of a mask, in the order of their bits.

    Raises
    ------
    ValueError
        If it has a bit that is no task.
    """
    if not 0 <= mask <= EVERY_TASK:
        raise ValueError(f"{mask} is no set of tasks")
    return tuple(name for name, bit in BITS.items() if mask & bit)


def text_of(mask: int) -> str:
    """Write a mask as the names of its tasks joined by "+"; of no task ``NONE``."""
    return SEPARATOR.join(names_of(mask)) or NO_TASK


def mask_of_text(text: str) -> int | None:
    """Read what `text_of` writes, spaces around names allowed; None if the text is empty.

    Raises
    ------
    KeyError
        With the first name that is no task.
    """
    text = text.strip()
    if not text:
        return None
    return 0 if text == NO_TASK else mask_of(name.strip() for name in text.split(SEPARATOR))


def is_work(mask: int) -> bool:
    """Tell the shadow of a mask, `working`: any task is work."""
    return mask != 0
