"""Trackers that speak HTTP: OsmAnd's protocol, Traccar's forwarding, OwnTracks.

In: requests with the device's token. Out: messages at the broker, and an answer after its own.
"""

__all__ = ["gateway", "rates", "reading", "serving", "tokens"]
