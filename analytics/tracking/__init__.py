"""Faults of clocks and positions, told to people.

In: the pings of vehicles. Out: a table of faults by vehicle.
"""

__all__ = ["faults", "fleet", "receivers", "reports", "trackers"]
