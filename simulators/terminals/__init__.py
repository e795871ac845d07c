"""Terminals: what stands in for trackers that speak JT/T 808 over TCP.

In: positions. Out: frames, and what a platform answered.
"""

__all__ = ["jt808"]
