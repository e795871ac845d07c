"""The fixes of a vehicle in order: cut at gaps, freed of frozen ones and jumps, stands found.

In: a vehicle's pings. Out: a `Track` of parts with key fixes.
"""

__all__ = [
    "frozen",
    "growth",
    "receiver",
    "reporting",
    "standing",
    "staying",
    "thinning",
    "track",
    "wander",
    "white_noise",
]
