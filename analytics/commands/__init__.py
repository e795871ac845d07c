"""The commands of analytics, one file a group. The top floor: it imports all below.

In: the command line. Out: files, lines, exit codes.
"""

__all__ = [
    "alerts",
    "demo",
    "evaluate",
    "nightly",
    "plan_reading",
    "report",
    "serve",
    "tracking",
    "user",
    "verdict",
    "worklist",
]
