"""What a person should look at in a plan before it judges anybody.

In: a `Plan`, its `Network`, and which tasks trackers tell. Out: warnings with codes.
"""

__all__ = ["review", "trackers"]
