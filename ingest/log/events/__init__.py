"""Events beside fixes in the tables of the log.

In: events and when they were received. Out: how many were new, and events in order.
"""

__all__ = ["event_rows"]
