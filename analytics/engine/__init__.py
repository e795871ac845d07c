"""Who works a night out: this process, or workers of a cluster; what comes out is the same.

In: pings, a plan and dates. Out: verdicts and the lines of their evidence, date by date.
"""

__all__ = ["brief", "cluster", "clusters", "dates", "engine", "local"]
