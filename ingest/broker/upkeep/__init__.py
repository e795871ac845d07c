"""The upkeep of the embedded broker: how full it is, who has sessions, and what holds it alive.

In: a running nats-server. Out: bounds that follow the disk, sessions with the present settings.
"""

__all__ = [
    "access",
    "admin",
    "backlog",
    "guard",
    "limits",
    "monitor",
    "present",
    "sessions",
    "settings",
]
