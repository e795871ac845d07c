"""A plan.toml that runs: the plans before it, the one in force on a date, and its changes.

In: a path and dates. Out: the plan in force, told again when it changes; a plan put in its place.
"""

__all__ = ["installation", "succession", "watch"]
