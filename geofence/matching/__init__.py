"""The hidden Markov model that finds a track's way through the streets, one part a file.

In: a part of a `Track` and the `Network`. Out: pieces of edges with instants, certain or not.
"""

__all__ = [
    "candidates",
    "convergence",
    "heap",
    "matcher",
    "paths",
    "settings",
    "speeds",
    "states",
    "transition",
]
