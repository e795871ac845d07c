"""Who gets how much: as even as whole numbers allow, and moved as little as possible."""

from collections import Counter
from collections.abc import Collection, Mapping


def quotas(shares: int, members: Collection[str], held: Mapping[str, int]) -> dict[str, int]:
    """Give how many shares each member is to have; those that hold most get the odd ones.

    Parameters
    ----------
    held
        How many each has now.
    """
    if not members:
        return {}
    least, odd = divmod(shares, len(members))
    ranked = sorted(members, key=lambda each: (-held.get(each, 0), each))
    return {each: least + (place < odd) for place, each in enumerate(ranked)}


def allot(
    member: str, shares: Collection[int], members: Collection[str], holders: Mapping[int, str]
) -> tuple[frozenset[int], frozenset[int]]:
    """Give which free shares a member takes now, and which of its own it has too many.

    Parameters
    ----------
    members
        All that are alive, this one too.
    holders
        Whose each share is; one that is absent, or of somebody not alive, is free.
    """
    alive = {share: holder for share, holder in holders.items() if holder in members}
    quota = quotas(len(shares), members, Counter(alive.values()))[member]
    mine = sorted(share for share, holder in alive.items() if holder == member)
    free = sorted(set(shares) - alive.keys())
    return frozenset(free[: max(0, quota - len(mine))]), frozenset(mine[quota:])
