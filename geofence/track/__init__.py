"""The fixes of a vehicle in order: cut at gaps, freed of what is no observation, stands found.

In: a vehicle's pings. Out: a `Track` of parts with key fixes.
"""

__all__ = [
    "frozen",
    "growth",
    "interleaving",
    "no_fix",
    "receiver",
    "reporting",
    "stale",
    "standing",
    "staying",
    "thinning",
    "track",
    "wander",
    "white_noise",
]
