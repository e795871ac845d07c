"""A recorded day sent over MQTT with its own timing.

In: a frame of pings. Out: messages on the wire.
"""

__all__ = ["replay"]
