"""What each operator has still to collect a second time.

In: misses, make-ups, residents' reports. Out: the open list, as table and files.
"""

__all__ = ["files", "table", "worklist"]
