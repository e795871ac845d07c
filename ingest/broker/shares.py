"""How the vehicles of a fleet are split among processes of ingest: sixteen shares and a rest.

nats-server puts each message into a share as it comes (its subject mapping), by a hash of the
level that names the vehicle: ``fleet/X/ping`` becomes ``share/K/fleet/X/ping``. Each share is a
session of its own at the broker, under a client id that belongs to the share and not to a process:
who takes a share over finds all that waits in it, and throws its former holder off.

The rest is the session that an ingest has alone. It takes the plain topics: what waited before the
broker split anything, and patterns that do not name the vehicle.
"""

from collections.abc import Iterable, Sequence

from ingest.broker.nats_config import subjects_of

SHARES = 16
"""The same in every version, as sessions are named by them. Each is a consumer that nodes keep
together, which costs them something even at rest."""
REST = SHARES
"""Number of the rest."""
ALL = tuple(range(SHARES + 1))
PREFIX = "share"
VEHICLE = "{vehicle_id}"
_OFFSET, _PRIME, _MASK = 2_166_136_261, 16_777_619, 0xFFFF_FFFF


def share_of(vehicle: str) -> int:
    """Give the share of a vehicle, by what its topics call it.

    It is FNV-1a of 32 bits over the UTF-8 bytes of that level, a dot counted as ``//`` as in
    nats-server's subjects, modulo `SHARES`.
    """
    found = _OFFSET
    for byte in vehicle.replace(".", "//").encode():
        found = ((found ^ byte) * _PRIME) & _MASK
    return found % SHARES


def is_split(pattern: str) -> bool:
    """Whether the topics of a pattern are split; all others are the rest's.

    One that begins with any level would take nats-server's own subjects, too.
    """
    levels = pattern.split("/")
    return VEHICLE in levels and levels[0] not in {VEHICLE, "+", "#", ""}


def split_topic(share: int | str, topic: str) -> str:
    """Name a topic or filter as it is within a share, or with ``+`` in all of them."""
    return f"{PREFIX}/{share}/{topic}"


def plain_topic(topic: str) -> str:
    """Give back the topic that was published from one within a share."""
    return topic.split("/", 2)[2]


def filters_of(share: int, patterns: Iterable[str]) -> list[str]:
    """Give what the session of a share subscribes to; of some patterns nothing."""
    if share == REST:
        return [each.replace(VEHICLE, "+") for each in patterns]
    return [split_topic(share, each.replace(VEHICLE, "+")) for each in patterns if is_split(each)]


def session_of(client_id: str, share: int) -> str:
    """Name the session of a share; that of the rest is the one of an ingest alone."""
    return client_id if share == REST else f"{client_id}-{share}"


def mappings(patterns: Sequence[str]) -> list[tuple[str, str]]:
    """Give which subjects of nats-server become which, so that it splits these patterns."""
    return [
        (subject, _target(subject, _number_of_vehicle(pattern)))
        for pattern in patterns
        if is_split(pattern)
        for subject in subjects_of(pattern.replace(VEHICLE, "+"))
    ]


def split_subjects(subjects: Iterable[str]) -> list[str]:
    """Name subjects as they are within any share, for permissions."""
    return [f"{PREFIX}.*.{each}" for each in subjects]


def _number_of_vehicle(pattern: str) -> int:
    """Count the wildcards up to the level that names the vehicle."""
    levels = pattern.split("/")
    return sum(level in {"+", VEHICLE} for level in levels[: levels.index(VEHICLE) + 1])


def _target(subject: str, vehicle: int) -> str:
    levels, number = [], 0
    for level in subject.split("."):
        number += level == "*"
        levels.append(f"{{{{wildcard({number})}}}}" if level == "*" else level)
    return ".".join([PREFIX, f"{{{{partition({SHARES},{vehicle})}}}}", *levels])
