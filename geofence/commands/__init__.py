"""The commands of plans. The top floor of `geofence`.

In: the command line. Out: plans, warnings, exit codes.
"""

__all__ = ["fleet", "plan"]
