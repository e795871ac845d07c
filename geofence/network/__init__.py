"""The streets as flat arrays, in metres, with their ends joined.

In: the sections of a `Plan`. Out: a `Network` of sections, edges, nodes and arcs.
"""

__all__ = ["join_candidates", "network", "projection", "steps"]
