"""Names of streets and places, however they are written.

In: names of a map, and mentions as a notice writes them. Out: what a mention may mean, which names
of the map are the same, and which are nearest.
"""

__all__ = ["mention", "name_index", "spelling"]
