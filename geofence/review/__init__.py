"""What a person should look at in a plan before it judges anybody.

In: a `Plan` and its `Network`. Out: warnings with codes.
"""

__all__ = ["review"]
