"""What was seen of a vehicle: passes and gaps, of a whole day or while pings come in.

In: pings, `Network` and rules. Out: an `Observation`, and up to when it is decided.
"""

__all__ = ["misfit", "observation", "observe", "passes", "squares", "stream", "street_fit"]
