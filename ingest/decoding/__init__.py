"""What a message says: pings, or a code with the evidence why it says none.

In: a topic and a payload of any dialect. Out: rows of pings in WGS 84, or a `Rejection`.
"""

__all__ = [
    "acceptance",
    "bounds",
    "decoder",
    "devices",
    "diagnosis",
    "event_check",
    "instant",
    "local_instant",
    "message",
    "rejection",
    "routes",
    "signals",
    "wire",
]
