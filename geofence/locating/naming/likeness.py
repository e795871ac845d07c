"""Which names look most like one that is not there: the share of letter groups in common."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from geofence.locating.naming.spelling import fold, has_han, simplify

LEAST_LIKENESS = 0.4
"""Share of common groups, 0 to 1, from which a name is worth a suggestion."""
_COMMONEST_SHARE = 0.2
"""A group that more names have tells nothing (``rua``); it is not looked up in long lists."""
_LONG_LIST = 5000


class Likeness:
    """Finds names by groups of three letters, Chinese ones by one and two characters."""

    def __init__(self, names: Sequence[str], spelled: Sequence[str] | None = None) -> None:
        """Take names, and how each is spelled for comparison if that is not as it stands."""
        self._names = names
        folded = simplify([fold(each) for each in (names if spelled is None else spelled)])
        groups = [sorted(_groups(name)) for name in folded]
        self._sizes = np.array([len(found) for found in groups], dtype=np.float64)
        numbers: dict[str, int] = {}
        flat = [numbers.setdefault(group, len(numbers)) for found in groups for group in found]
        self._numbers = numbers
        owners = np.repeat(np.arange(len(names)), self._sizes.astype(np.int64))
        order = np.argsort(np.array(flat, dtype=np.int64), kind="stable")
        self._owners: NDArray[np.int64] = owners[order]
        counts = np.bincount(np.array(flat, dtype=np.int64), minlength=len(numbers))
        self._first = np.concatenate([[0], np.cumsum(counts)])

    def nearest(self, name: str, most: int = 3) -> tuple[str, ...]:
        """Give the names that look most like one, the likest first."""
        wanted = _groups(simplify([fold(name)])[0])
        limit = max(_LONG_LIST, int(_COMMONEST_SHARE * len(self._names)))
        lists = []
        for group in wanted:
            number = self._numbers.get(group)
            if number is None:
                continue
            owners = self._owners[self._first[number] : self._first[number + 1]]
            if len(owners) <= limit:
                lists.append(owners)
        if not lists:
            return ()
        seen, common = np.unique(np.concatenate(lists), return_counts=True)
        likeness = 2 * common / (len(wanted) + self._sizes[seen])
        order = np.lexsort((seen, -likeness))
        found: dict[str, None] = {}
        for index in order:
            if likeness[index] < LEAST_LIKENESS or len(found) == most:
                break
            if self._names[seen[index]] != name:
                found.setdefault(self._names[seen[index]])
        return tuple(found)


def _groups(folded: str) -> set[str]:
    if has_han(folded):
        return {*folded, *(folded[at : at + 2] for at in range(len(folded) - 1))}
    padded = f" {folded} "
    return {padded[at : at + 3] for at in range(len(padded) - 2)}
