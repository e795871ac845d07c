"""What a truck's tracker reports, and what goes wrong with it.

In: the motion of a truck, a scenario. Out: pings with errors, gaps and faults.
"""

__all__ = ["faults", "receiver", "scenario"]
