"""What was refused: kept with its evidence, read again, decided anew, and in the end forgotten.

In: rejections. Out: rows that stand, what is only counted, and batches of what holds pings now.
"""

__all__ = ["quarantine", "reconsidering", "rejections", "room"]
