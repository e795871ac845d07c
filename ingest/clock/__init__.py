"""What a vehicle's clock does: skewed, stepping, in another zone, or frozen.

In: event times and times received. Out: faults with evidence.
"""

__all__ = ["fault", "reading"]
