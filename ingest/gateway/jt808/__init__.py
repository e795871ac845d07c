"""JT/T 808-2013 and 2019: what Chinese trackers speak over TCP, to JSON at the broker.

In: bytes of a connection. Out: reports to publish, and answers that wait for the PUBACK.
"""

__all__ = [
    "admission", "fault", "framing", "header", "location", "message", "roster", "server", "session",
]  # fmt: skip
