"""How often is too often: rates by address, and locks after failed logins. No clock of its own."""

import ipaddress
import threading
from dataclasses import dataclass

MOST_KEYS = 20_000


@dataclass(slots=True)
class _Bucket:
    tokens: float
    at_s: float


class RateLimit:
    """A token bucket a key.

    Parameters
    ----------
    burst
        How many may come at once.
    per_s
        How many may come a second in the long run.
    """

    def __init__(self, burst: float, per_s: float) -> None:
        self._burst = burst
        self._per_s = per_s
        self._lock = threading.Lock()
        self._buckets: dict[str, _Bucket] = {}

    def take(self, key: str, now_s: float) -> float:
        """Take one; give 0.0 if there was one, else the seconds until there is."""
        with self._lock:
            bucket = self._buckets.pop(key, None) or _Bucket(self._burst, now_s)
            gained = max(0.0, now_s - bucket.at_s) * self._per_s
            bucket.tokens, bucket.at_s = min(self._burst, bucket.tokens + gained), now_s
            while len(self._buckets) >= MOST_KEYS:  # those not seen for longest were full again
                self._buckets.pop(next(iter(self._buckets)))
            self._buckets[key] = bucket
            if bucket.tokens >= 1.0:
                bucket.tokens -= 1.0
                return 0.0
            return (1.0 - bucket.tokens) / self._per_s


class Lockout:
    """Locks a key after failures in a row, for longer each time.

    Parameters
    ----------
    failures
        So many are free.
    first_s, longest_s
        The first lock, doubled with each failure up to the longest.
    """

    def __init__(self, failures: int, first_s: float = 15.0, longest_s: float = 900.0) -> None:
        self._free = failures
        self._first_s = first_s
        self._longest_s = longest_s
        self._lock = threading.Lock()
        self._failed: dict[str, tuple[int, float]] = {}

    def locked_s(self, key: str, now_s: float) -> float:
        """Give the seconds for which a key is still locked."""
        with self._lock:
            return max(0.0, self._failed.get(key, (0, 0.0))[1] - now_s)

    def attempt(self, key: str, now_s: float) -> float:
        """Count an attempt as failed before it is known to be, unless the key is locked.

        So those that come at once are as many as those that come one by one. Give 0.0 if it was
        counted, else the seconds for which the key is still locked.
        """
        with self._lock:
            locked_s = max(0.0, self._failed.get(key, (0, 0.0))[1] - now_s)
            if locked_s == 0.0:
                self._count(key, now_s)
            return locked_s

    def take_back(self, key: str, now_s: float) -> None:
        """Do as if the last attempt had not been made: it came to no answer."""
        with self._lock:
            count = self._failed.pop(key, (0, 0.0))[0] - 1
            if count > 0:
                self._failed[key] = (count, now_s)

    def _count(self, key: str, now_s: float) -> None:
        count = self._failed.pop(key, (0, 0.0))[0] + 1
        over = count - self._free
        lock_s = 0.0
        if over >= 0:
            lock_s = min(self._longest_s, self._first_s * 2.0 ** min(over, 30))
        while len(self._failed) >= MOST_KEYS:
            self._failed.pop(next(iter(self._failed)))
        self._failed[key] = (count, now_s + lock_s)

    def succeeded(self, key: str) -> None:
        """Forget the failures."""
        with self._lock:
            self._failed.pop(key, None)


def network_of(address: str) -> str:
    """Give what stands for one who asks: an IPv4 address, or the /64 of an IPv6 address."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address[:64]
    if isinstance(parsed, ipaddress.IPv6Address):
        mapped = parsed.ipv4_mapped
        return (
            str(mapped) if mapped else str(ipaddress.IPv6Network((int(parsed), 64), strict=False))
        )
    return str(parsed)


def is_loopback(address: str) -> bool:
    """Whether an address is this machine's own."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address == "localhost"
    mapped = parsed.ipv4_mapped if isinstance(parsed, ipaddress.IPv6Address) else None
    return (mapped or parsed).is_loopback
