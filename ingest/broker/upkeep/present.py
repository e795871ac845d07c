"""What the store of a broker that does not run holds, and what its streams were promised."""

from pathlib import Path

import msgspec


class _Stream(msgspec.Struct):
    max_bytes: int = -1


def present_bytes(store: Path) -> int:
    """Give what a store needs at least: its messages, or the bounds its streams had.

    nats-server sets no bound, not even a smaller one, while those there are exceed its limit.
    """
    held_bytes = sum(one.stat().st_size for one in store.rglob("*.blk"))
    promised_bytes = sum(
        max(0, _bound_of(one)) for one in store.glob("jetstream/*/streams/*/meta.inf")
    )
    return max(held_bytes, promised_bytes)


def _bound_of(path: Path) -> int:
    try:
        return msgspec.json.decode(path.read_bytes(), type=_Stream).max_bytes
    except (OSError, msgspec.DecodeError):
        return 0  # nats-server will say what is wrong with it
